/**
 * Checks that architectures share.
 *
 * @module
 */
import type { Fields } from '../fields.js';

/** The number of attention heads; 12 is the default of every architecture here. @throws if the hidden size is no multiple of it. */
export function headsOf(config: Fields, field: string, hidden: number, evenParts = false): number {
  const heads = config.integer(field, 12);
  if (hidden % (evenParts ? heads * 2 : heads) === 0) return heads;
  throw config.unsupported(
    field,
    `a divisor of the hidden size ${hidden}${evenParts ? ' with an even quotient' : ''}`,
  );
}

/** The number of layers. @throws if it is missing or beyond any model's: a graph would be built until memory ends. */
export function layersOf(config: Fields, field: string, fallback: number): number {
  const layers = config.integer(field, fallback);
  if (layers <= 1000) return layers;
  throw config.unsupported(field, 'a number of at most 1000');
}

/** @throws if the positions are not absolute and learned. */
export function requireAbsolutePositions(config: Fields): void {
  config.oneOf('position_embedding_type', ['absolute'], 'absolute');
}

/** @throws if the model looks only at earlier tokens. */
export function requireEncoder(config: Fields): void {
  if (config.flag('is_decoder', false)) throw config.unsupported('is_decoder', 'false');
}
