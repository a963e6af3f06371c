/**
 * Who may read and change the configuration over HTTP.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../../config/loopback.js';
import type { ManagementRole, ManagementToken } from '../../config/types.js';
import { VsrError } from '../../errors.js';
import { bearerOf, digestOf, isSameKey } from '../../proxy/bearer.js';

export interface Caller {
  readonly headers: IncomingHttpHeaders;
  /** Address that the management port is open on. */
  readonly boundTo: string;
}

/** Roles from the least to the most that they may do. */
const rank: Readonly<Record<ManagementRole, number>> = { viewer: 0, operator: 1, admin: 2 };

/**
 * Requires that the caller has at least `role`. With tokens configured the token says which; without, everybody may
 * read, and may write if the port is open to this machine alone.
 *
 * @throws VsrError `VSR_UNAUTHORIZED` or `VSR_FORBIDDEN`.
 */
export function requireRole(role: ManagementRole, tokens: readonly ManagementToken[], caller: Caller): void {
  if (tokens.length > 0) {
    const given = bearerOf(caller.headers);
    const known = tokens.filter(({ token }) => isSameKey(digestOf(token), digestOf(given)));
    if (known.length === 0) {
      throw new VsrError(
        'VSR_UNAUTHORIZED',
        given === '' ? 'No token was given.' : 'The token is not known to the management API.',
        { hint: 'Send one of `global.services.management_api.auth.tokens` as `Authorization: Bearer …`.' },
      );
    }
    if (known.every((token) => rank[token.role] < rank[role])) {
      throw new VsrError('VSR_FORBIDDEN', `This needs a token of the role \`${role}\`.`, {
        hint: 'Roles are set in `global.services.management_api.auth.tokens`.',
      });
    }
    return;
  }
  if (role === 'viewer') return;
  if (role === 'admin') {
    throw new VsrError('VSR_FORBIDDEN', 'Secrets are only shown to a token of the role `admin`.', {
      hint: setTokens,
    });
  }
  if (!isLoopback(caller.boundTo)) {
    throw new VsrError(
      'VSR_FORBIDDEN',
      `The configuration cannot be changed without a token, because the management API listens on ${caller.boundTo}.`,
      { hint: `${setTokens} Or set \`bind_address: 127.0.0.1\`.` },
    );
  }
  // Web pages reach ports of this machine too, under names of their own.
  for (const name of [hostOf(caller.headers.host ?? ''), hostOf(originOf(caller.headers))]) {
    if (name !== '' && !isLoopback(name)) {
      throw new VsrError(
        'VSR_FORBIDDEN',
        `A page or name of another machine (${name.slice(0, 100)}) may not change the configuration.`,
        {
          hint: `Use http://127.0.0.1. ${setTokens}`,
        },
      );
    }
  }
}

const setTokens =
  'Set `global.services.management_api.auth: {mode: bearer, tokens: [{env: NAME, role: operator}]}`.';

function originOf({ origin }: IncomingHttpHeaders): string {
  if (origin === undefined) return '';
  // What a sandboxed page or a file sends.
  return origin === 'null' ? 'unknown' : origin.replace(/^\w+:\/\//, '');
}

/** Host of `host:port` and `[::1]:port`. */
function hostOf(authority: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(authority)?.[1];
  return bracketed ?? authority.replace(/:\d*$/, '');
}
