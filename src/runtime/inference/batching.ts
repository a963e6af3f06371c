/**
 * Which waiting texts share one run.
 *
 * A run over few tokens is dominated by reading the weights: on two shared cores, 8 texts of 12 tokens
 * took 42 ms one by one and 13 ms together, 8 of 24 tokens 35 and 14. From 64 tokens on there is
 * nothing to gain (8 × 64: 63 and 65; 4 × 256: 129 and 133), and larger batches only make the first
 * text wait for the last.
 *
 * @module
 */

/** Tokens of a batch, padding included. */
export const batchTokens = 128;
export const batchTexts = 16;

/**
 * Takes out of `waiting` the oldest entry and those that may run with it, in their order: of at least
 * half and at most twice its length, so that little of the batch is padding, and within the limits.
 */
export function takeBatch<T extends { readonly length: number }>(waiting: T[]): T[] {
  const leader = waiting.shift();
  if (leader === undefined) return [];
  const batch = [leader];
  let longest = leader.length;
  for (let i = 0; i < waiting.length && batch.length < batchTexts; ) {
    const candidate = waiting[i];
    if (candidate === undefined) break;
    const padded = Math.max(longest, candidate.length);
    const similar = candidate.length * 2 >= leader.length && candidate.length <= leader.length * 2;
    if (similar && padded * (batch.length + 1) <= batchTokens) {
      longest = padded;
      batch.push(candidate);
      waiting.splice(i, 1);
    } else {
      i++;
    }
  }
  return batch;
}
