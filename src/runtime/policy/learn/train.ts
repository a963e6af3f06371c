/**
 * Training a head and measuring it on rows that the measured copy had not seen.
 *
 * @module
 */

import { softmax } from '../../math/probabilities.js';
import { type LinearHead, logitsOf } from '../../models/learned-head/head.js';
import { stratifiedFolds } from '../folds.js';
import { fitTemperature, type Held, logLoss } from './calibration.js';
import { type Examples, FitProblem } from './logistic.js';
import { Preconditioner } from './preconditioner.js';

export interface TrainOptions {
  readonly labels: readonly string[];
  readonly dimension: number;
  readonly balanced: boolean;
  /** Parts of the cross-validation; no class may have fewer rows. */
  readonly folds: number;
  /** Awaited between steps, so that the work can be stopped: what it throws ends the training. */
  readonly pause?: () => Promise<void>;
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
const nestedUpTo = 5_000;

/** Enough to compare penalties by. */
const roughTolerance = 2e-4;

/** Trains a head. Deterministic: the same rows in the same order give the same head. */
export async function train(examples: Examples, options: TrainOptions): Promise<Trained> {
  const { classes } = examples;
  const rows = classes.map((_, row) => row);
  const task = { ...options, examples, preconditioner: preconditionerFor(examples, options) };
  const parts = partsOf(rows, stratifiedFolds(classes, options.folds), options.folds);
  const choice = await choose(task, parts);
  const nested = rows.length * options.labels.length <= nestedUpTo;
  const heldOut: HeldOut[] = [];
  for (const [index, part] of parts.entries()) {
    // What is chosen by all rows would have seen the hidden ones.
    const { held, temperature } = nested
      ? await judgeAlone(task, part)
      : { held: choice.held[index] ?? [], temperature: choice.temperature };
    for (const { row, logits, wanted } of held) {
      const probabilities = softmax(logits, temperature);
      const predicted = probabilities.indexOf(Math.max(...probabilities));
      heldOut.push({ row, wanted, predicted, probabilities });
    }
  }
  heldOut.sort((a, b) => a.row - b.row);
  const { regularisation, temperature } = choice;
  await options.pause?.();
  const final = new FitProblem(examples, rows, options).fit({ ...task, regularisation });
  await options.pause?.();
  return {
    head: { ...final, temperature },
    regularisation,
    heldOut,
    logLoss: meanLoss(heldOut),
  };
}

/** Setting one up takes as long as many steps with few rows. */
function preconditionerFor(
  { embeddings }: Examples,
  { dimension }: TrainOptions,
): Preconditioner | undefined {
  return embeddings.length < 2 * dimension ? undefined : new Preconditioner(embeddings, dimension);
}

function meanLoss(heldOut: readonly HeldOut[]): number {
  const sum = heldOut.reduce(
    (total, { probabilities, wanted }) => total - Math.log(Math.max(1e-12, probabilities[wanted] ?? 0)),
    0,
  );
  return heldOut.length === 0 ? 0 : sum / heldOut.length;
}

interface Task extends TrainOptions {
  readonly examples: Examples;
  readonly preconditioner: Preconditioner | undefined;
}

/** Rows to fit to, and rows to judge by. */
interface Part {
  readonly seen: readonly number[];
  readonly hidden: readonly number[];
}

function partsOf(rows: readonly number[], foldOf: readonly number[], folds: number): Part[] {
  return Array.from({ length: folds }, (_, fold) => ({
    seen: rows.filter((_, index) => foldOf[index] !== fold),
    hidden: rows.filter((_, index) => foldOf[index] === fold),
  }));
}

interface HeldRow extends Held {
  readonly row: number;
}

function judge({ examples }: Task, head: LinearHead, { hidden }: Part): HeldRow[] {
  return hidden.flatMap((row) => {
    const embedding = examples.embeddings[row];
    const wanted = examples.classes[row];
    if (embedding === undefined || wanted === undefined) return [];
    return [{ row, logits: logitsOf(head, embedding), wanted }];
  });
}

interface Choice {
  readonly regularisation: number;
  readonly temperature: number;
}

interface Judged extends Choice {
  readonly loss: number;
  /** What was said of the hidden rows, part by part. */
  readonly held: readonly (readonly HeldRow[])[];
}

/** What a head with penalty and temperature chosen among the seen rows alone says of the hidden ones. */
async function judgeAlone(
  task: Task,
  part: Part,
): Promise<{ readonly held: readonly HeldRow[]; readonly temperature: number }> {
  const classes = part.seen.map((row) => task.examples.classes[row] ?? 0);
  const sizes = task.labels.map((_, label) => classes.filter((each) => each === label).length);
  const inner = Math.max(2, Math.min(3, ...sizes));
  const parts = partsOf(part.seen, stratifiedFolds(classes, inner, 2), inner);
  const { regularisation, temperature } = await choose(task, parts);
  const problem = new FitProblem(task.examples, part.seen, task);
  const head = problem.fit({ ...task, regularisation, tolerance: roughTolerance });
  return { held: judge(task, head, part), temperature };
}

/** Penalty with the least log-loss on hidden rows, and the temperature that fits those. */
async function choose(task: Task, parts: readonly Part[]): Promise<Judged> {
  const fits = parts.map((part): { part: Part; problem: FitProblem; head: LinearHead | undefined } => ({
    part,
    problem: new FitProblem(task.examples, part.seen, task),
    head: undefined,
  }));
  const judged: Judged[] = [];
  for (const regularisation of penalties) {
    const held: HeldRow[][] = [];
    for (const fit of fits) {
      const { preconditioner } = task;
      await task.pause?.();
      const start = fit.head;
      fit.head = fit.problem.fit({ regularisation, start, tolerance: roughTolerance, preconditioner });
      held.push(judge(task, fit.head, fit.part));
    }
    // Each is judged at its own best temperature: a strong penalty makes weights small, not wrong.
    const all = held.flat();
    const temperature = fitTemperature(all);
    judged.push({ regularisation, temperature, loss: logLoss(all, temperature), held });
    // Weaker ones only take longer once it has become worse twice.
    const [before, last, now] = judged.slice(-3).map(({ loss }) => loss);
    if (before !== undefined && last !== undefined && now !== undefined && before < last && last < now) break;
  }
  // Within noise the stronger penalty is the safer one.
  const least = Math.min(...judged.map(({ loss }) => loss));
  const best = judged.find(({ loss }) => loss <= least * 1.01);
  return best ?? { regularisation: 1e-3, temperature: 1, loss: 0, held: [] };
}
