/**
 * Doing many things, a few at a time.
 *
 * @module
 */

/**
 * `Promise.all(items.map(map))` with at most `limit` under way, so that one large request does not fill
 * the queue in front of the model. After the first failure no further item is begun, nor after `signal` is
 * aborted; it then rejects with the signal's reason.
 */
export async function mapLimited<Item, Result>(
  items: readonly Item[],
  limit: number,
  map: (item: Item, index: number) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  const pending = items.entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [index, item] of pending) {
      if (failed) return;
      try {
        signal?.throwIfAborted();
        results[index] = await map(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
