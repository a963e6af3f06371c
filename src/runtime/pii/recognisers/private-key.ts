/**
 * Private keys: PEM blocks (RFC 7468) and OpenPGP ones, Bitcoin keys (wallet import format, BIP 32), age keys.
 *
 * @module
 */
import { decodeBase58Check } from './support/base58.js';
import { decodeBech32 } from './support/bech32.js';
import type { Finding, Recogniser } from './types.js';

const beginning = /-----BEGIN ((?:[A-Z\d]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?)-----/g;
// What stands inside: base64, headers and line breaks, escaped or not. The largest keys in use have 13 000
// characters; the bound keeps the stack of the expression engine small.
const cutOff = /(?:[A-Za-z\d+/=]|\\[nr]|[\s:,;-]){0,20000}/y;
const base58 =
  /(?<![A-Za-z\d_])(?:[5KLc9][1-9A-HJ-NP-Za-km-z]{50,51}|[xt]prv[1-9A-HJ-NP-Za-km-z]{107})(?![A-Za-z\d_])/g;
const age = /(?<![A-Za-z\d_])AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}(?![A-Za-z\d_])/g;

function findBlocks(text: string, findings: Finding[]): void {
  let free = 0;
  for (const { 0: found, 1: label = '', index: start } of text.matchAll(beginning)) {
    if (start < free) continue;
    const from = start + found.length;
    const ending = `-----END ${label}-----`;
    cutOff.lastIndex = from;
    const body = cutOff.exec(text)?.[0] ?? '';
    // The body stops before the dashes of the end line or somewhere in them.
    const near = text.slice(Math.max(from, from + body.length - 80), from + body.length + 80);
    const at = near.indexOf(ending);
    const end =
      at >= 0
        ? Math.max(from, from + body.length - 80) + at + ending.length
        : from + body.replace(/[\s:,;-]+$/, '').length;
    free = Math.max(end, from + body.length);
    // A header alone is what people ask about; sixteen characters of key are more than a header.
    if (at < 0 && body.trim().length < 16) continue;
    findings.push({ type: 'PRIVATE_KEY', start, end, confidence: at >= 0 ? 1 : 0.95, detail: label });
  }
}

export const privateKey: Recogniser = {
  name: 'private-key',
  types: ['PRIVATE_KEY'],
  find(text) {
    const findings: Finding[] = [];
    findBlocks(text, findings);
    const add = (start: number, length: number, detail: string) =>
      findings.push({ type: 'PRIVATE_KEY', start, end: start + length, confidence: 1, detail });
    for (const { 0: found, index } of text.matchAll(base58)) {
      const data = decodeBase58Check(found);
      const isWallet = data !== undefined && (data[0] === 0x80 || data[0] === 0xef) && found.length < 60;
      if (data !== undefined && (isWallet || found.length > 60)) add(index, found.length, 'Bitcoin');
    }
    for (const { 0: found, index } of text.matchAll(age)) {
      if (decodeBech32(found) !== undefined) add(index, found.length, 'age');
    }
    return findings;
  },
};
