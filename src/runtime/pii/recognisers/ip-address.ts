/**
 * IPv4 addresses (RFC 791, dotted decimal without leading zeros) and IPv6 addresses (RFC 4291, every text form).
 * A prefix length, port or zone is not part of the span.
 *
 * @module
 */
import { isIP } from 'node:net';
import { before } from './support/context.js';
import { gluedAfter, gluedBefore } from './support/edges.js';
import type { Finding, Recogniser } from './types.js';

const dotted = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)/g;
const coloned = /(?<![\dA-Fa-f:.])[\dA-Fa-f]{0,4}:[\dA-Fa-f:.]+/g;
/** Longest text form: eight groups of four, or six of them and an IPv4 address. */
const longest = 45;

/** Words before a four-part number that is a version or a section of a document. */
const numberingWord =
  /(?:(?<!\p{L})(?:v|ver|version|release|build|firmware|driver|section|chapter|clause|paragraph|figure|table|rfc|update|upgrade|abschnitt|kapitel)s?\.?\s?[:=]?\s?|§\s?)$/iu;

function findV4(text: string, findings: Finding[]): void {
  for (const { 0: found, index: start } of text.matchAll(dotted)) {
    const end = start + found.length;
    if (isIP(found) !== 4 || gluedAfter(text, end)) continue;
    if (gluedBefore(text, start) || numberingWord.test(before(text, start, 20))) continue;
    // `lib-1.2.3.4` and `package@1.2.3.4` are versions; an octet of three digits tells an address.
    if (/[-@]$/.test(before(text, start, 1)) && !/\d{3}/.test(found)) continue;
    // Four small numbers may also count versions or sections; no checksum can tell.
    const small = found.length <= 8;
    findings.push({ type: 'IP_ADDRESS', start, end, confidence: small ? 0.85 : 0.97, detail: 'IPv4' });
  }
}

/** Prefixes in use: global unicast, unique local, link local, multicast, NAT64. */
const allocated = /^(?:[23][\da-f]{3}|f[cd][\da-f]{2}|fe[89ab][\da-f]|ff[\da-f]{2}|64:ff9b):/i;

function confidenceOfV6(address: string): number | undefined {
  const groups = address.split(':').filter((group) => group !== '');
  if (!/\d/.test(address) && !allocated.test(address)) return undefined;
  if (allocated.test(address) || address.includes('.')) return 1;
  if (!address.includes('::')) {
    // Eight pairs of digits are an EUI-64 or a fingerprint.
    return groups.every((group) => group.length === 2) ? undefined : 0.95;
  }
  if (address.startsWith('::')) return groups.length === 1 && address !== '::1' ? 0.6 : 0.95;
  // `f64::add` and `a::b` are names in program text.
  return groups.length >= 3 ? 0.9 : undefined;
}

function findV6(text: string, findings: Finding[]): void {
  for (const { 0: run, index } of text.matchAll(coloned)) {
    if (run.length > longest + 2) continue;
    // Punctuation of the sentence after the address, and the colon of a label before it.
    const trimmed = run.replace(/(?<!:):$|\.+$/, '').replace(/^:(?!:)/, '');
    const start = index + run.indexOf(trimmed);
    const end = start + trimmed.length;
    if (isIP(trimmed) !== 6 || gluedBefore(text, start) || gluedAfter(text, end)) continue;
    const confidence = confidenceOfV6(trimmed);
    if (confidence !== undefined)
      findings.push({ type: 'IP_ADDRESS', start, end, confidence, detail: 'IPv6' });
  }
}

export const ipAddress: Recogniser = {
  name: 'ip-address',
  types: ['IP_ADDRESS'],
  find(text) {
    const findings: Finding[] = [];
    if (!text.includes('.') && !text.includes(':')) return findings;
    findV4(text, findings);
    findV6(text, findings);
    return findings;
  },
};
