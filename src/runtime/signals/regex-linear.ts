/**
 * Proves that a pattern takes linear time even on the backtracking engine of JavaScript, which is many
 * times faster than a linear-time engine written in JavaScript.
 *
 * @module
 */
import { areDisjoint, type CodePointSet, isSubset, setOf } from './code-point-set.js';
import { type RegexNode, wordSet } from './regex-syntax.js';

/** Most steps per character of text that are still a win over the general engine. */
const mostSteps = 256;

interface Cost {
  /** Ways to get through the node from one position. */
  readonly paths: number;
  /** Characters compared on all these ways together. */
  readonly steps: number;
}

/** What stands before a position on every way to it. */
interface Before {
  /** Characters that may be the one before; undefined if it may be any. */
  readonly set: CodePointSet | undefined;
  readonly start: boolean;
  readonly boundary: boolean;
}

const anything: Before = { set: undefined, start: false, boundary: false };

function isNullable(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'assert':
      return true;
    case 'concat':
      return node.parts.every(isNullable);
    case 'alternate':
      return node.options.some(isNullable);
    case 'repeat':
      return node.min === 0 || isNullable(node.node);
  }
}

/** What stands before the position after `node`, given what stands before it. */
function after(node: RegexNode, before: Before): Before {
  switch (node.kind) {
    case 'set':
      return { set: node.set, start: false, boundary: false };
    case 'assert':
      if (node.what === 'start') return { ...before, start: true };
      if (node.what === 'boundary') return { ...before, boundary: true };
      return before;
    case 'concat':
      return node.parts.reduce((position, part) => after(part, position), before);
    case 'alternate':
      return node.options.map((option) => after(option, before)).reduce(either);
    case 'repeat': {
      const once = after(node.node, before);
      return node.min === 0 ? either(before, once) : once;
    }
  }
}

function either(a: Before, b: Before): Before {
  return {
    set: a.set === undefined || b.set === undefined ? undefined : setOf([...a.set, ...b.set]),
    start: a.start && b.start,
    boundary: a.boundary && b.boundary,
  };
}

/**
 * A loop over one character class may be unbounded only if it can begin nowhere but at the beginning of
 * a run of that class: at the start of the text, after a character outside the class, or at a word
 * boundary if the class is part of `\w` and the loop is not empty. Then each run of the text is entered
 * from one position only, so all runs together cost no more than the text is long; given where such a
 * loop was left, where it was entered is known too, so the argument holds for several loops in a row.
 */
function mayLoop(set: CodePointSet, min: number, before: Before): boolean {
  if (before.start) return true;
  if (before.set !== undefined && areDisjoint(before.set, set)) return true;
  return before.boundary && min > 0 && isSubset(set, wordSet);
}

/** Undefined if the cost has no bound that this proof can see. */
function costOf(node: RegexNode, before: Before, repeated: boolean): Cost | undefined {
  switch (node.kind) {
    case 'set':
    case 'assert':
      return { paths: 1, steps: 1 };
    case 'concat': {
      let total: Cost = { paths: 1, steps: 0 };
      let position = before;
      for (const part of node.parts) {
        const cost = costOf(part, position, repeated);
        if (cost === undefined) return undefined;
        total = { paths: total.paths * cost.paths, steps: total.steps + total.paths * cost.steps };
        position = after(part, position);
      }
      return total;
    }
    case 'alternate': {
      const total = { paths: 0, steps: 0 };
      for (const option of node.options) {
        const cost = costOf(option, before, repeated);
        if (cost === undefined) return undefined;
        total.paths += cost.paths;
        total.steps += cost.steps;
      }
      return total;
    }
    case 'repeat': {
      if (isNullable(node.node)) return undefined;
      if (node.max === Number.POSITIVE_INFINITY) {
        if (repeated || node.node.kind !== 'set' || !mayLoop(node.node.set, node.min, before))
          return undefined;
        return { paths: 1, steps: node.min + 1 };
      }
      const cost = costOf(node.node, node.max > 1 ? anything : before, repeated || node.max > 1);
      if (cost === undefined) return undefined;
      let paths = 0;
      let steps = 0;
      for (let count = 0, ways = 1; count <= node.max && steps <= mostSteps; count += 1, ways *= cost.paths) {
        if (count >= node.min) paths += ways;
        if (count < node.max) steps += ways * cost.steps;
      }
      return { paths, steps };
    }
  }
}

/** True if a search for `node` takes time linear in the text on a backtracking engine, for every text. */
export function isProvablyLinear(node: RegexNode): boolean {
  const cost = costOf(node, anything, false);
  return cost !== undefined && cost.steps <= mostSteps && cost.paths <= mostSteps;
}

/** True if `node` can match without taking a character. */
export function matchesEmpty(node: RegexNode): boolean {
  return isNullable(node);
}

/**
 * True unless the native engine may answer differently: V8 finds an empty match of `\B` between the two
 * halves of a surrogate pair, which is inside one character.
 */
export function isFaithful(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
      return true;
    case 'assert':
      return node.what !== 'no boundary';
    case 'concat':
      return node.parts.every(isFaithful);
    case 'alternate':
      return node.options.every(isFaithful);
    case 'repeat':
      return isFaithful(node.node);
  }
}

/**
 * A tree that is found in exactly the same texts, though not at the same places: repetitions at either
 * end need only their least count, so `\w+@` becomes `\w@`.
 */
export function simplifyForTest(node: RegexNode): RegexNode {
  if (node.kind === 'alternate') return { kind: 'alternate', options: node.options.map(simplifyForTest) };
  if (node.kind === 'repeat') return leastCount(node);
  if (node.kind !== 'concat') return node;
  const parts = [...node.parts];
  for (const end of ['first', 'last'] as const) {
    for (;;) {
      const part = end === 'first' ? parts[0] : parts.at(-1);
      if (part?.kind !== 'repeat') break;
      const least = leastCount(part);
      if (end === 'first') parts.shift();
      else parts.pop();
      if (part.min === 0) continue;
      if (end === 'first') parts.unshift(least);
      else parts.push(least);
      break;
    }
  }
  return { kind: 'concat', parts };
}

function leastCount(node: RegexNode & { kind: 'repeat' }): RegexNode {
  if (node.min === 0) return { kind: 'concat', parts: [] };
  return node.min === 1 ? node.node : { ...node, max: node.min };
}

/**
 * The longest text that every match contains, for a search before the pattern is run. If case does not
 * matter it is lower case and without `s`, and is to be searched in the text's `toLowerCase()`: the
 * other cases of every ASCII letter but `s` (`ſ` stays `ſ`) become that letter there.
 */
export function requiredLiteral(node: RegexNode): string {
  let best = '';
  let run = '';
  const visit = (part: RegexNode): void => {
    const character = part.kind === 'set' ? onlyCharacter(part.set) : undefined;
    if (character !== undefined) run += character;
    else if (part.kind === 'concat') part.parts.forEach(visit);
    else if (part.kind === 'repeat' && part.min > 0 && part.min <= 16) {
      for (let count = 0; count < part.min; count += 1) visit(part.node);
      if (part.max !== part.min) endRun();
    } else if (part.kind !== 'assert') endRun();
  };
  const endRun = () => {
    if (run.length > best.length) best = run;
    run = '';
  };
  visit(node);
  endRun();
  return best;
}

/** The one character of a set, or the lower-case form if the set is one ASCII letter in its cases. */
function onlyCharacter(set: CodePointSet): string | undefined {
  const [first, second, third] = set;
  if (first === undefined || first[0] !== first[1]) return undefined;
  if (second === undefined) return String.fromCodePoint(first[0]);
  const isPair =
    second[0] === second[1] && second[0] === first[0] + 0x20 && first[0] >= 0x41 && first[0] <= 0x5a;
  const isKelvin = third === undefined || (second[0] === 0x6b && third[0] === 0x212a && third[1] === 0x212a);
  return isPair && isKelvin && set.length <= 3 ? String.fromCodePoint(second[0]) : undefined;
}

/** The tree as a JavaScript pattern for flag `u`, with every class spelled out, so that no flag or locale matters. */
export function toNativeSource(node: RegexNode): string {
  switch (node.kind) {
    case 'set':
      return sourceOfSet(node.set);
    case 'concat':
      return node.parts.map(toNativeSource).join('');
    case 'alternate':
      return `(?:${node.options.map(toNativeSource).join('|')})`;
    case 'repeat': {
      const max = node.max === Number.POSITIVE_INFINITY ? '' : node.max;
      return `(?:${toNativeSource(node.node)}){${node.min},${max}}${node.lazy ? '?' : ''}`;
    }
    case 'assert':
      return { start: '^', end: '$', boundary: '\\b', 'no boundary': '\\B' }[node.what];
  }
}

function sourceOfSet(set: CodePointSet): string {
  const spell = (codePoint: number) => `\\u{${codePoint.toString(16)}}`;
  return `[${set.map(([from, to]) => (from === to ? spell(from) : `${spell(from)}-${spell(to)}`)).join('')}]`;
}
