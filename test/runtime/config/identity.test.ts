import { describe, expect, it } from 'vitest';
import { parseNetwork } from '../../../src/runtime/config/cidr.js';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { printConfig } from '../../../src/runtime/config/print.js';
import { judge, lines } from '../../acceptance/support.js';

const file = (listener: string, authz = '{}', signals = '{}') => `version: v0.3
listeners: [{port: 8899, address: 127.0.0.1, api_keys: [${listener}]}]
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: h}]}]}
routing: {signals: ${signals}}
global: {services: {authz: ${authz}}}
`;

describe('networks', () => {
  it.each([
    ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8, family: 'ipv4' }],
    [' 192.168.1.7 ', { address: '192.168.1.7', prefix: 32, family: 'ipv4' }],
    ['::1', { address: '::1', prefix: 128, family: 'ipv6' }],
    ['fd00::/8', { address: 'fd00::', prefix: 8, family: 'ipv6' }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0, family: 'ipv4' }],
    ['10.0.0.0/33', undefined],
    ['10.0.0/8', undefined],
    ['localhost', undefined],
    ['fe80::1%eth0', undefined],
    ['10.0.0.0/-1', undefined],
    ['', undefined],
  ])('%s', (text, network) => {
    expect(parseNetwork(text)).toEqual(network);
  });
});

describe('API keys with a user', () => {
  it('are told apart from plain keys', () => {
    const { config } = loadConfigText(file('a, {key: b, user: ada}, {key_env: K, groups: [lab]}'), 'c', {
      K: 'c',
    });
    expect(config.listeners[0]?.apiKeys).toEqual([
      { key: 'a', identity: undefined },
      { key: 'b', identity: { userId: 'ada', groups: [] } },
      { key: 'c', identity: { userId: undefined, groups: ['lab'] } },
    ]);
  });

  it.each([
    ['{user: ada}', 'the entry has neither `key` nor `key_env`'],
    ['{key: a, key_env: K}', 'the entry has both `key` and `key_env`'],
    ['{key_env: MISSING}', 'environment variable `MISSING` is not set: nobody could use this key'],
    ['{key: a, usr: ada}', 'usr'],
  ])('refuse %s', (entry, message) => {
    expect(lines(judge(file(entry), { K: 'x' })).join('\n')).toContain(message);
  });

  it('are masked in print, and their users are not', () => {
    const printed = printConfig(loadConfigText(file('plain-one, {key: secret-two, user: ada}'), 'c', {}));
    expect(printed).not.toMatch(/plain-one|secret-two/);
    expect(printed).toContain('ada');
  });
});

describe('trusted proxies', () => {
  it.each([
    ['{trusted_proxies: [proxy.local]}', 'expected an address or a network'],
    [
      '{identity: {user_id_header: X-Id, user_groups_header: x-id}}',
      'user and groups are both read from `X-Id`',
    ],
    ['{identity: {user_id_header: "a b"}}', 'not a valid header name'],
    ['{identity: {user_header: x}}', 'unknown key `user_header`'],
  ])('refuse %s', (authz, message) => {
    expect(lines(judge(file('a', authz))).join('\n')).toContain(message);
  });

  it('say so where everybody is trusted', () => {
    expect(lines(judge(file('a', '{trusted_proxies: ["::/0"]}')), 'warning').join()).toContain(
      'is everybody',
    );
  });

  it('are missed where roles depend on them', () => {
    const signals = '{role_bindings: [{name: a, role: r, subjects: [{kind: User, name: u}]}]}';
    expect(lines(judge(file('a', '{}', signals)), 'warning').join()).toContain(
      'nothing says who sends a request',
    );
    expect(lines(judge(file('{key: a, user: u}', '{}', signals)), 'warning')).toEqual([]);
    expect(lines(judge(file('a', '{trusted_proxies: [10.0.0.1]}', signals)), 'warning')).toEqual([]);
  });
});
