/**
 * `metadata`: what the request says of itself under `metadata`. Its sender writes it, so it can sort
 * requests (by tenant, by application) and cannot keep anybody out.
 *
 * @module
 */
import { z } from 'zod';
import { description } from './rule-fields.js';
import type { SignalFamily, SignalRequest } from './types.js';

const plain = z.union([z.string(), z.number(), z.boolean()]);

const predicateSchema = z
  .strictObject({
    equals: plain.optional().describe('The value is this one.'),
    in: z.array(plain).min(1).optional().describe('The value is one of these.'),
    exists: z.boolean().optional().describe('`true`: the key is there; `false`: it is not.'),
  })
  .describe(
    'Exactly one of `equals`, `in` and `exists`. Values are compared as text, as `metadata` holds it.',
  );

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  key: z
    .string()
    .min(1)
    .describe('Key of the `metadata` object of the request; upper and lower case differ.'),
  predicate: predicateSchema,
});

type MetadataRule = z.infer<typeof schema>;

/** The value of a key as text; undefined if it is missing, and null if it is nothing that text can equal. */
function metadataText({ metadata }: SignalRequest, key: string): string | null | undefined {
  // Own keys only: every object inherits a `constructor`.
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}

const given = ({ equals, in: list, exists }: MetadataRule['predicate']): string[] =>
  Object.entries({ equals, in: list, exists }).flatMap(([key, value]) => (value === undefined ? [] : [key]));

export const metadataFamily: SignalFamily<MetadataRule> = {
  type: 'metadata',
  configKey: 'metadata',
  summary: 'Compares the `metadata` of the request, which its sender writes: it guards nothing.',
  cost: 'free',
  schema,
  check(rules, report) {
    rules.forEach(({ predicate }, index) => {
      const found = given(predicate);
      if (found.length === 1) return;
      const what = found.length === 0 ? 'found none of them' : `found ${found.join(' and ')}`;
      report(index, ['predicate'], `${what}; give exactly one of equals, in, exists`);
    });
  },
  compile(rules) {
    return rules.map(({ name, key, predicate }) => {
      const { equals, in: list, exists } = predicate;
      const wanted = new Set((list ?? (equals === undefined ? [] : [equals])).map(String));
      return {
        name,
        evaluate(request) {
          const value = metadataText(request, key);
          const matched =
            exists === undefined
              ? value !== undefined && value !== null && wanted.has(value)
              : exists === (value !== undefined);
          return { status: matched ? 'matched' : 'not_matched' };
        },
      };
    });
  },
};
