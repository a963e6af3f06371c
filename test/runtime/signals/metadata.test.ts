import { describe, expect, it } from 'vitest';
import { readRouting } from '../../../src/runtime/apis/chat.js';
import { metadataFamily } from '../../../src/runtime/signals/metadata.js';
import { issuesOf, outcome } from './fake-request.js';

const rule = (predicate: Record<string, unknown>, key = 'tier') => ({ name: 'm', key, predicate });

async function status(metadata: unknown, predicate: Record<string, unknown>, key?: string): Promise<string> {
  const request = readRouting({ messages: [{ role: 'user', content: 'x' }], metadata }, 'auto', 0);
  return (await outcome(metadataFamily, rule(predicate, key), request)).status;
}

describe('the metadata signal', () => {
  it.each([
    [{ tier: 'gold' }, { equals: 'gold' }, 'matched'],
    [{ tier: 'Gold' }, { equals: 'gold' }, 'not_matched'],
    [{ tier: '3' }, { equals: 3 }, 'matched'],
    [{ tier: true }, { equals: 'true' }, 'matched'],
    [{ tier: 'b' }, { in: ['a', 'b'] }, 'matched'],
    [{ tier: 'c' }, { in: ['a', 'b'] }, 'not_matched'],
    [{ tier: '' }, { exists: true }, 'matched'],
    [{ tier: null }, { exists: true }, 'not_matched'],
    [{}, { exists: false }, 'matched'],
    [{ tier: ['gold'] }, { equals: 'gold' }, 'not_matched'],
    [{ tier: { a: 1 } }, { exists: true }, 'matched'],
    [undefined, { equals: 'gold' }, 'not_matched'],
    ['gold', { exists: true }, 'not_matched'],
  ])('%j against %j: %s', async (metadata, predicate, expected) => {
    expect(await status(metadata, predicate)).toBe(expected);
  });

  it('knows only keys that the request itself has', async () => {
    expect(await status({}, { exists: true }, 'constructor')).toBe('not_matched');
    expect(await status({}, { exists: true }, '__proto__')).toBe('not_matched');
  });

  it('refuses a predicate with none or several comparisons', () => {
    expect(issuesOf(metadataFamily, rule({}))).toEqual([
      '0.predicate: found none of them; give exactly one of equals, in, exists',
    ]);
    expect(issuesOf(metadataFamily, rule({ equals: 'a', exists: true }))).toEqual([
      '0.predicate: found equals and exists; give exactly one of equals, in, exists',
    ]);
    expect(issuesOf(metadataFamily, rule({ matches: 'a' }))).toHaveLength(1);
  });
});
