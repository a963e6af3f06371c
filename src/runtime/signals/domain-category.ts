/**
 * What the domain classifier says about a text, and how sure it is.
 *
 * @module
 */
import type { Encoded } from '../inference/types.js';
import { canonicalDomainLabel } from './domain-labels.js';
import type { StandIn } from './types.js';

/** Registry name of the head that the `domain` family and the intent API read. */
export const domainModel = 'mom-domain-classifier';

export type UncertaintyLevel = 'very_high' | 'high' | 'medium' | 'low' | 'very_low';

export interface Uncertainty {
  /** Shannon entropy of the class distribution, bits. */
  readonly entropy: number;
  /** Entropy over its maximum log2(n), in [0, 1]. */
  readonly normalized: number;
  readonly level: UncertaintyLevel;
}

export interface Category {
  /** Most probable label, spelled as in `domainLabels` if it is one of them. */
  readonly label: string;
  readonly confidence: number;
  /** Recommended threshold of the model bundle. */
  readonly threshold: number;
  /** Every class with its probability, in the order of the model. */
  readonly probabilities: ReadonlyMap<string, number>;
  readonly uncertainty: Uncertainty;
  /** Set if the domain model says it in place of servers. */
  readonly standIn?: StandIn | undefined;
  /** What a server would do with the request, if the configuration lets it say so. */
  readonly suggestion?: CategorySuggestion | undefined;
}

export interface CategorySuggestion {
  readonly server: string;
  readonly model: string | undefined;
  readonly useReasoning: boolean | undefined;
}

/** Shannon entropy (C. E. Shannon, 1948) of a probability vector, and a word for it. */
export function uncertaintyOf(probabilities: readonly number[]): Uncertainty {
  let entropy = 0;
  for (const p of probabilities) if (p > 0) entropy -= p * Math.log2(p);
  entropy = Math.max(0, entropy);
  const normalized = probabilities.length < 2 ? 0 : Math.min(1, entropy / Math.log2(probabilities.length));
  return { entropy, normalized, level: levelOf(normalized) };
}

/** Sums of floating point numbers are off by less. */
const rounding = 1e-3;

/**
 * The same for what a server says, which need not be a whole distribution: what is missing to 1 is one more class, and
 * numbers that sum to more are shares of their sum.
 */
export function uncertaintyOfStated(stated: readonly number[]): Uncertainty {
  const sum = stated.reduce((total, one) => total + one, 0);
  if (sum > 1 + rounding) return uncertaintyOf(stated.map((one) => one / sum));
  return uncertaintyOf(sum < 1 - rounding ? [...stated, 1 - sum] : stated);
}

function levelOf(normalized: number): UncertaintyLevel {
  if (normalized >= 0.8) return 'very_high';
  if (normalized >= 0.6) return 'high';
  if (normalized >= 0.4) return 'medium';
  return normalized >= 0.2 ? 'low' : 'very_low';
}

/** Reading of the domain head; undefined if the encoder has no such head. */
export function categoryOf(encoded: Encoded): Category | undefined {
  const head = encoded.heads.get(domainModel);
  if (head === undefined) return undefined;
  const probabilities = new Map<string, number>();
  let label: string | undefined;
  let confidence = Number.NEGATIVE_INFINITY;
  head.labels.forEach((name, index) => {
    const canonical = canonicalDomainLabel(name) ?? name;
    const probability = head.probabilities[index] ?? 0;
    probabilities.set(canonical, probability);
    if (probability > confidence) {
      confidence = probability;
      label = canonical;
    }
  });
  if (label === undefined) return undefined;
  return {
    label,
    confidence,
    threshold: head.threshold,
    probabilities,
    uncertainty: uncertaintyOf(head.probabilities),
  };
}
