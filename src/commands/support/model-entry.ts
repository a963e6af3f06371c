/**
 * Registry entries of models as commands print them.
 *
 * @module
 */
import type { RegistryEntry } from '../../runtime/inference/embedded-models.js';

/** What comes out of a model, e.g. `14 labels`. */
export function givesOf({ dimension, labels, task }: RegistryEntry): string {
  if (dimension !== undefined) return `${dimension} dimensions`;
  return task === 'token' ? `spans (${labels.length} labels)` : `${labels.length} labels`;
}

/** Figures on rows that took no part in training first; names as the training writes them. */
const origins = ['natural_test', 'natural', 'own_test', 'held_back'];
const measures = ['accuracy', 'span_f1', 'f1', 'recall'];
const preferred = ['accuracy', ...measures.flatMap((measure) => origins.map((from) => `${from}_${measure}`))];

/** The figure nearest to real use that the bundle names. */
export function figureOf({ metrics }: RegistryEntry): { name: string; value: number } | undefined {
  const figures = Object.entries(metrics).flatMap(([name, value]) =>
    typeof value === 'number' ? [{ name, value }] : [],
  );
  const exact = preferred.flatMap((wanted) => figures.find(({ name }) => name === wanted) ?? []);
  const similar = measures.flatMap((wanted) => figures.find(({ name }) => name.endsWith(`_${wanted}`)) ?? []);
  return exact[0] ?? similar[0] ?? figures[0];
}
