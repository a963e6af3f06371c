/**
 * The signals that a configuration evaluates: those that some decision asks for.
 *
 * @module
 */
import type { RouterConfig } from '../config/types.js';
import { leafContextOf } from '../decision/context.js';
import { DecisionEngine } from '../decision/engine.js';
import { routingsInUse } from '../decision/routing-of.js';

/** `family:name` of each, projections among them, once, as evaluations report them. */
export function signalsInUse(config: RouterConfig): string[] {
  const names = [...routingsInUse(config).values()].flatMap((routing) => {
    const { decisions, strategy } = routing;
    const { leaves } = new DecisionEngine(decisions, strategy, () => 'free', leafContextOf(routing));
    return leaves.filter((leaf) => leaf.reported).map(({ type, name }) => `${type}:${name}`);
  });
  return [...new Set(names)];
}
