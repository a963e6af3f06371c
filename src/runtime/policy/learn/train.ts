/**
 * Training a head and measuring it on rows that the measured copy had not seen.
 *
 * @module
 */

import { softmax } from '../../math/probabilities.js';
import { type LinearHead, logitsOf } from '../../models/learned-head/head.js';
import { stratifiedFolds } from '../folds.js';
import { fitTemperature, type Held, logLoss } from './calibration.js';
import { type Examples, fitHead } from './logistic.js';

export interface TrainOptions {
  readonly labels: readonly string[];
  readonly dimension: number;
  readonly balanced: boolean;
  /** Parts of the cross-validation; no class may have fewer rows. */
  readonly folds: number;
}

/** What a head that had not seen the row says of it. */
export interface HeldOut {
  readonly row: number;
  readonly wanted: number;
  /** Index of the most probable label. */
  readonly predicted: number;
  readonly probabilities: readonly number[];
}

export interface Trained {
  /** Fitted to all rows, calibrated. */
  readonly head: LinearHead;
  readonly regularisation: number;
  /** One per row, in their order. */
  readonly heldOut: readonly HeldOut[];
  /** Mean negative log-likelihood of the held-out rows. */
  readonly logLoss: number;
}

/** From the strongest penalty to the weakest: each fit starts where the one before ended. */
const penalties = [3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5] as const;

/**
 * Up to this many rows times classes, penalty and temperature are chosen anew inside every fold. Beyond, two numbers
 * chosen by so many rows tell next to nothing of any single one, and the time would count.
 */
const nestedUpTo = 1_500;

/** Enough to compare penalties by. */
const roughTolerance = 2e-4;

/** Trains a head. Deterministic: the same rows in the same order give the same head. */
export function train(examples: Examples, options: TrainOptions): Trained {
  const { classes } = examples;
  const rows = classes.map((_, row) => row);
  const folds = stratifiedFolds(classes, options.folds);
  const choice = choose(examples, rows, folds, options);
  const nested = rows.length * options.labels.length <= nestedUpTo;
  const heldOut: HeldOut[] = [];
  for (let fold = 0; fold < options.folds; fold++) {
    const seen = rows.filter((row) => folds[row] !== fold);
    const hidden = rows.filter((row) => folds[row] === fold);
    // What is chosen by all rows would have seen the hidden ones.
    const { regularisation, temperature } = nested ? chooseInside(examples, seen, options) : choice;
    const head = fitHead(examples, seen, { ...options, regularisation, tolerance: roughTolerance });
    for (const row of hidden) {
      const embedding = examples.embeddings[row];
      const wanted = classes[row];
      if (embedding === undefined || wanted === undefined) continue;
      const probabilities = softmax(logitsOf(head, embedding), temperature);
      const predicted = probabilities.indexOf(Math.max(...probabilities));
      heldOut.push({ row, wanted, predicted, probabilities });
    }
  }
  heldOut.sort((a, b) => a.row - b.row);
  const { regularisation, temperature } = choice;
  const final = fitHead(examples, rows, { ...options, regularisation });
  return {
    head: { ...final, temperature },
    regularisation,
    heldOut,
    logLoss: meanLoss(heldOut),
  };
}

function meanLoss(heldOut: readonly HeldOut[]): number {
  const sum = heldOut.reduce(
    (total, { probabilities, wanted }) => total - Math.log(Math.max(1e-12, probabilities[wanted] ?? 0)),
    0,
  );
  return heldOut.length === 0 ? 0 : sum / heldOut.length;
}

interface Choice {
  readonly regularisation: number;
  readonly temperature: number;
}

/** The choice by a cross-validation among `seen` alone. */
function chooseInside(examples: Examples, seen: readonly number[], options: TrainOptions): Choice {
  const classes = seen.map((row) => examples.classes[row] ?? 0);
  const sizes = options.labels.map((_, label) => classes.filter((each) => each === label).length);
  const inner = Math.max(2, Math.min(3, ...sizes));
  const assigned = stratifiedFolds(classes, inner, 2);
  const folds = new Map(seen.map((row, index) => [row, assigned[index] ?? 0]));
  return choose(examples, seen, folds, { ...options, folds: inner });
}

/** Penalty with the least log-loss on hidden rows, and the temperature that fits those. */
function choose(
  examples: Examples,
  rows: readonly number[],
  folds: readonly number[] | ReadonlyMap<number, number>,
  options: TrainOptions,
): Choice {
  const foldOf = (row: number) => ('get' in folds ? folds.get(row) : folds[row]);
  const parts = Array.from({ length: options.folds }, (_, fold) => ({
    seen: rows.filter((row) => foldOf(row) !== fold),
    hidden: rows.filter((row) => foldOf(row) === fold),
  }));
  const starts = new Map<number, LinearHead>();
  const judged: (Choice & { readonly loss: number })[] = [];
  for (const regularisation of penalties) {
    const held: Held[] = [];
    parts.forEach(({ seen, hidden }, fold) => {
      const start = starts.get(fold);
      const head = fitHead(examples, seen, { ...options, regularisation, start, tolerance: roughTolerance });
      starts.set(fold, head);
      for (const row of hidden) {
        const embedding = examples.embeddings[row];
        const wanted = examples.classes[row];
        if (embedding !== undefined && wanted !== undefined) {
          held.push({ logits: logitsOf(head, embedding), wanted });
        }
      }
    });
    // Each is judged at its own best temperature: a strong penalty makes weights small, not wrong.
    const temperature = fitTemperature(held);
    judged.push({ regularisation, temperature, loss: logLoss(held, temperature) });
    // Weaker ones only take longer once it has become worse twice.
    const [before, last, now] = judged.slice(-3).map(({ loss }) => loss);
    if (before !== undefined && last !== undefined && now !== undefined && before < last && last < now) break;
  }
  // Within noise the stronger penalty is the safer one.
  const least = Math.min(...judged.map(({ loss }) => loss));
  return judged.find(({ loss }) => loss <= least * 1.01) ?? { regularisation: 1e-3, temperature: 1 };
}
