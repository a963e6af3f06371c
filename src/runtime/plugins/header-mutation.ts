/**
 * `header_mutation`: changes headers of the request that goes to the model's endpoint.
 *
 * @module
 */
import { z } from 'zod';
import {
  credentials,
  framing,
  hopByHop,
  isHeaderName,
  isHeaderValue,
  isInternal,
} from '../providers/header-names.js';
import type { PluginKind } from './types.js';

/** Set by the router itself; changing them would break the request or leak a key. */
function isReserved(name: string): boolean {
  return (
    hopByHop.has(name) ||
    credentials.has(name) ||
    framing.has(name) ||
    isInternal(name) ||
    name === 'content-type'
  );
}

const headerName = z
  .string()
  .refine(isHeaderName, { message: 'not a valid header name' })
  .refine((name) => !isReserved(name.toLowerCase()), {
    message: 'this header is set by the router and cannot be changed here',
  })
  .describe('Header name, case-insensitive. Names that the router sets itself are refused.');

const headerValue = z
  .string()
  .refine(isHeaderValue, {
    message: 'a header value cannot contain line breaks or characters beyond Latin-1',
  })
  .describe('Header value.');

const header = z.strictObject({ name: headerName, value: headerValue });

const removal = z
  .union([headerName, z.strictObject({ name: headerName, value: z.string().optional() })])
  .describe('Header name, or an object with `name`.');

const schema = z.strictObject({
  enabled: z.boolean().optional().describe('`false` switches the plugin off; on by default.'),
  add: z.array(header).optional().describe('Headers to set.'),
  update: z.array(header).optional().describe('Headers to set; same as `add`.'),
  delete: z.array(removal).optional().describe('Headers to remove.'),
});

type HeaderMutationConfiguration = z.infer<typeof schema>;

export const headerMutation: PluginKind<HeaderMutationConfiguration> = {
  type: 'header_mutation',
  summary: "Sets or removes headers of the request to the model's endpoint.",
  scope: 'auto',
  schema,
  compile({ enabled, add = [], update = [], delete: removals = [] }) {
    if (enabled === false) return undefined;
    const sets = [...add, ...update].map(({ name, value }) => ({ name: name.toLowerCase(), value }));
    const names = removals.map((entry) => (typeof entry === 'string' ? entry : entry.name).toLowerCase());
    if (sets.length === 0 && names.length === 0) return undefined;
    const verdict = { action: 'continue' } as const;
    return {
      type: 'header_mutation',
      onRequest(request) {
        for (const name of names) request.deleteHeader(name);
        for (const { name, value } of sets) request.setHeader(name, value);
        return verdict;
      },
    };
  },
};
