import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { overlapIds } from '../../../src/runtime/inference/overlap.js';
import { toyTokenizer } from './toy.js';

const recorded = z
  .object({ overlap: z.array(z.tuple([z.array(z.number()), z.array(z.number()), z.string()])) })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../fixtures/inference/python-features.json', import.meta.url), 'utf8'),
    ),
  );

const overlap = (first: string, second: string): string =>
  overlapIds(toyTokenizer.pieces(first), toyTokenizer.pieces(second)).join('');

describe('overlapIds', () => {
  it('marks absent words, and known ones by their neighbours', () => {
    expect(overlap('the sky is blue', 'the sky is blue')).toBe('3443');
    expect(overlap('the sky is blue', 'sky is red')).toBe('331');
    expect(overlap('the sky is blue', 'blue the')).toBe('22');
  });

  it('compares whole words: a common piece is not a common word', () => {
    expect(overlap('john smith', 'johnson')).toBe('11');
    expect(overlap('johnson', 'john')).toBe('1');
    expect(overlap('johnson smith', 'johnson smith')).toBe('333');
  });

  it('takes empty texts', () => {
    expect(overlap('', 'sky')).toBe('1');
    expect(overlap('sky', '')).toBe('');
  });

  it('agrees with the code that made the training features', () => {
    expect(recorded.overlap.length).toBeGreaterThan(100);
    const text = (ids: readonly number[]) => ({
      ids: Int32Array.from(ids),
      continues: Uint8Array.from(ids, (id) => (id >= 25 ? 1 : 0)),
    });
    for (const [first, second, expected] of recorded.overlap) {
      expect(overlapIds(text(first), text(second)).join('')).toBe(expected);
    }
  });
});
