/**
 * JSON Web Tokens (RFC 7519) in compact form, signed (RFC 7515) or encrypted (RFC 7516).
 *
 * @module
 */
import type { Recogniser } from './types.js';

const token = /(?<![\w.-])(eyJ[\w-]{5,4000})\.([\w-]*)\.([\w-]*)(?:\.([\w-]*)\.([\w-]*))?(?![\w-])/g;

/** Whether a base64url part is a JSON object that names an algorithm. */
function isHeader(part: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof header === 'object' && header !== null && 'alg' in header;
  } catch {
    return false;
  }
}

export const jwt: Recogniser = {
  name: 'jwt',
  types: ['API_KEY'],
  find(text) {
    return [...text.matchAll(token)]
      .filter(([, header = '', payload = '']) => payload.length >= 8 && isHeader(header))
      .map(({ 0: found, index: start }) => ({
        type: 'API_KEY' as const,
        start,
        end: start + found.length,
        confidence: 1,
        detail: 'JWT',
      }));
  },
};
