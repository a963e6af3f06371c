/**
 * Base58 with a checksum: Bitcoin's `Base58Check`, four bytes of a doubled SHA-256.
 *
 * @module
 */
import { createHash } from 'node:crypto';

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const values = new Map([...alphabet].map((character, value) => [character, value]));

/** Bytes of a base58 number, its leading ones as zero bytes. Quadratic: for texts of bounded length. */
function decode(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const character of text) {
    let carry = values.get(character);
    if (carry === undefined) return undefined;
    for (let index = 0; index < bytes.length; index += 1) {
      carry += (bytes[index] ?? 0) * 58;
      bytes[index] = carry & 0xff;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff);
  }
  const zeros = /^1*/.exec(text)?.[0].length ?? 0;
  return Uint8Array.from([...Array<number>(zeros).fill(0), ...bytes.reverse()]);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** Version and data bytes if the checksum is right. `text` must be short; see the callers' patterns. */
export function decodeBase58Check(text: string): Uint8Array | undefined {
  const bytes = decode(text);
  if (bytes === undefined || bytes.length < 5) return undefined;
  const data = bytes.subarray(0, -4);
  const checksum = sha256(sha256(data));
  return bytes.subarray(-4).every((byte, index) => byte === checksum[index]) ? data : undefined;
}
