/**
 * What every number that a model gives has to be.
 *
 * @module
 */

/** @throws if a number is NaN or infinite: no decision may rest on it. */
export function assertFinite(model: string, logits: Float32Array): void {
  if (!logits.every(Number.isFinite)) throw new Error(`${model} gave logits that are not finite numbers`);
}
