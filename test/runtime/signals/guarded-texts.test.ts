import { describe, expect, it } from 'vitest';
import { guardedTexts } from '../../../src/runtime/signals/guarded-texts.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { routingRequest } from './fake-request.js';

const sources = (roles: readonly string[], history = false) =>
  guardedTexts(
    createSignalRequest(routingRequest(roles.map((role, index) => ({ role, text: `t${index}` }))), undefined),
    history,
  ).map(({ text }) => text);

describe('the texts that guards read', () => {
  it.each<readonly [roles: string[], read: string[]]>([
    [['system', 'user', 'assistant', 'user'], ['t3']],
    [
      ['user', 'assistant', 'tool', 'function'],
      ['t0', 't2', 't3'],
    ],
    [
      ['user', 'human', 'developer', 'system'],
      ['t0', 't1'],
    ],
    [
      ['system', 'assistant'],
      ['t0', 't1'],
    ],
    [[], []],
  ])('of %j are %j', (roles, read) => {
    expect(sources(roles)).toEqual(read);
  });

  it('are all of them with the history', () => {
    expect(sources(['system', 'user', 'assistant', 'user'], true)).toEqual(['t0', 't1', 't2', 't3']);
  });
});
