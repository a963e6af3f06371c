import { describe, expect, it } from 'vitest';
import { headWarnings } from '../../../../src/runtime/policy/learn/head-file.js';

const classOf = (support: number) => ({ precision: 0.5, recall: 0.5, f1: 0.5, support });

function warnings(
  accuracy: number,
  sizes: Readonly<Record<string, number>>,
  confusion: Record<string, Record<string, number>>,
) {
  return headWarnings({
    labels: Object.keys(sizes),
    metrics: {
      folds: 5,
      accuracy,
      accuracy_interval: [0, 1],
      macro_f1: 0.5,
      log_loss: 0.5,
      calibration_error: 0,
      per_class: Object.fromEntries(Object.entries(sizes).map(([label, size]) => [label, classOf(size)])),
      confusion,
    },
  });
}

describe('warnings about a head', () => {
  it('are none where classes are large and apart', () => {
    expect(warnings(0.9, { a: 20, b: 20 }, { a: { a: 18, b: 2 }, b: { b: 18, a: 2 } })).toEqual([]);
  });

  it('name small classes, classes that are mixed up, and figures no better than guessing', () => {
    const found = warnings(
      0.6,
      { a: 20, b: 6, c: 10 },
      { a: { a: 20 }, b: { c: 3, b: 3 }, c: { b: 4, c: 6 } },
    );
    expect(found).toEqual([
      'few rows: `b` (6), `c` (10); figures get reliable from about 15 rows per class',
      'hardly better than always naming the largest class (60 % against 56 %): the texts do not tell these classes apart',
      'too alike: `b` and `c` are taken for each other in 7 of 16 rows; merge them, or add rows that show the difference',
    ]);
  });
});
