/**
 * From a trained head to the file that is saved: thresholds, figures, and what its user should be warned of.
 *
 * @module
 */
import { type HeadFile, headVersion } from '../../models/learned-head/format.js';
import { bestThreshold } from '../thresholds.js';
import { wilsonInterval } from '../wilson.js';
import { calibrationError } from './calibration.js';
import type { HeldOut, Trained } from './train.js';

export interface HeadFacts {
  readonly name: string;
  readonly description: string | undefined;
  readonly encoder: HeadFile['encoder'];
  readonly labels: readonly string[];
  readonly folds: number;
  readonly balanced: boolean;
  readonly dataSha256: string;
  /** Program and version. */
  readonly tool: string;
  /** Figures of the held-out rows by class. */
  readonly classes: Pick<HeadFile['metrics'], 'per_class' | 'confusion' | 'macro_f1'>;
}

/** The file of a trained head. */
export function headFileOf(trained: Trained, facts: HeadFacts): HeadFile {
  const { head, heldOut, regularisation, logLoss } = trained;
  const { labels, dimension } = head;
  const right = heldOut.filter(({ wanted, predicted }) => wanted === predicted).length;
  const accuracy = heldOut.length === 0 ? 0 : right / heldOut.length;
  const [low, high] = wilsonInterval(right, heldOut.length) ?? [0, 1];
  const confident = heldOut.map(({ probabilities, predicted, wanted }) => ({
    confidence: probabilities[predicted] ?? 0,
    right: wanted === predicted,
  }));
  return {
    format: 'vllm-sr-head',
    version: headVersion,
    name: facts.name,
    ...(facts.description === undefined ? {} : { description: facts.description }),
    encoder: facts.encoder,
    labels: [...labels],
    weights: labels.map((_, label) =>
      [...head.weights.slice(label * dimension, (label + 1) * dimension)].map(short),
    ),
    bias: [...head.bias].map(short),
    temperature: short(head.temperature),
    threshold: topThreshold(heldOut, labels.length),
    thresholds: Object.fromEntries(labels.map((label, index) => [label, ownThreshold(heldOut, index)])),
    metrics: {
      folds: facts.folds,
      accuracy: short(accuracy),
      accuracy_interval: [short(low), short(high)],
      log_loss: short(logLoss),
      calibration_error: short(calibrationError(confident)),
      macro_f1: short(facts.classes.macro_f1),
      per_class: facts.classes.per_class,
      confusion: facts.classes.confusion,
    },
    training: {
      rows: heldOut.length,
      data_sha256: facts.dataSha256,
      regularisation,
      balanced: facts.balanced,
      tool: facts.tool,
    },
  };
}

/** Seven digits are what the encoder's own numbers have. */
function short(value: number): number {
  return Number(value.toPrecision(7));
}

/**
 * Probability from which the top label counts: the one with the best F1 for "the top label is right", but never
 * near what guessing gives, because texts of no class at all were not among the rows.
 */
function topThreshold(heldOut: readonly HeldOut[], labels: number): number {
  const rows = heldOut.map(({ probabilities, predicted, wanted }) => ({
    value: probabilities[predicted] ?? 0,
    positive: wanted === predicted,
  }));
  const best = bestThreshold(rows, { kind: 'f1' })?.threshold ?? 0.5;
  return Math.min(1, Math.max(best, Math.min(0.5, short(2 / labels))));
}

/** Probability from which one label counts, taken as a question of its own. */
function ownThreshold(heldOut: readonly HeldOut[], label: number): number {
  const rows = heldOut.map(({ probabilities, wanted }) => ({
    value: probabilities[label] ?? 0,
    positive: wanted === label,
  }));
  const best = bestThreshold(rows, { kind: 'f1' })?.threshold ?? 0.5;
  return Math.min(1, Math.max(0, best));
}

/** Fewer rows than this in a class make its figures rough. */
const fewRows = 15;

/** What the figures of a head say against relying on it; empty if nothing. */
export function headWarnings({ labels, metrics }: Pick<HeadFile, 'labels' | 'metrics'>): string[] {
  const { per_class: classes, confusion, accuracy } = metrics;
  const sizes = labels.map((label) => classes[label]?.support ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const warnings: string[] = [];
  const small = labels.filter((_, index) => (sizes[index] ?? 0) < fewRows);
  if (small.length > 0) {
    const list = small.map((label) => `\`${label}\` (${classes[label]?.support ?? 0})`).join(', ');
    warnings.push(`few rows: ${list}; figures get reliable from about ${fewRows} rows per class`);
  }
  const largest = total === 0 ? 0 : Math.max(...sizes) / total;
  if (accuracy <= largest + 0.05) {
    warnings.push(
      `hardly better than always naming the largest class (${percent(accuracy)} against ${percent(largest)}): the texts do not tell these classes apart`,
    );
  }
  labels.forEach((first, index) => {
    for (const second of labels.slice(index + 1)) {
      const mixed = (confusion[first]?.[second] ?? 0) + (confusion[second]?.[first] ?? 0);
      const rows = (classes[first]?.support ?? 0) + (classes[second]?.support ?? 0);
      if (mixed < 3 || mixed < rows / 5) continue;
      warnings.push(
        `too alike: \`${first}\` and \`${second}\` are taken for each other in ${mixed} of ${rows} rows; merge them, or add rows that show the difference`,
      );
    }
  });
  return warnings;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
