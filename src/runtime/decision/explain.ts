/**
 * Puts the outcome of every decision into words: what won, what lost, by which condition and how far.
 *
 * @module
 */
import type { SignalOutcome } from '../signals/types.js';
import { shortNumber } from '../text/numbers.js';
import type { DecisionTrace, RuleTrace, Truth } from './evaluation.js';
import type { Ranking } from './ranking.js';
import {
  boundsOf,
  FAILED,
  FALSE,
  isFact,
  type LeafStates,
  leavesOf,
  type Node,
  statedConfidence,
  TRUE,
} from './tree.js';
import type { DecisionSpec } from './types.js';

export interface ExplainInput {
  readonly decisions: readonly DecisionSpec[];
  readonly trees: readonly Node[];
  readonly leaves: readonly { readonly type: string; readonly name: string }[];
  readonly states: LeafStates;
  readonly outcomes: readonly (SignalOutcome | undefined)[];
  readonly ranking: Ranking;
  /** Index of the winning decision; -1 if none matched. */
  readonly winner: number;
}

/** One trace per decision, in the order in which they win; those that never win come last. */
export function explainDecisions(input: ExplainInput): DecisionTrace[] {
  const order = [...new Set([...input.ranking.flat(), ...input.decisions.keys()])];
  return order.flatMap((index) => {
    const decision = input.decisions[index];
    const tree = input.trees[index];
    if (decision === undefined || tree === undefined) return [];
    const { truth } = boundsOf(tree, input.states);
    return [
      {
        name: decision.name,
        priority: decision.priority,
        tier: decision.tier,
        truth: truthName(truth),
        confidence: truth === FALSE ? 0 : statedConfidence(tree, input.states),
        action: decision.action?.type,
        rules: decision.rules === undefined ? undefined : traceNode(tree, input),
        verdict: verdict(index, decision, tree, input),
      },
    ];
  });
}

function truthName(truth: number): Truth {
  return truth === TRUE ? 'true' : truth === FALSE ? 'false' : 'unknown';
}

function traceNode(node: Node, input: ExplainInput): RuleTrace {
  const known = boundsOf(node, input.states).truth;
  const truth = truthName(known);
  const confidence = known === FALSE ? 0 : statedConfidence(node, input.states);
  if (node.operator === 'LEAF') {
    const leaf = input.leaves[node.leaf];
    return {
      kind: 'leaf',
      type: leaf?.type ?? '',
      name: leaf?.name ?? '',
      truth,
      confidence,
      outcome: input.outcomes[node.leaf],
    };
  }
  return {
    kind: 'composite',
    operator: node.operator,
    truth,
    confidence,
    children: node.children.map((child) => traceNode(child, input)),
  };
}

function verdict(index: number, decision: DecisionSpec, tree: Node, input: ExplainInput): string {
  const { truth } = boundsOf(tree, input.states);
  const recorded = verdictOfRecord(decision, truth, tree, input);
  if (recorded !== undefined) return recorded;
  if (index === input.winner) {
    return decision.rules === undefined || (tree.children.length === 0 && tree.operator === 'AND')
      ? 'won: it matches every request and nothing ahead of it matched'
      : 'won';
  }
  const winner = input.decisions[input.winner];
  if (truth === FALSE) return `did not match: ${whyFalse(tree, input)}`;
  const missing = [...leavesOf(tree)].find((leaf) => input.states.truth[leaf] === FAILED);
  if (truth !== TRUE && missing !== undefined) {
    return `cannot be decided: ${describeMiss(missing, input)}, and the condition says \`fail_request\``;
  }
  if (winner === undefined) return 'did not match';
  if (truth !== TRUE) return `not needed: \`${winner.name}\` had already won`;
  return `matched, but ${whyOutranked(index, decision, winner, input)}`;
}

/** Verdict on a decision that matches without competing. */
function verdictOfRecord(
  { action }: DecisionSpec,
  truth: number,
  tree: Node,
  input: ExplainInput,
): string | undefined {
  if (action?.type !== 'boost' && action?.type !== 'fallthrough') return undefined;
  if (truth === FALSE) return `did not match: ${whyFalse(tree, input)}`;
  if (truth !== TRUE) return 'not needed';
  if (action.type === 'fallthrough') return 'matched, and leaves it to the next decision';
  const target =
    action.category === undefined ? `decision \`${action.decision}\`` : `category \`${action.category}\``;
  return `matched: adds ${shortNumber(action.weight)} to ${target}`;
}

/** The condition that kept a node from matching; for an OR the one that came nearest. */
function whyFalse(node: Node, input: ExplainInput): string {
  switch (node.operator) {
    case 'LEAF':
      return describeMiss(node.leaf, input);
    case 'AND': {
      const missing = node.children.filter((child) => boundsOf(child, input.states).truth === FALSE);
      const first = missing[0];
      if (first === undefined) return 'a condition is not met';
      const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
      return `${whyFalse(first, input)}${more}`;
    }
    case 'OR': {
      const nearest = nearestLeaf(node, input);
      const count = node.children.length;
      if (count === 1 && node.children[0] !== undefined) return whyFalse(node.children[0], input);
      const tail = nearest === undefined ? '' : `; nearest: ${describeMiss(nearest, input)}`;
      return `none of ${count} conditions matched${tail}`;
    }
    case 'NOT': {
      const child = node.children[0];
      return child === undefined ? 'an empty NOT never matches' : `NOT failed: ${describeHit(child, input)}`;
    }
  }
}

function describeHit(node: Node, input: ExplainInput): string {
  if (node.operator !== 'LEAF') return `its ${node.operator} group matched`;
  return `${label(node.leaf, input)} matched`;
}

function describeMiss(leaf: number, input: ExplainInput): string {
  const outcome = input.outcomes[leaf];
  const name = label(leaf, input);
  if (outcome === undefined) return `${name} did not match`;
  if (outcome.status === 'unavailable') return `${name} is unavailable (${outcome.reason})`;
  const { value, threshold } = outcome;
  if (value === undefined || threshold === undefined) return `${name} did not match`;
  if (value >= threshold) return `${name} did not match`;
  return `${name} has ${shortNumber(value)} of the ${shortNumber(threshold)} it needs (short by ${shortNumber(threshold - value)})`;
}

function label(leaf: number, input: ExplainInput): string {
  const spec = input.leaves[leaf];
  return spec === undefined ? 'a signal' : `${spec.type} \`${spec.name}\``;
}

/** Leaf of an OR with the smallest relative distance to its threshold. */
function nearestLeaf(node: Node, input: ExplainInput): number | undefined {
  let best: number | undefined;
  let bestRatio = 0;
  for (const child of node.children) {
    if (child.operator !== 'LEAF') continue;
    const outcome = input.outcomes[child.leaf];
    if (outcome === undefined || outcome.status === 'unavailable') continue;
    const { value, threshold } = outcome;
    if (value === undefined || threshold === undefined || threshold <= 0) continue;
    const ratio = value / threshold;
    if (ratio > bestRatio) {
      bestRatio = ratio;
      best = child.leaf;
    }
  }
  return best;
}

function whyOutranked(
  index: number,
  decision: DecisionSpec,
  winner: DecisionSpec,
  input: ExplainInput,
): string {
  const level = (wanted: number) => input.ranking.findIndex((members) => members.includes(wanted));
  const tree = input.trees[index];
  const winnerTree = input.trees[input.winner];
  if (level(index) !== level(input.winner)) {
    return winner.tier === decision.tier
      ? `\`${winner.name}\` has priority ${winner.priority} over ${decision.priority}`
      : `\`${winner.name}\` is in tier ${winner.tier}, before tier ${decision.tier}`;
  }
  const own = tree === undefined ? 0 : boundsOf(tree, input.states).low;
  const other = winnerTree === undefined ? 0 : boundsOf(winnerTree, input.states).low;
  if (isFact(own) && !isFact(other)) {
    return winner.priority > decision.priority
      ? `\`${winner.name}\` has priority ${winner.priority} over ${decision.priority}`
      : `it matches by facts alone, which a measured confidence (${shortNumber(other)} of \`${winner.name}\`) goes before at the same priority`;
  }
  if (isFact(other) && own >= 0 && !isFact(own)) {
    return `\`${winner.name}\` matches by facts and has priority ${winner.priority} over ${decision.priority}`;
  }
  if (own < 0) return `it matches everything, and \`${winner.name}\` has evidence`;
  if (own !== other && isFact(own)) {
    return `its facts are half a catch-all, those of \`${winner.name}\` are not`;
  }
  if (own !== other) {
    return `\`${winner.name}\` has a measured confidence of ${shortNumber(other)} over ${shortNumber(own)} (ahead by ${shortNumber(other - own)})`;
  }
  return winner.priority === decision.priority
    ? `ties with \`${winner.name}\`, which comes first by name`
    : `\`${winner.name}\` has priority ${winner.priority} over ${decision.priority}`;
}
