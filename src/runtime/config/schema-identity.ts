/**
 * Schema of what says who sends a request: API keys of listeners, and proxies that are trusted.
 *
 * @module
 */
import { z } from 'zod';

const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { message: 'not a valid header name' });

/** Headers that carry an identity unless the file names others. */
export const defaultIdentityHeaders = { user: 'x-authz-user-id', groups: 'x-authz-user-groups' } as const;

export const apiKeySchema = z
  .union([
    z.string().min(1),
    z.strictObject({
      key: z.string().min(1).optional().describe('The key; `key_env` keeps it out of the file.'),
      key_env: z.string().min(1).optional().describe('Environment variable that holds the key.'),
      user: z.string().min(1).optional().describe('Who uses the key, for `role_bindings`.'),
      groups: z.array(z.string().min(1)).optional().describe('Groups of that user.'),
    }),
  ])
  .describe('A key, or a key with the user and groups it stands for.');

export const authzSchema = z
  .looseObject({
    trusted_proxies: z
      .array(z.string())
      .default([])
      .describe(
        'Addresses or networks (`10.0.0.0/8`, `::1`) of proxies whose identity headers are believed. Nobody else is; without any entry these headers are ignored.',
      ),
    identity: z
      .strictObject({
        user_id_header: headerName
          .default(defaultIdentityHeaders.user)
          .describe('Header in which a trusted proxy names the user.'),
        user_groups_header: headerName
          .default(defaultIdentityHeaders.groups)
          .describe('Header in which it lists the groups, separated by commas.'),
      })
      .prefault({})
      .describe('Names of the identity headers. They never go upstream.'),
    fail_open: z
      .boolean()
      .optional()
      .describe('Accepted, not used: a request without identity is answered and has no role.'),
    providers: z.unknown().optional().describe('Accepted, not available in this version.'),
  })
  .describe('Whose word on the identity of senders is believed.');
