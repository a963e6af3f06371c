/**
 * Checks that architectures share.
 *
 * @module
 */
import type { Fields } from '../fields.js';

/** The number of attention heads. @throws if the hidden size is no multiple of it. */
export function headsOf(config: Fields, field: string, hidden: number, evenParts = false): number {
  const heads = config.integer(field);
  if (hidden % (evenParts ? heads * 2 : heads) === 0) return heads;
  throw config.unsupported(
    field,
    `a divisor of the hidden size ${hidden}${evenParts ? ' with an even quotient' : ''}`,
  );
}

/** @throws if the positions are not absolute and learned. */
export function requireAbsolutePositions(config: Fields): void {
  config.oneOf('position_embedding_type', ['absolute'], 'absolute');
}

/** @throws if the model looks only at earlier tokens. */
export function requireEncoder(config: Fields): void {
  if (config.flag('is_decoder', false)) throw config.unsupported('is_decoder', 'false');
}
