/**
 * E-mail addresses: the forms of RFC 5321 that mail providers give out, international ones (RFC 6531), quoted
 * local parts and address literals.
 *
 * @module
 */
import { isIP } from 'node:net';
import { isUnspaced } from './support/edges.js';
import { hostLength, isHostName, longestHost } from './support/host-names.js';
import { isTopLevelDomain } from './support/top-level-domains.js';
import type { Finding, Recogniser } from './types.js';

/** Longest local part, RFC 5321. */
const longestLocal = 64;
const localEnd = /[\p{L}\p{M}\p{N}.!#$%&'*+/?^_{|}~-]+$/u;
// Providers tag bounces `owner+user=host@list`; elsewhere an equals sign ends a name: `email=a@b.com`.
const taggedEnd = /[\p{L}\p{N}._-]+\+[\p{L}\p{N}._-]+=[\p{L}\p{N}._-]+$/u;
const quotedEnd = /(?<![\p{L}\p{N}"])"[^"\n\\]{1,62}"$/u;
const host = /^[\p{L}\p{M}\p{N}.-]+/u;
const literal = /^\[(?:IPv6:)?([\dA-Fa-f:.]{2,45})\]/;
const plainWord = /[\p{L}\p{N}]/u;
const credentials = /:\/\/[^\s/@]*$/;

/** Local part that ends at `at`, or undefined. */
function localBefore(text: string, at: number): string | undefined {
  const window = text.slice(Math.max(0, at - longestLocal - 1), at);
  if (window.endsWith('"')) return quotedEnd.exec(window)?.[0];
  let local = taggedEnd.exec(window)?.[0] ?? localEnd.exec(window)?.[0];
  if (local === undefined) return undefined;
  const last = local.at(-1) ?? '';
  if (!isUnspaced(last)) {
    // 邮箱john@example.com: the address begins where the script changes.
    let cut = local.length;
    while (cut > 0 && !isUnspaced(local.charAt(cut - 1))) cut -= 1;
    local = local.slice(cut);
  }
  // Quotes, slashes and signs before a name belong to the text around it, as does a query before the last `?`.
  local = local.slice(Math.max(local.lastIndexOf('/'), local.lastIndexOf('?'), local.lastIndexOf('|')) + 1);
  local = local.replace(/^[^\p{L}\p{N}_]+/u, '');
  const valid = local.length > 0 && local.length <= longestLocal && plainWord.test(local);
  return valid && !local.includes('..') && !local.endsWith('.') ? local : undefined;
}

/** Where the host after `at` ends and how sure it is one. */
function hostAfter(text: string, at: number): { end: number; confidence: number } | undefined {
  const window = text.slice(at + 1, at + 2 + longestHost);
  const address = literal.exec(window);
  if (address !== null) {
    return isIP(address[1] ?? '') === 0 ? undefined : { end: at + 1 + address[0].length, confidence: 0.95 };
  }
  const run = host.exec(window)?.[0];
  if (run === undefined) return undefined;
  const known = hostLength(run, isTopLevelDomain);
  if (known > 0) return { end: at + 1 + known, confidence: 1 };
  // The list of top-level domains is not complete, and companies use their own inside.
  const other = hostLength(run, (top) => /^[A-Za-z]{2,24}$/.test(top));
  if (other > 0 && isHostName(run.slice(0, other))) return { end: at + 1 + other, confidence: 0.8 };
  return undefined;
}

export const email: Recogniser = {
  name: 'email',
  types: ['EMAIL_ADDRESS'],
  find(text) {
    const findings: Finding[] = [];
    for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
      const local = localBefore(text, at);
      if (local === undefined) continue;
      const right = hostAfter(text, at);
      if (right === undefined) continue;
      const start = at - local.length;
      // `scheme://user:secret@host` logs in somewhere, and `git@host:path` names a repository.
      if (credentials.test(text.slice(Math.max(0, start - 100), start))) continue;
      if (local === 'git' && /^[:/]/.test(text.slice(right.end, right.end + 1))) continue;
      findings.push({ type: 'EMAIL_ADDRESS', start, end: right.end, confidence: right.confidence });
    }
    return findings;
  },
};
