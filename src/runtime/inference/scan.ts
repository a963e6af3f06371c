/**
 * Reads a text of any length, window by window.
 *
 * @module
 */
import { scanLimit } from './text-view.js';
import type { EncodeResult, ScanOptions, ScanResult, ScanWindow } from './types.js';
import type { ChunkPlan, TextWindow } from './windows.js';

/** Windows of one scan that wait for the encoder at a time, so that other texts get between them. */
export const windowsInFlight = 4;

/** What a scan needs of the encoder. */
export interface ScanSource {
  encode(text: string): Promise<EncodeResult>;
  /** See `planChunk`. */
  plan(chunk: string, last: boolean): Promise<ChunkPlan>;
}

async function* windowsOf(text: string, source: ScanSource): AsyncGenerator<TextWindow> {
  for (let start = 0; ; ) {
    const end = Math.min(text.length, start + scanLimit);
    const last = end === text.length;
    const { windows, next } = await source.plan(text.slice(start, end), last);
    for (const window of windows) yield { start: start + window.start, end: start + window.end };
    if (last) return;
    start += next;
  }
}

/**
 * Encodes all of `text` in windows. Rejects with what `source` rejects with, or with the reason of the
 * signal; what is already under way then runs to its end, but nothing more is begun.
 */
export async function scanText(
  text: string,
  source: ScanSource,
  { signal }: ScanOptions = {},
): Promise<ScanResult> {
  signal?.throwIfAborted();
  const planned = windowsOf(text, source);
  const found: ScanWindow[] = [];
  let passes = 0;
  let begun = 0;
  let stopped = false;
  const lane = async (): Promise<void> => {
    while (!stopped) {
      const { value: window } = await planned.next();
      if (window === undefined || stopped) return;
      const index = begun++;
      const result = await source.encode(text.slice(window.start, window.end));
      found[index] = { ...window, encoded: result.encoded };
      passes += result.passes;
    }
  };
  const lanes = Promise.all(Array.from({ length: windowsInFlight }, lane));
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([lanes, aborted]);
  } finally {
    stopped = true;
    signal?.removeEventListener('abort', abort);
    // After an abort nobody else looks at how the lanes end.
    lanes.catch(() => undefined);
  }
  return { windows: found, passes };
}
