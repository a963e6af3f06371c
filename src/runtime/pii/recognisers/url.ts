/**
 * URLs (RFC 3986) and internationalised ones (RFC 3987): with a scheme, or a `www.` host, or a host name with a
 * path after it.
 *
 * @module
 */
import { hostLength } from './support/host-names.js';
import type { Finding, Recogniser } from './types.js';

// The scheme is anchored at its colon: reading words forward to see whether one follows would cost a look at
// every word.
const schemeEnd = /(?<![A-Za-z\d])[A-Za-z][A-Za-z\d+.-]{1,20}$/;
// Lists without spaces: a new URL begins after a comma. The bound keeps the stack of the expression engine small.
const body =
  /(?:(?![,;'](?:https?:\/\/|www\.)|[(:][\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}])[^\s<>"`{}|\\^\p{Cc}、。，；：！？「」『』（）【】《》…]){1,8192}/iuy;
const bare =
  /(?<![\p{L}\p{M}\p{N}@/\\._:-])[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,63}\.){1,127}[\p{L}\p{M}\p{N}-]{2,63}(?::\d{1,5})?(?:[/?#])/gu;
const www = /(?<![\p{L}\p{M}\p{N}@/\\._:-])www\d?\.(?=[\p{L}\p{N}])/giu;
const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

function count(text: string, character: string): number {
  let total = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) total += 1;
  return total;
}

/** Length of a URL without the punctuation of the sentence or the bracket around it. */
function trimmedLength(url: string): number {
  const open: Record<string, number> = { '(': count(url, '('), '[': count(url, '[') };
  const closed: Record<string, number> = { ')': count(url, ')'), ']': count(url, ']') };
  let length = url.length;
  for (; length > 0; length -= 1) {
    const last = url.charAt(length - 1);
    if (/[.,;:!?'*_~]/.test(last)) continue;
    const opening = pairs[last];
    if (opening === undefined || (closed[last] ?? 0) <= (open[opening] ?? 0)) break;
    closed[last] = (closed[last] ?? 0) - 1;
  }
  return length;
}

/** End of the URL whose part after the scheme or host begins at `from`. */
function endFrom(text: string, from: number): number {
  body.lastIndex = from;
  return from + trimmedLength(body.exec(text)?.[0] ?? '');
}

export const url: Recogniser = {
  name: 'url',
  types: ['URL'],
  find(text) {
    const findings: Finding[] = [];
    let free = 0;
    const add = (start: number, end: number, confidence: number) => {
      findings.push({ type: 'URL', start, end, confidence });
      free = Math.max(free, end);
    };
    for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', Math.max(at + 3, free))) {
      const scheme = schemeEnd.exec(text.slice(Math.max(0, at - 22), at))?.[0];
      if (scheme === undefined || at - scheme.length < free) continue;
      if (!/[\p{L}\p{N}[]/u.test(text.charAt(at + 3))) continue;
      const end = endFrom(text, at + 3);
      // Not 1: an e-mail address or a secret inside says more than the URL around it.
      add(at - scheme.length, end, 0.99);
    }
    const inside = coverage(findings);
    free = 0;
    for (const { index: start } of text.matchAll(www)) {
      if (start < free || inside(start)) continue;
      const end = endFrom(text, start);
      free = end;
      if (hostLength(text.slice(start, end).split(/[/:?#]/, 1)[0] ?? '') > 0) add(start, end, 0.98);
    }
    const covered = coverage(findings);
    free = 0;
    for (const { 0: found, index: start } of text.matchAll(bare)) {
      if (start < free || covered(start)) continue;
      const host = found.replace(/[:/?#].*$/, '');
      if (hostLength(host) !== host.length) continue;
      const end = endFrom(text, start);
      // `example.com/` and more; `either.or/` without a path is left to the domain names.
      free = end;
      if (end > start + found.length || found.endsWith('/')) add(start, end, 0.9);
    }
    return findings.sort((a, b) => a.start - b.start);
  },
};

/** A test whether an offset lies in one of the findings; offsets must be asked in ascending order. */
function coverage(findings: readonly Finding[]): (offset: number) => boolean {
  const sorted = [...findings].sort((a, b) => a.start - b.start);
  let at = 0;
  return (offset) => {
    while (at < sorted.length && (sorted[at]?.end ?? 0) <= offset) at += 1;
    return (sorted[at]?.start ?? Number.POSITIVE_INFINITY) <= offset;
  };
}
