/**
 * Cryptocurrency addresses that carry a checksum: base58check (Bitcoin and its relatives), segregated witness
 * (BIP 173, BIP 350), Ethereum (EIP-55).
 *
 * @module
 */
import { keccak_256 } from '@noble/hashes/sha3';
import { decodeBase58Check } from './support/base58.js';
import { decodeBech32 } from './support/bech32.js';
import { standsAlone } from './support/edges.js';
import type { Finding, Recogniser } from './types.js';

const base58 = /(?<![A-Za-z\d_])[1-9A-HJ-NP-Za-km-z]{26,35}(?![A-Za-z\d_])/g;
const witness = /(?<![A-Za-z\d_])(?:bc|tb|bcrt|ltc)1[02-9ac-hj-np-z]{11,87}(?![A-Za-z\d_])/gi;
const ethereum = /(?<![A-Za-z\d_])0x[\dA-Fa-f]{40}(?![A-Za-z\d_])/g;

/** Chains by version byte of a 20-byte hash. */
const chains = new Map([
  [0x00, 'Bitcoin'],
  [0x05, 'Bitcoin'],
  [0x6f, 'Bitcoin testnet'],
  [0xc4, 'Bitcoin testnet'],
  [0x30, 'Litecoin'],
  [0x32, 'Litecoin'],
  [0x1e, 'Dogecoin'],
  [0x16, 'Dogecoin'],
  [0x4c, 'Dash'],
  [0x10, 'Dash'],
  [0x41, 'Tron'],
]);

function chainOf(address: string): string | undefined {
  const data = decodeBase58Check(address);
  return data?.length === 21 ? chains.get(data[0] ?? -1) : undefined;
}

/** Version 0 uses bech32 and programs of 20 or 32 bytes, later versions bech32m and 2 to 40 bytes. */
function isWitness(address: string): boolean {
  const decoded = decodeBech32(address);
  const version = decoded?.data[0];
  if (decoded === undefined || version === undefined || version > 16) return false;
  const bytes = Math.floor(((decoded.data.length - 1) * 5) / 8);
  return version === 0
    ? decoded.kind === 'bech32' && (bytes === 20 || bytes === 32)
    : decoded.kind === 'bech32m' && bytes >= 2 && bytes <= 40;
}

/** Capital letters where the hash of the lower-case address has a nibble of 8 or more. */
function hasEip55Case(hex: string): boolean {
  const hash = keccak_256(hex.toLowerCase());
  return [...hex].every((character, index) => {
    const byte = hash[index >> 1] ?? 0;
    const nibble = index % 2 === 0 ? byte >> 4 : byte & 15;
    return /\d/.test(character) || nibble >= 8 === (character === character.toUpperCase());
  });
}

function ethereumConfidence(hex: string): number | undefined {
  if (/^(.)\1*$/.test(hex)) return undefined;
  const oneCase = hex === hex.toLowerCase() || hex === hex.toUpperCase();
  // Without a checksum: twenty bytes of hex with `0x` are an address far more often than another hash.
  if (oneCase) return 0.9;
  return hasEip55Case(hex) ? 1 : undefined;
}

export const cryptoAddress: Recogniser = {
  name: 'crypto-address',
  types: ['CRYPTO_ADDRESS'],
  find(text) {
    const findings: Finding[] = [];
    const add = (
      found: string,
      start: number,
      confidence: number | undefined,
      detail: string | undefined,
    ) => {
      const end = start + found.length;
      if (confidence === undefined || detail === undefined || !standsAlone(text, start, end)) return;
      findings.push({ type: 'CRYPTO_ADDRESS', start, end, confidence, detail });
    };
    for (const { 0: found, index } of text.matchAll(base58)) add(found, index, 1, chainOf(found));
    for (const { 0: found, index } of text.matchAll(witness)) {
      const detail = found.toLowerCase().startsWith('ltc') ? 'Litecoin' : 'Bitcoin';
      add(found, index, isWitness(found) ? 1 : undefined, detail);
    }
    for (const { 0: found, index } of text.matchAll(ethereum)) {
      add(found, index, ethereumConfidence(found.slice(2)), 'Ethereum');
    }
    return findings;
  },
};
