import { describe, expect, it } from 'vitest';
import { countTextUnits, structureFamily } from '../../../src/runtime/signals/structure.js';
import { issuesOf, outcome } from './fake-request.js';

const rule = (type: string, source: Record<string, unknown>, predicate?: Record<string, number>) => ({
  name: 's',
  feature: { type, source },
  ...(predicate && { predicate }),
});

describe('the structure signal', () => {
  it('sees whether a pattern exists', async () => {
    const steps = rule('exists', { type: 'regex', pattern: '(^|\\n)\\d+\\.' });
    expect(await outcome(structureFamily, steps, '1. a\n2. b')).toEqual({
      status: 'matched',
      score: 1,
      value: 2,
    });
    expect(await outcome(structureFamily, steps, 'none')).toEqual({ status: 'not_matched', value: 0 });
  });

  it('counts matches and is the surer, the farther the count is from its bound', async () => {
    const questions = rule('count', { type: 'regex', pattern: '\\?' }, { gte: 2 });
    expect(await outcome(structureFamily, questions, 'a? b?')).toEqual({
      status: 'matched',
      score: 0.5,
      value: 2,
    });
    const more = await outcome(structureFamily, questions, 'a? b? c?');
    expect(more).toMatchObject({ status: 'matched', value: 3, score: 1 / (1 + Math.exp(-4)) });
    expect(await outcome(structureFamily, questions, 'a?')).toEqual({ status: 'not_matched', value: 1 });
  });

  it.each([
    [{ gt: 1 }, 'a', 'not_matched'],
    [{ gt: 0 }, 'a', 'matched'],
    [{ lt: 1 }, 'a', 'not_matched'],
    [{ lte: 1 }, 'a', 'matched'],
    [{ lte: 0 }, 'b', 'matched'],
    [{ gte: 1, lte: 2 }, 'a a a', 'not_matched'],
    [{ gte: 1, lte: 2 }, 'a a', 'matched'],
  ])('holds %j against %j', async (predicate, text, status) => {
    expect(
      (await outcome(structureFamily, rule('count', { type: 'regex', pattern: 'a' }, predicate), text))
        .status,
    ).toBe(status);
  });

  it('counts keywords between word edges, in scripts without spaces anywhere', async () => {
    const count = (keywords: string[], text: string) =>
      outcome(structureFamily, rule('count', { type: 'keyword_set', keywords }), text);
    expect(await count(['must', 'Must'], 'You MUST; it must, mustard')).toMatchObject({ value: 2 });
    expect(await count(['不要'], '不要这样，不要')).toMatchObject({ value: 2 });
    expect(await count(['哈哈'], '哈哈哈哈哈')).toMatchObject({ value: 2 });
  });

  it('divides by text units for a density', async () => {
    const dense = rule('density', { type: 'keyword_set', keywords: ['please'] }, { gte: 0.25 });
    expect(await outcome(structureFamily, dense, 'please do it now')).toMatchObject({
      status: 'matched',
      value: 0.25,
    });
    expect(await outcome(structureFamily, dense, '')).toMatchObject({ status: 'not_matched', value: 0 });
    expect(countTextUnits('你好 world 42-b')).toBe(5);
  });

  it('finds phrases in order only', async () => {
    const ordered = rule('sequence', { type: 'sequence', sequences: [['first', 'then', 'finally']] });
    expect((await outcome(structureFamily, ordered, 'First x, THEN y, finally z')).status).toBe('matched');
    expect((await outcome(structureFamily, ordered, 'then first finally')).status).toBe('not_matched');
  });

  it('measures the size in UTF-8 bytes', async () => {
    const size = rule('count', { type: 'text_bytes' }, { gt: 5 });
    expect(await outcome(structureFamily, size, 'éé你')).toMatchObject({ status: 'matched', value: 7 });
  });

  it.each([
    [rule('exists', { type: 'regex', pattern: 'a' }, { gte: 1 }), /exists takes no predicate/],
    [rule('sequence', { type: 'regex', pattern: 'a' }), /needs a sequence source/],
    [rule('count', { type: 'sequence', sequences: [['a', 'b']] }), /sequence feature/],
    [rule('density', { type: 'text_bytes' }), /only be counted/],
    [rule('count', { type: 'regex' }), /needs pattern/],
    [rule('count', { type: 'keyword_set', keywords: [] }), /needs keywords/],
    [rule('count', { type: 'text_bytes', pattern: 'a' }), /belongs to a regex source/],
    [rule('count', { type: 'regex', pattern: '(a' }), /no RE2 pattern/],
    [rule('count', { type: 'regex', pattern: 'a' }, {}), /at least one of/],
    [rule('count', { type: 'regex', pattern: 'a' }, { gt: 2, lt: 2 }), /No number/],
    [rule('sequence', { type: 'sequence', sequences: [['a']] }), /./],
  ])('reports %j', (raw, message) => {
    expect(issuesOf(structureFamily, raw).join('\n')).toMatch(message);
  });
});
