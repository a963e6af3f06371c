import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/runtime/policy/random.js';
import {
  bestThreshold,
  type Figures,
  figuresOf,
  type Labelled,
  tuneThreshold,
} from '../../../src/runtime/policy/thresholds.js';

const rows = (positives: readonly number[], negatives: readonly number[]): Labelled[] => [
  ...positives.map((value) => ({ value, positive: true })),
  ...negatives.map((value) => ({ value, positive: false })),
];

/** The figures of `threshold`, counted one row after the other. */
function figuresAt(data: readonly Labelled[], threshold: number): Figures {
  const count = (positive: boolean, matched: boolean) =>
    data.filter((row) => row.positive === positive && row.value >= threshold === matched).length;
  return figuresOf(count(true, true), count(false, true), count(true, false));
}

describe('the best threshold', () => {
  it('lies in the middle of the gap, with as few digits as that takes', () => {
    const choice = bestThreshold(rows([0.9, 0.7], [0.5, 0.2]), { kind: 'f1' });
    expect(choice).toEqual({
      threshold: 0.6,
      figures: { precision: 1, recall: 1, f1: 1, hits: 2, falseAlarms: 0, misses: 0 },
    });
    expect(bestThreshold(rows([0.70011], [0.70001]), { kind: 'f1' })?.threshold).toBe(0.7001);
  });

  it('finds as much as the precision allows', () => {
    const data = rows([0.9, 0.8, 0.6, 0.3], [0.7, 0.5, 0.4]);
    expect(bestThreshold(data, { kind: 'precision', least: 1 })?.threshold).toBe(0.75);
    expect(bestThreshold(data, { kind: 'precision', least: 0.75 })).toMatchObject({
      threshold: 0.55,
      figures: { precision: 0.75, recall: 0.75 },
    });
  });

  it('does not exist where nothing should match, or the precision cannot be had', () => {
    expect(bestThreshold(rows([], [0.5]), { kind: 'f1' })).toBeUndefined();
    expect(bestThreshold(rows([0.2], [0.9]), { kind: 'precision', least: 0.9 })).toBeUndefined();
  });

  it('is no worse than any other', () => {
    const row = fc.record({
      value: fc.integer({ min: 0, max: 30 }).map((n) => n / 30),
      positive: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (data) => {
        const choice = bestThreshold(data, { kind: 'f1' });
        if (choice === undefined) return;
        expect(figuresAt(data, choice.threshold)).toEqual(choice.figures);
        for (const { value } of data) {
          expect(figuresAt(data, value).f1 ?? 0).toBeLessThanOrEqual(choice.figures.f1 ?? 0);
        }
      }),
    );
  });
});

describe('tuning', () => {
  const random = seededRandom(7);
  const noisy = Array.from({ length: 200 }, (_, index) => ({
    positive: index % 2 === 0,
    value: (index % 2 === 0 ? 0.6 : 0.4) + (random() - 0.5) * 0.4,
  }));

  it('measures on rows that the threshold was not chosen by, with intervals around the figures', () => {
    const tuned = tuneThreshold(noisy, { kind: 'f1' }, { folds: 5, samples: 200 });
    expect(tuned).toBeDefined();
    if (tuned === undefined) return;
    const { threshold, figures, crossValidated, intervals } = tuned;
    expect(threshold).toBeGreaterThan(0.4);
    expect(threshold).toBeLessThan(0.6);
    expect(crossValidated?.f1 ?? 1).toBeLessThanOrEqual(figures.f1 ?? 0);
    for (const [name, value] of [
      ['threshold', threshold],
      ['precision', crossValidated?.precision],
      ['recall', crossValidated?.recall],
      ['f1', crossValidated?.f1],
    ] as const) {
      expect(intervals[name]?.[0]).toBeLessThanOrEqual(value ?? 0);
      expect(intervals[name]?.[1]).toBeGreaterThanOrEqual(value ?? 0);
    }
  });

  it('gives the same figures every time', () => {
    const once = tuneThreshold(noisy, { kind: 'precision', least: 0.9 }, { folds: 5, samples: 50 });
    expect(tuneThreshold(noisy, { kind: 'precision', least: 0.9 }, { folds: 5, samples: 50 })).toEqual(once);
  });
});
