/**
 * Grapheme clusters of a text, in linear time: `Intl.Segmenter` takes time in proportion to the whole
 * text for each of them, so it gets short stretches.
 *
 * @module
 */
import { codePointSize } from './code-points.js';

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** Units of the stretches. */
const stretch = 64;

function isAscii(text: string, at: number): boolean {
  return !(text.charCodeAt(at) >= 0x80);
}

/** Calls `found` for each cluster, front to back. */
export function eachGrapheme(text: string, found: (cluster: string) => void): void {
  for (let at = 0; at < text.length; ) {
    // Two ASCII characters are never one cluster, except for a line end.
    if (isAscii(text, at) && isAscii(text, at + 1) && text.charAt(at) !== '\r') {
      found(text.charAt(at));
      at++;
    } else {
      at = clustersFrom(text, at, found);
    }
  }
}

/** Clusters of a stretch that begins at the begin of one; returns where the first that is left begins. */
function clustersFrom(text: string, from: number, found: (cluster: string) => void): number {
  for (let size = stretch; ; size *= 2) {
    const limit = Math.min(text.length, from + size);
    // Half a character would be taken for the begin of a cluster.
    const end = codePointSize(text, limit - 1) === 2 ? limit + 1 : limit;
    let at = from;
    for (const { segment } of segmenter.segment(text.slice(from, end))) {
      // The last one may go on after the stretch.
      if (at + segment.length === end && end < text.length) break;
      found(segment);
      at += segment.length;
    }
    if (at > from) return at;
  }
}
