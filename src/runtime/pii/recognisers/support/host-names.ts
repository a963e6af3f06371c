/**
 * Host names in text: labels of letters, digits and hyphens (RFC 1123), international ones included (RFC 5890).
 *
 * @module
 */
import { isUnspaced } from './edges.js';
import { isTopLevelDomain } from './top-level-domains.js';

/** Longest host name and label, RFC 1035. */
export const longestHost = 253;
const longestLabel = 63;

const label = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;
const asciiTail = /^[A-Za-z]+(?=[^A-Za-z\d-])/;

/** Whether every label may be one, and there are at least two. Says nothing about the top-level domain. */
export function isHostName(host: string): boolean {
  const labels = host.split('.');
  return host.length <= longestHost && labels.length >= 2 && labels.every((part) => label.test(part));
}

/** The last label. */
export function topLevelOf(host: string): string {
  return host.slice(host.lastIndexOf('.') + 1);
}

/**
 * Length of the host name that `run` begins with, a run of letters, digits, marks, hyphens and dots: without
 * what a sentence adds (full stops, a word of a script without spaces). 0 if there is none under a known
 * top-level domain.
 */
export function hostLength(run: string, known = isTopLevelDomain): number {
  const host = run.replace(/[.-]+$/, '');
  const last = topLevelOf(host);
  if (host.length > longestHost + longestLabel) return 0;
  if (known(last)) return isHostName(host) ? host.length : 0;
  const ascii = asciiTail.exec(last)?.[0];
  if (ascii === undefined || !known(ascii)) {
    // "example.com.Please reply": the full stop of the sentence before, without its space.
    const shorter = host.slice(0, -last.length - 1);
    const next = /^\p{Lu}/u.test(last) && !/^\p{Lu}/u.test(topLevelOf(shorter)) && known(topLevelOf(shorter));
    return next && isHostName(shorter) ? shorter.length : 0;
  }
  const cut = host.length - last.length + ascii.length;
  if (!isUnspaced(host.slice(cut, cut + 2))) return 0;
  return isHostName(host.slice(0, cut)) ? cut : 0;
}
