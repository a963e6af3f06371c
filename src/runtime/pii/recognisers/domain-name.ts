/**
 * Domain names, under the top-level domains of `support/top-level-domains.ts`: not names of files, members of
 * objects, or the ends of sentences written without a space.
 *
 * @module
 */
import { anyWord, before } from './support/context.js';
import { gluedAfter, gluedBefore, isUnspaced } from './support/edges.js';
import { hostLength, topLevelOf } from './support/host-names.js';
import { isAmbiguousEnding } from './support/top-level-domains.js';
import type { Finding, Recogniser } from './types.js';

// A host name has at most 127 labels of 63 characters; a script without spaces may lead up to it. The bounds
// keep the stack of the expression engine small.
const run = /(?<![\p{L}\p{M}\p{N}-])[\p{L}\p{M}\p{N}-]{1,2000}(?:\.[\p{L}\p{M}\p{N}-]{1,2000}){1,127}/gu;
const siteWords = anyWord(
  '(?:web)?sites?|(?:home)?pages?|domains?|hosts?(?:name)?|hosted|servers?|urls?|links?|visit|dns|whois|https?|www',
  'registrar|registered|subdomain|browse to|go to|webseite|sitio|dominio|domaine|сайт|домен|网站|域名|サイト',
);
/** Names of products and of modules that look like domains, and in texts about software hardly ever are. */
const products = new Set([
  'asp.net',
  'ado.net',
  'vb.net',
  'ml.net',
  'java.io',
  'java.net',
  'system.io',
  'system.net',
  'socket.io',
]);
/** Second-level labels that stand before a country in a domain, never before a file name's ending. */
const registrySecond = /(?:^|\.)(?:com|co|net|org|gov|gob|gouv|edu|ac|or|ne|go)\.[a-z]{2}$/i;

/** Start of the host in a run, after words of a script without spaces that lead up to it. */
function startIn(found: string): number {
  const dot = found.indexOf('.');
  let cut = dot;
  while (cut > 0 && !isUnspaced(found.charAt(cut - 1))) cut -= 1;
  return cut > 0 && cut < dot && /^[a-z\d]/i.test(found.slice(cut)) ? cut : 0;
}

/** A sentence that ends without a space after its full stop: "done.It works", "fine.So what". */
function isSentenceBreak(host: string): boolean {
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  const left = labels.at(-2) ?? '';
  return /^\p{Lu}\p{Ll}+$/u.test(last) && /^.*\p{Ll}$/u.test(left) && !/^\p{Lu}/u.test(left);
}

function confidenceOf(text: string, host: string, start: number, end: number): number | undefined {
  const top = topLevelOf(host);
  const lower = host.toLowerCase();
  if (products.has(lower) || isSentenceBreak(host)) return undefined;
  // Degrees and initials: B.Com, M.Tech
  if (/^\p{Lu}\.\p{Lu}\p{Ll}+$/u.test(host)) return undefined;
  // A call or an index into an object: user.name(, self.id[
  if (/^[([{=]/.test(text.slice(end, end + 1)) || text.startsWith(' = ', end)) return undefined;
  const named = siteWords.test(before(text, start));
  if (lower.startsWith('www.')) return 0.98;
  if (!isAmbiguousEnding(top)) return named ? 0.98 : 0.9;
  if (registrySecond.test(lower)) return 0.9;
  return named ? 0.8 : undefined;
}

export const domainName: Recogniser = {
  name: 'domain-name',
  types: ['DOMAIN_NAME'],
  find(text) {
    const findings: Finding[] = [];
    for (const { 0: found, index } of text.matchAll(run)) {
      const offset = startIn(found);
      const length = hostLength(found.slice(offset));
      if (length === 0) continue;
      const start = index + offset;
      const end = start + length;
      // The neighbours of a path, a member, an e-mail address or a handle.
      const left = text.charAt(start - 1);
      const url = left === '/' && text.startsWith('//', start - 2);
      if (/[@\\_.$~]/.test(left) || (left === '/' && !url) || text.charAt(end) === '@') continue;
      if (gluedBefore(text, start) || (end === index + found.length && gluedAfter(text, end))) continue;
      if (isMailLocal(text, end)) continue;
      const confidence = url ? 0.98 : confidenceOf(text, text.slice(start, end), start, end);
      if (confidence !== undefined) findings.push({ type: 'DOMAIN_NAME', start, end, confidence });
    }
    return findings;
  },
};

/** Whether what follows makes the name the beginning of a local part: `first.last+tag@`. */
function isMailLocal(text: string, end: number): boolean {
  return /^[\w.+%-]{0,64}@[\p{L}\p{N}]/u.test(text.slice(end, end + 66));
}
