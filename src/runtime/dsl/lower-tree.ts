/**
 * From decision trees to decisions: a branch becomes a decision that holds when its condition does and none
 * before it, with a priority that falls from branch to branch and from tree to tree.
 *
 * @module
 */
import { nodesOf, type ObjectValue, type TreeBlock } from './ast.js';
import type { Problems } from './diagnostics.js';
import { DecisionBuilder, type Templates } from './lower-decision.js';
import { join, lowerExpression, negate, sizeOf } from './lower-rules.js';
import { nowhere } from './source.js';
import { numberValue, textValue } from './values.js';

const firstPriority = 1_000_000;
/** Priorities that a tree has for its branches. */
const prioritiesPerTree = 1000;
const maxTrees = firstPriority / prioritiesPerTree;
/** Conditions that the branches of one tree may become; each repeats those before it. */
const maxConditions = 50_000;

export interface LoweredBranch {
  readonly decision: ObjectValue;
  readonly label: string;
}

/** The decisions of a tree; `treeIndex` counts the trees of its scope from 0. */
export function lowerTree(
  tree: TreeBlock,
  treeIndex: number,
  templates: Templates,
  problems: Problems,
): LoweredBranch[] {
  const branches = nodesOf(tree.body);
  const { name } = tree;
  if (treeIndex >= maxTrees) {
    problems.error(name.span, `more than ${maxTrees} trees`, 'join some of them');
    return [];
  }
  if (branches.length > prioritiesPerTree) {
    problems.error(
      name.span,
      `DECISION_TREE ${name.text} has more than ${prioritiesPerTree} branches`,
      'split it',
    );
    return [];
  }
  let before = 0;
  let total = 0;
  for (const { condition } of branches) {
    const size = condition === undefined ? 0 : sizeOf(condition) + 1;
    total += before + size;
    before += size;
  }
  if (total > maxConditions) {
    const message = `DECISION_TREE ${name.text} becomes ${total} conditions, more than ${maxConditions}`;
    problems.error(name.span, message, 'each branch repeats the conditions before it; split the tree');
    return [];
  }
  if (branches.at(-1)?.condition !== undefined) {
    const message = `DECISION_TREE ${name.text} has no ELSE: where no branch holds, the default model answers`;
    problems.warning(name.span, message, 'add `ELSE { … }` at its end');
  }
  const negated: ObjectValue[] = [];
  return branches.map(({ condition, body, span }, index) => {
    const builder = new DecisionBuilder(problems, templates);
    for (const statement of nodesOf(body)) builder.add(statement);
    const fallback = condition === undefined ? `${name.text}_else` : `${name.text}_${index + 1}`;
    if (!builder.has('name')) builder.set('name', textValue(fallback, nowhere), nowhere);
    for (const key of ['priority', 'rules']) {
      if (builder.has(key))
        problems.error(span, `\`${key}\` of a branch follows from the tree`, 'remove the field');
    }
    const priority = firstPriority - prioritiesPerTree * treeIndex - index;
    if (!builder.has('priority')) builder.set('priority', numberValue(priority), nowhere);
    const own = condition === undefined ? undefined : lowerExpression(condition);
    const place = condition?.span ?? span;
    const parts = own === undefined ? negated : [...negated, own];
    const [only] = parts;
    // One condition alone is a rule like that of any route; a leaf needs an operator around it.
    const whole = parts.length === 1 && (own !== only || condition?.kind !== 'leaf') ? only : undefined;
    const rules = whole ?? join('AND', parts, place);
    if (!builder.has('rules')) builder.set('rules', rules, place);
    if (condition !== undefined && own !== undefined) negated.push(negate(own, condition.span));
    const decision = builder.build({ start: span.start, end: place.end });
    const which = condition === undefined ? 'ELSE' : `branch ${index + 1}`;
    return { decision, label: `${which} of DECISION_TREE ${name.text}` };
  });
}
