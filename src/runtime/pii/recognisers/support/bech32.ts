/**
 * Checksums of bech32 (BIP 173) and bech32m (BIP 350).
 *
 * @module
 */

const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function step(checksum: number, value: number): number {
  let next = ((checksum & 0x1ffffff) << 5) ^ value;
  generators.forEach((generator, bit) => {
    if (((checksum >>> (25 + bit)) & 1) === 1) next ^= generator;
  });
  return next;
}

/**
 * Which of the two checksums a string has, and its data without it, five bits each; undefined for neither, mixed
 * case, or a foreign character.
 */
export function decodeBech32(text: string): { kind: 'bech32' | 'bech32m'; data: number[] } | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  const split = lower.lastIndexOf('1');
  if (split < 1 || lower.length - split < 7) return undefined;
  const prefix = [...lower.slice(0, split)].map((character) => character.charCodeAt(0));
  const data = [...lower.slice(split + 1)].map((character) => alphabet.indexOf(character));
  if (data.includes(-1)) return undefined;
  const expanded = [...prefix.map((unit) => unit >> 5), 0, ...prefix.map((unit) => unit & 31), ...data];
  const checksum = expanded.reduce(step, 1);
  if (checksum === 1) return { kind: 'bech32', data: data.slice(0, -6) };
  if (checksum === 0x2bc830a3) return { kind: 'bech32m', data: data.slice(0, -6) };
  return undefined;
}
