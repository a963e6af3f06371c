/**
 * Nearest names for "did you mean" hints.
 *
 * @module
 */

/** Levenshtein distance with adjacent transpositions, the usual typing slip. */
export function editDistance(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Names longer than this are not compared: no typing slip, and the cost is quadratic. */
const longestCompared = 100;

/** Case and separators do not count when looking for a similar name. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_\-./]+/g, '_');
}

/** The candidate most similar to `name`, if any is similar enough to be what was meant. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > longestCompared) return undefined;
  const wanted = fold(name);
  const limit = Math.max(1, Math.min(3, Math.floor(wanted.length / 3)));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const folded = fold(candidate);
    if (Math.abs(folded.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, folded);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `a, b, c`, cut after `limit` names so that a hint stays one line. */
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
  const near = nearest(name, all);
  if (near !== undefined && all.length > shortList) return `did you mean \`${near}\`?`;
  const allowed = all.length === 0 ? `${label}: none` : `${label}: ${listNames(all)}`;
  return near === undefined ? allowed : `did you mean \`${near}\`? ${allowed}`;
}
