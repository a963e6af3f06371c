/**
 * Whether to reason, from how sure the classifier is of the category: certain readings follow their
 * category, uncertain ones the vote of the likeliest categories, and hopeless ones reason to be safe.
 *
 * @module
 */
import { plainCategory } from '../decision/context.js';
import { uncertaintyOfStated } from '../signals/domain-category.js';

/** Whether a category wants reasoning, by {@link plainCategory}; one that is missing is unknown. */
export type CategoryNeeds = ReadonlyMap<string, boolean>;

export interface EntropyChoice {
  readonly reason: boolean;
  /** How sure the choice is, in [0, 1]. */
  readonly confidence: number;
  /** One sentence. */
  readonly why: string;
}

interface Candidate {
  readonly category: string;
  readonly probability: number;
  /** Undefined for an unknown category. */
  readonly needs: boolean | undefined;
}

/**
 * Chooses by the normalised Shannon entropy of the distribution. From 0.8 on: reason, confidence 0.3. From
 * 0.6: vote of the two likeliest. From 0.4: the top category if it is known and reaches `threshold`
 * (0.8·p), else the vote of three. Below: the top category (0.9·p, below 0.2 0.95·p); an unknown one does
 * not reason (0.8·p). A vote is Σp of reasoning over Σp of known categories, more than half reasons, with
 * confidence |share − 0.5| + 0.5. Without a distribution: no reasoning, 0.
 *
 * @param threshold Least probability of a known top category at medium uncertainty.
 */
export function chooseByEntropy(
  probabilities: ReadonlyMap<string, number>,
  needs: CategoryNeeds,
  threshold: number,
): EntropyChoice {
  const candidates = [...probabilities]
    .map(
      ([category, probability]): Candidate => ({
        category,
        probability: Number.isFinite(probability) ? Math.max(0, probability) : 0,
        needs: needs.get(plainCategory(category)),
      }),
    )
    .sort((a, b) => b.probability - a.probability);
  const top = candidates[0];
  if (top === undefined || top.probability === 0) {
    return { reason: false, confidence: 0, why: 'no category is known to be likely' };
  }
  const { level } = uncertaintyOfStated(candidates.map(({ probability }) => probability));
  switch (level) {
    case 'very_high':
      return {
        reason: true,
        confidence: 0.3,
        why: 'the category is uncertain, so reasoning is the safe choice',
      };
    case 'high':
      return vote(candidates.slice(0, 2));
    case 'medium':
      return top.needs !== undefined && top.probability >= threshold
        ? followed(top, top.needs, 0.8)
        : vote(candidates.slice(0, 3));
    case 'low':
    case 'very_low':
      return top.needs === undefined
        ? {
            reason: false,
            confidence: 0.8 * top.probability,
            why: `nothing is said about \`${top.category}\``,
          }
        : followed(top, top.needs, level === 'low' ? 0.9 : 0.95);
  }
}

function followed({ category, probability }: Candidate, reason: boolean, factor: number): EntropyChoice {
  const wants = reason ? 'wants reasoning' : 'wants none';
  return { reason, confidence: factor * probability, why: `the category is \`${category}\`, which ${wants}` };
}

function vote(candidates: readonly Candidate[]): EntropyChoice {
  let known = 0;
  let reasoning = 0;
  for (const { probability, needs } of candidates) {
    if (needs === undefined) continue;
    known += probability;
    if (needs) reasoning += probability;
  }
  const names = candidates.map(({ category }) => `\`${category}\``).join(', ');
  if (known === 0) return { reason: false, confidence: 0.5, why: `nothing is said about ${names}` };
  const share = reasoning / known;
  return {
    reason: share > 0.5,
    confidence: Math.abs(share - 0.5) + 0.5,
    why: `of ${names}, ${Math.round(share * 100)} % of the probability wants reasoning`,
  };
}
