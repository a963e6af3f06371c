/**
 * How near a text is to a set of examples.
 *
 * Examples that say nearly the same are one prototype, so that a set does not win by repeating itself, and
 * the nearest prototype counts most: one example that fits is enough, a second one makes it surer.
 *
 * @module
 */
import { z } from 'zod';
import { cosine } from '../math/vectors.js';
import { unitNumber } from './rule-fields.js';
import type { TextEmbeddings } from './text-embeddings.js';

export const prototypeScoringSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('`false` takes the nearest example alone.'),
    cluster_similarity_threshold: unitNumber
      .default(0.9)
      .describe('Examples at least this similar are one prototype.'),
    max_prototypes: z
      .number()
      .int()
      .min(1)
      .default(32)
      .describe('Most prototypes that are kept, those of the most examples first.'),
    best_weight: unitNumber
      .default(0.75)
      .describe('Weight of the nearest prototype; the rest goes to the mean of the `top_m` nearest.'),
    top_m: z.number().int().min(1).default(2).describe('Prototypes in that mean.'),
    margin_threshold: z
      .number()
      .min(0)
      .max(2)
      .optional()
      .describe('Least lead over the next best rule, for families whose rules compete.'),
  })
  .describe('How the similarities to single examples become one number.');

export type PrototypeScoring = z.output<typeof prototypeScoringSchema>;

/** What a rule without `prototype_scoring` gets. */
export const defaultScoring: PrototypeScoring = prototypeScoringSchema.parse({});

export interface Prototype {
  /** The example that stands for its group. */
  readonly text: string;
  readonly vector: Float32Array;
  /** Examples in the group. */
  readonly size: number;
}

/**
 * Groups examples greedily: each joins the first group whose founder is similar enough. The member nearest to
 * the others of its group stands for it.
 */
export function prototypesOf(
  texts: readonly string[],
  vectors: readonly Float32Array[],
  { cluster_similarity_threshold: least, max_prototypes: most }: PrototypeScoring,
): Prototype[] {
  const groups: number[][] = [];
  const vectorOf = (index: number) => vectors[index] ?? new Float32Array(0);
  vectors.forEach((vector, index) => {
    const group = groups.find(([founder]) => cosine(vectorOf(founder ?? index), vector) >= least);
    if (group === undefined) groups.push([index]);
    else group.push(index);
  });
  return groups
    .map((group) => {
      let medoid = group[0] ?? 0;
      let nearest = Number.NEGATIVE_INFINITY;
      for (const candidate of group) {
        const total = group.reduce((sum, other) => sum + cosine(vectorOf(candidate), vectorOf(other)), 0);
        if (total > nearest) {
          nearest = total;
          medoid = candidate;
        }
      }
      return { text: texts[medoid] ?? '', vector: vectorOf(medoid), size: group.length };
    })
    .sort((a, b) => b.size - a.size)
    .slice(0, most);
}

export interface Nearness {
  /** Similarity to the set, a cosine in [-1, 1]. */
  readonly value: number;
  /** The nearest example. */
  readonly text: string;
}

/** How near `query` is to the set; −1 for an empty one. */
export function nearness(
  query: Float32Array,
  prototypes: readonly Prototype[],
  { enabled, best_weight: weight, top_m: count }: PrototypeScoring,
): Nearness {
  const ranked = prototypes
    .map(({ text, vector }) => ({ text, similarity: cosine(query, vector) }))
    .sort((a, b) => b.similarity - a.similarity);
  const [best] = ranked;
  if (best === undefined) return { value: -1, text: '' };
  if (!enabled) return { value: best.similarity, text: best.text };
  const top = ranked.slice(0, count);
  const mean = top.reduce((sum, { similarity }) => sum + similarity, 0) / top.length;
  return { value: weight * best.similarity + (1 - weight) * mean, text: best.text };
}

/** A set of examples, embedded when it is first needed. */
export class ExampleSet {
  readonly #embeddings: TextEmbeddings;
  readonly #texts: readonly string[];
  readonly #scoring: PrototypeScoring;
  #prototypes: Promise<readonly Prototype[]> | undefined;

  constructor(embeddings: TextEmbeddings, texts: readonly string[], scoring = defaultScoring) {
    this.#embeddings = embeddings;
    this.#texts = [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))];
    this.#scoring = scoring;
  }

  /** Embeds the examples; a failure is tried again by the next caller. */
  load(): Promise<readonly Prototype[]> {
    if (this.#prototypes !== undefined) return this.#prototypes;
    const prototypes = this.#embeddings
      .all(this.#texts)
      .then((vectors) => prototypesOf(this.#texts, vectors, this.#scoring));
    this.#prototypes = prototypes;
    prototypes.catch(() => {
      this.#prototypes = undefined;
    });
    return prototypes;
  }

  async nearness(query: Float32Array): Promise<Nearness> {
    return nearness(query, await this.load(), this.#scoring);
  }
}
