/**
 * Nearest names for messages about unknown ones.
 *
 * @module
 */
import { editDistance } from './edit-distance.js';

/** Names longer than this are not compared: no typing slip, and the cost is quadratic. */
const longestCompared = 100;

/**
 * Comparisons that one piece of synchronous work may spend. A file with thousands of unknown names beside
 * thousands of known ones would otherwise take minutes; its later messages go without a suggestion.
 */
const mostComparisons = 200_000;
let comparisonsLeft = mostComparisons;

/** Case and separators do not count when looking for a similar name. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_\-./]+/g, '_');
}

/** The candidate nearest to `name` by edit distance, if it is near enough to be what was meant. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > longestCompared) return undefined;
  const wanted = fold(name);
  let nearest: string | undefined;
  let best = Math.max(1, Math.min(3, Math.floor(wanted.length / 3))) + 1;
  for (const candidate of candidates) {
    if (comparisonsLeft === mostComparisons) {
      queueMicrotask(() => {
        comparisonsLeft = mostComparisons;
      });
    }
    if (comparisonsLeft <= 0) return undefined;
    comparisonsLeft--;
    const distance = editDistance(wanted, fold(candidate), best - 1);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

/** `` `a`, `b`, `c` ``, cut after `limit` names so that a hint stays one line. */
export function listNames(names: Iterable<string>, limit = 20): string {
  const all = [...names];
  const shown = all.slice(0, limit).map((name) => `\`${name}\``);
  if (all.length > limit) shown.push(`… (${all.length - limit} more)`);
  return shown.join(', ');
}

/** Beside a good guess, a longer list would only be in the way. */
const shortList = 8;

/** One hint: the nearest name if there is one, and what is allowed. */
export function suggestion(name: string, candidates: Iterable<string>, label = 'allowed'): string {
  const all = [...candidates];
  const near = nearestName(name, all);
  if (near !== undefined && all.length > shortList) return `did you mean \`${near}\`?`;
  const allowed = all.length === 0 ? `${label}: none` : `${label}: ${listNames(all)}`;
  return near === undefined ? allowed : `did you mean \`${near}\`? ${allowed}`;
}
