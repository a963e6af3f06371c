/**
 * Keys that callers send, on all ports.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What stands behind `Bearer` in `authorization`; '' without it. */
export function bearerOf({ authorization }: IncomingHttpHeaders): string {
  return authorization !== undefined && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : '';
}

/** What is compared in the place of a key. */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Compares digests, so that timing tells nothing. */
export function isSameKey(known: Buffer, given: Buffer): boolean {
  return timingSafeEqual(known, given);
}
