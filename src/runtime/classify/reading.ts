/**
 * Reading the probabilities of a sequence head.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import type { HeadOutput } from '../inference/types.js';
import { mostProbable } from '../math/probabilities.js';

/** What all answers of a sequence head have in common. */
export interface LabelReading {
  readonly label: string;
  /** Probability in [0, 1] that `label` is right. */
  readonly confidence: number;
  /** What a probability was compared with. */
  readonly threshold: number;
  /** Every label with its probability, in the order of the model. */
  readonly probabilities: ReadonlyMap<string, number>;
}

/** Every label with its probability, in the order of the model. */
export function probabilitiesOf(head: Pick<HeadOutput, 'labels' | 'probabilities'>): Map<string, number> {
  return new Map(head.labels.map((label, index) => [label, head.probabilities[index] ?? 0]));
}

/** The most probable label; of equals the first. */
export function topLabel(head: Pick<HeadOutput, 'labels' | 'probabilities'>): {
  readonly label: string;
  readonly probability: number;
} {
  const [label, probability] = mostProbable(probabilitiesOf(head)) ?? ['', Number.NEGATIVE_INFINITY];
  return { label, probability };
}

/**
 * The head's own spelling of `wanted`, which is compared without regard to case. Throws
 * `VSR_INFERENCE_UNAVAILABLE` if it has no such label: a guess at another one could turn the answer around.
 */
export function labelNamed(head: Pick<HeadOutput, 'model' | 'labels'>, wanted: string): string {
  const found = head.labels.find((label) => label.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new VsrError(
    'VSR_INFERENCE_UNAVAILABLE',
    `The model ${head.model} has no label \`${wanted}\`; its labels are ${head.labels.join(', ')}.`,
  );
}

/** Reading of a head with two labels by the threshold of one of them. */
export function binaryReading(head: HeadOutput, positive: string, threshold?: number): LabelReading {
  const probabilities = probabilitiesOf(head);
  const label = labelNamed(head, positive);
  const risk = probabilities.get(label) ?? 0;
  const least = threshold ?? head.threshold;
  if (risk >= least) return { label, confidence: risk, threshold: least, probabilities };
  const other = head.labels.find((name) => name !== label) ?? label;
  return { label: other, confidence: 1 - risk, threshold: least, probabilities };
}
