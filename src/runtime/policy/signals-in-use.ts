/**
 * The signals that a configuration evaluates: those that some decision asks for.
 *
 * @module
 */
import type { RouterConfig } from '../config/types.js';
import { leafContextOf } from '../decision/context.js';
import { DecisionEngine } from '../decision/engine.js';

/** `family:name` of each, projections among them, once, as evaluations report them. */
export function signalsInUse(config: RouterConfig): string[] {
  const { decisions, strategy } = config;
  const { leaves } = new DecisionEngine(decisions, strategy, () => 'free', leafContextOf(config));
  const reported = leaves.filter((leaf) => leaf.reported);
  return [...new Set(reported.map(({ type, name }) => `${type}:${name}`))];
}
