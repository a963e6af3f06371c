/**
 * What the windows of a scanned text say together.
 *
 * @module
 */
import type { ScanResult, TokenSpan } from './types.js';

/**
 * Of two readings of one stretch: the same label is better the further it reaches, since a window may
 * have cut it short; of different labels the more confident one.
 */
function better(a: TokenSpan, b: TokenSpan): boolean {
  const length = a.end - a.start - (b.end - b.start);
  const confidence = a.confidence - b.confidence;
  const [first, second] = a.label === b.label ? [length, confidence] : [confidence, length];
  return first !== 0 ? first > 0 : second > 0;
}

/**
 * Spans of the token head `model` over all windows: offsets in the scanned text, ascending, and a stretch
 * that two windows saw counts once. Empty if the bundle has no such head.
 */
export function mergedSpans({ windows }: Pick<ScanResult, 'windows'>, model: string): TokenSpan[] {
  const kept: TokenSpan[] = [];
  for (const { start: base, encoded } of windows) {
    for (const { label, start, end, confidence } of encoded.spans.get(model) ?? []) {
      const span = { label, start: base + start, end: base + end, confidence };
      // Both lists ascend, so the rivals stand together near the end.
      const from = kept.findLastIndex((other) => other.end <= span.start) + 1;
      let to = from;
      let wins = true;
      for (; ; to++) {
        const rival = kept[to];
        if (rival === undefined || rival.start >= span.end) break;
        wins &&= better(span, rival);
      }
      if (wins) kept.splice(from, to - from, span);
    }
  }
  return kept;
}
