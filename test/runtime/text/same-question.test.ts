import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceBetween } from '../../../src/runtime/text/same-question.js';

describe('what keeps two similar texts from being the same question', () => {
  it.each([
    ['add 3 apples', 'add 4 apples', 'numbers'],
    ['wait two days', 'wait three days', 'numbers'],
    ['is it open on Sundays', "isn't it open on Sundays", 'negation'],
    ['tea with milk', 'tea without milk', 'negation'],
    ['ist das gesund', 'ist das nicht gesund', 'negation'],
    ['who built it', 'when built it', 'question word'],
    ['from metres to feet', 'from feet to metres', 'order'],
    ['switch the heating on', 'switch the heating off', 'one word'],
    ['a song about rain', 'a poem about rain', 'one word'],
    ['the mayor of Bonn', 'the first mayor of Bonn', 'one word'],
  ])('%j and %j: %s', (a, b, difference) => {
    expect(differenceBetween(a, b)).toBe(difference);
    expect(differenceBetween(b, a)).toBe(difference);
  });

  it.each([
    ['add 3 apples', 'Add three apples!'],
    ['it costs 1,000 euros', 'it costs 1000 euros'],
    ['how do I bake bread', "I still don't get how to bake bread"],
    ['reset the modem', 'resetting the modem'],
    ['a poem on rain', 'the poem about rain, please'],
    ['', ''],
  ])('nothing in %j and %j', (a, b) => {
    expect(differenceBetween(a, b)).toBeUndefined();
  });

  it('does not depend on the order, and is nothing for a text and itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(differenceBetween(a, a)).toBeUndefined();
        expect(differenceBetween(a, b)).toBe(differenceBetween(b, a));
      }),
    );
  });

  it('reads long texts without a break', () => {
    expect(differenceBetween('a'.repeat(1_000_000), 'b'.repeat(1_000_000))).toBe('one word');
  });

  it('keeps the recorded pairs of different questions apart more often than it parts the same', () => {
    const rows = ['reask.jsonl', 'reask_test.jsonl'].flatMap((file) =>
      readFileSync(`test/fixtures/signals/${file}`, 'utf8')
        .trim()
        .split('\n')
        .map((line): { a: string; b: string; same: boolean } => JSON.parse(line)),
    );
    const parted = (same: boolean) =>
      rows.filter((row) => row.same === same && differenceBetween(row.a, row.b) !== undefined).length;
    expect(parted(true)).toBeLessThanOrEqual(1);
    expect(parted(false)).toBeGreaterThanOrEqual(30);
  });
});
