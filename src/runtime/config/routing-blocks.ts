/**
 * The places of a file that hold rules: `routing`, and `routing` of every recipe.
 *
 * @module
 */
import type { Path } from './diagnostics.js';
import { at, listAt } from './raw.js';

export interface RoutingBlock {
  /** Plain values of whatever stands there. */
  readonly block: unknown;
  readonly path: Path;
}

export function routingBlocks(raw: unknown): RoutingBlock[] {
  return [
    { block: at(raw, 'routing'), path: ['routing'] },
    ...listAt(raw, 'recipes').map((recipe, index) => ({
      block: at(recipe, 'routing'),
      path: ['recipes', index, 'routing'],
    })),
  ];
}

/** Decisions of all blocks, with their places. */
export function allDecisions(raw: unknown): { readonly decision: unknown; readonly path: Path }[] {
  return routingBlocks(raw).flatMap(({ block, path }) =>
    listAt(block, 'decisions').map((decision, index) => ({
      decision,
      path: [...path, 'decisions', index],
    })),
  );
}
