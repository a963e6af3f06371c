/**
 * The signals that a configuration evaluates: those that some decision asks for.
 *
 * @module
 */
import type { RouterConfig } from '../config/types.js';
import { DecisionEngine } from '../decision/engine.js';

/** `family:name` of each, once, in the order of the decisions. */
export function signalsInUse({
  decisions,
  strategy,
}: Pick<RouterConfig, 'decisions' | 'strategy'>): string[] {
  const { leaves } = new DecisionEngine(decisions, strategy, () => 'free');
  return [...new Set(leaves.map(({ type, name }) => `${type}:${name}`))];
}
