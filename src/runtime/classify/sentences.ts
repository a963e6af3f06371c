/**
 * The sentence around a place in a text.
 *
 * @module
 */

const boundary = /[.!?…。！？](?:["'”’)\]]*)(?=\s|$)|[。！？]|\n+/g;

/** Starts of sentences, ascending, the first 0, and the length of the text as last. */
export function sentenceStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(boundary)) {
    const at = match.index + match[0].length;
    if (at > (starts.at(-1) ?? 0) && at < text.length) starts.push(at);
  }
  starts.push(text.length);
  return starts;
}

/** The whole sentences that `[start, end)` touches, without the white space around them. */
export function sentencesAround(
  text: string,
  starts: readonly number[],
  { start, end }: { readonly start: number; readonly end: number },
): string {
  const from = starts[firstAtLeast(starts, start + 1) - 1] ?? 0;
  const to = starts[firstAtLeast(starts, end)] ?? text.length;
  return text.slice(from, to).trim();
}

/** Index of the first of the ascending `values` that is at least `least`; their number if none is. */
function firstAtLeast(values: readonly number[], least: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? least) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
