/**
 * The conditions that kept a decision from matching.
 *
 * @module
 */
import { distanceOf } from './counterfactual.js';
import type { RuleTrace } from './evaluation.js';

export type LeafTrace = Extract<RuleTrace, { readonly kind: 'leaf' }>;

export interface Blocker {
  readonly leaf: LeafTrace;
  /** Place in the rule tree, e.g. `rules.conditions[1]`. */
  readonly path: string;
  /** What the rule asked of the condition. */
  readonly needs: 'match' | 'no_match';
}

/**
 * Conditions without which `rule` would have matched: all that an AND missed, the nearest of an OR, what a NOT
 * forbids. None for a rule that matched.
 */
export function blockersOf(rule: RuleTrace, path = 'rules'): Blocker[] {
  return blockers(rule, path, 'true');
}

function blockers(rule: RuleTrace, path: string, wanted: 'true' | 'false'): Blocker[] {
  if (rule.truth === wanted) return [];
  if (rule.kind === 'leaf') return [{ leaf: rule, path, needs: wanted === 'true' ? 'match' : 'no_match' }];
  const { operator, children } = rule;
  const at = (index: number) => `${path}.conditions[${index}]`;
  if (operator === 'NOT') {
    const other = wanted === 'true' ? 'false' : 'true';
    return children.flatMap((child, index) => blockers(child, at(index), other));
  }
  const each = children.map((child, index) => blockers(child, at(index), wanted));
  // To hold, an AND needs all of its conditions; not to hold, an OR has to lose all of its own.
  if ((operator === 'AND') === (wanted === 'true')) return each.flat();
  const far = Number.POSITIVE_INFINITY;
  const costOf = (group: readonly Blocker[]) =>
    group.reduce(
      (sum, { leaf }) => sum + (leaf.outcome === undefined ? far : (distanceOf(leaf.outcome) ?? 1)),
      0,
    );
  return each.reduce<Blocker[]>((best, group) => {
    if (group.length === 0) return best;
    return best.length === 0 || costOf(group) < costOf(best) ? group : best;
  }, []);
}
