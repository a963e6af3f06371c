import { describe, expect, it } from 'vitest';
import { recognise } from '../../../src/runtime/pii/recognise.js';
import { everything, expectSpans } from './recognisers-support.js';

/** Made up here rather than written out, so that no scanner of this repository takes one for real. */
function made(length: number, alphabet = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7'): string {
  let state = 7;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return alphabet.charAt(state % alphabet.length);
  }).join('');
}
const hex = (length: number) => made(length, '0123456789abcdef');
const base32 = (length: number) => made(length, 'ABCDEFGHJKLMNPQ234567');
const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
const jwt = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: '1234567890' })}.${made(43)}`;

describe('API keys', () => {
  it.each([
    ['OpenAI', `sk-${made(20)}T3BlbkFJ${made(20)}`],
    ['OpenAI', `sk-proj-${made(64)}`],
    ['OpenAI or compatible', `sk-${made(32)}`],
    ['Anthropic', `sk-ant-api03-${made(93)}AA`],
    ['OpenRouter', `sk-or-v1-${hex(64)}`],
    ['AWS access key id', `AKIA${base32(16)}`],
    ['AWS access key id', `ASIA${base32(16)}`],
    ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((kind) => ['GitHub', `${kind}_${made(36)}`]),
    ['GitHub', `github_pat_${made(22)}_${made(59)}`],
    ['GitLab', `glpat-${made(20)}`],
    ['Slack', `xoxb-${made(12, '123456789')}-${made(24)}`],
    ['Slack', `xapp-1-${made(30)}`],
    ['Slack webhook', `hooks.slack.com/services/T${base32(8)}/B${base32(8)}/${made(24)}`],
    ['Stripe', `sk_live_${made(24)}`],
    ['Stripe', `rk_test_${made(24)}`],
    ['Google', `AIza${made(35)}`],
    ['Google OAuth', `GOCSPX-${made(28)}`],
    ['Hugging Face', `hf_${made(34)}`],
    ['npm', `npm_${made(36)}`],
    ['PyPI', `pypi-AgEIcHlwaS5vcmc${made(80)}`],
    ['Twilio', `SK${hex(32)}`],
    ['SendGrid', `SG.${made(22)}.${made(43)}`],
    ['Telegram bot', `123456789:AA${made(33)}`],
    ['Groq', `gsk_${made(52)}`],
    ['JWT', jwt],
  ])('%s: %s', (detail, key) => {
    for (const text of [key, `my key is ${key}.`, `{"key":"${key}"}`, `KEY='${key}'`, `密钥${key}。`]) {
      const matches = recognise(text, { types: ['API_KEY'] });
      expect(matches.map(({ start, end }) => text.slice(start, end))).toEqual([key]);
    }
    expect(recognise(key, { types: ['API_KEY'] })[0]?.detail).toBe(detail);
  });

  it('are not what stands in for one, or is too short, or part of something longer', () => {
    for (const text of [
      `ghp_${'x'.repeat(36)}`,
      'sk-your-key-here',
      'AKIAIOSFODNN7EXAMPLE',
      `ghp_${made(12)}`,
      `AKIA${base32(20)}`,
      `x${'AKIA'}${base32(16)}`,
      'sk-learn and skorch',
      'eyJub3QiOiJ0b2tlbiJ9.abcdefgh12.sig',
      hex(40),
    ]) {
      expect(recognise(text, { types: ['API_KEY'] })).toEqual([]);
    }
  });

  it('include an AWS secret next to a word for it, but no other hash', () => {
    const secret = made(40);
    expectSpans('API_KEY', `aws secret ⟦${secret}⟧`);
    expectSpans('API_KEY', `hash ${secret}`);
  });

  it('include what an assignment calls a key, if it looks drawn at random', () => {
    const key = made(24);
    expectSpans('API_KEY', `api_key: "⟦${key}⟧"`);
    expectSpans('API_KEY', `CLIENT_SECRET=⟦${key}⟧\n`);
    expectSpans('API_KEY', 'api_key = os.environ["KEY"]');
    expectSpans('API_KEY', 'api_key: YOUR_API_KEY_GOES_HERE_1');
    expectSpans('API_KEY', 'token: number_of_tokens_in_batch');
  });
});

describe('passwords', () => {
  it.each([
    'password=⟦hunter2⟧',
    'my password is ⟦hunter2⟧.',
    'DB_PASSWORD="⟦s3cr3t pass⟧"',
    "dbPassword: '⟦correcthorse⟧'",
    '{"password": "⟦Tr0ub4dor&3⟧"}',
    'mysql --password ⟦p4ss-w0rd⟧ -u root',
    'Passwort: ⟦Geheim!23⟧',
    '密码：⟦abc12345⟧',
    'contraseña: ⟦hola1234⟧',
    'pwd=⟦123456⟧;',
    'postgres://app:⟦s3cret⟧@db.example.com:5432/x',
    'password: string',
    'password = None',
    'password: "string"',
    `password=${'$'}{DB_PASSWORD}`,
    'password = getpass()',
    'password=********',
    'password: <your password>',
    'password: user.password',
    'the password is required and the password is wrong',
    'reset my password',
    'https://user@example.com/',
  ])('%s', (text) => {
    expectSpans('PASSWORD', text);
  });

  it('stay visible inside a connection string', () => {
    expect(everything('redis://default:s3cret99@cache.example.com:6379')).toContain('PASSWORD s3cret99');
  });
});

describe('private keys', () => {
  const dashes = '-----';
  const block = (label: string, body: string) =>
    `${dashes}BEGIN ${label}${dashes}\n${body}\n${dashes}END ${label}${dashes}`;
  it.each([
    'PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
  ])('%s blocks, whole', (label) => {
    const key = block(label, `${made(64)}\n${made(64)}\n${made(20)}==`);
    expectSpans('PRIVATE_KEY', `here:\n⟦${key}⟧\nbye`);
  });
  it('in JSON, with escaped line breaks', () => {
    const key = block('PRIVATE KEY', made(64)).replaceAll('\n', '\\n');
    expectSpans('PRIVATE_KEY', `{"private_key":"⟦${key}⟧\\n"}`);
  });
  it('that a message cut off', () => {
    const key = `${dashes}BEGIN PRIVATE KEY${dashes}\n${made(64)}`;
    expectSpans('PRIVATE_KEY', `⟦${key}⟧`);
  });
  it('of Bitcoin, by their checksum', () => {
    expectSpans('PRIVATE_KEY', '⟦5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ⟧');
    expectSpans('PRIVATE_KEY', '5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK');
  });
  it('are not public keys, certificates or a header alone', () => {
    expectSpans('PRIVATE_KEY', block('PUBLIC KEY', made(64)));
    expectSpans('PRIVATE_KEY', block('CERTIFICATE', made(64)));
    expectSpans('PRIVATE_KEY', `what does ${dashes}BEGIN PRIVATE KEY${dashes} mean?`);
  });
});
