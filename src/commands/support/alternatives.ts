/**
 * Alternatives to a decision in words: what would have to change, and who would win then.
 *
 * @module
 */
import type { Alternative, Change } from '../../runtime/decision/counterfactual-search.js';
import { decimal } from './output.js';

/** One sentence, without its last dot. */
export function alternativeText({ changes, winner }: Alternative, defaultModel: string | undefined): string {
  const facts = changes.map(changeText).join(', and ');
  const condition = changes.length === 1 ? singleCondition(changes[0]) : bothCondition(changes);
  return `${facts}; ${condition}, ${consequence(winner, defaultModel)}`;
}

function consequence(winner: Alternative['winner'], defaultModel: string | undefined): string {
  if (winner !== undefined) return `\`${winner.name}\` (priority ${winner.priority}) would have won`;
  return defaultModel === undefined
    ? 'no decision would have matched, and no model would answer'
    : `no decision would have matched, and the default model \`${defaultModel}\` would answer`;
}

function singleCondition(change: Change | undefined): string {
  if (change?.kind === 'score') return `with a confidence of ${decimal(change.to, 4)}`;
  return change?.kind === 'unmatch' ? 'had it not matched' : 'had it matched';
}

function bothCondition(changes: readonly Change[]): string {
  if (changes.every(({ kind }) => kind === 'match')) return `had ${all(changes)} matched`;
  if (changes.every(({ kind }) => kind === 'unmatch')) return `had ${none(changes)} matched`;
  return `had ${all(changes)} been the other way round`;
}

function all({ length }: readonly Change[]): string {
  return length === 2 ? 'both' : `all ${length}`;
}

function none({ length }: readonly Change[]): string {
  return length === 2 ? 'neither' : 'none of them';
}

/** How a signal stands now. */
function changeText({ type, name, kind, outcome }: Change): string {
  const subject = `${type} \`${name}\``;
  if (outcome.status === 'unavailable') return `${subject} is unavailable (${outcome.reason})`;
  const { value, threshold, score, evidence = [] } = outcome;
  if (kind === 'score') return `${subject} matched with a confidence of ${decimal(score, 4)}`;
  const measured = value !== undefined && threshold !== undefined;
  if (kind === 'unmatch') {
    return measured && value >= threshold
      ? `${subject} has ${decimal(value)} and needs ${decimal(threshold)} (ahead by ${decimal(value - threshold)})`
      : `${subject} matched${evidence.length > 0 ? ` (${evidence.slice(0, 3).join(', ')})` : ''}`;
  }
  return measured && value < threshold
    ? `${subject} has ${decimal(value)} of ${decimal(threshold)} (short by ${decimal(threshold - value)})`
    : `${subject} did not match`;
}
