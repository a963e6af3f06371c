/**
 * How signal families are called on the outside: in JSON bodies and in headers. Some are in the plural, as
 * clients of the original project know them.
 *
 * @module
 */

/** Keys in JSON bodies that are not the condition type itself. */
const bodyKeys: Readonly<Record<string, string>> = {
  keyword: 'keywords',
  embedding: 'embeddings',
  domain: 'domains',
  preference: 'preferences',
};

/** Ends of header names that are not the condition type itself. */
const headerEnds: Readonly<Record<string, string>> = {
  keyword: 'keywords',
  embedding: 'embeddings',
  domain: 'domains',
  projection: 'projections',
};

/** Key of a family in JSON bodies, e.g. `keywords` for the condition type `keyword`. */
export function familyKeyOf(type: string): string {
  return bodyKeys[type] ?? type;
}

const headers = new Map<string, string>();

/** Header that lists the matched rules of a family. */
export function matchedHeaderOf(type: string): string {
  let name = headers.get(type);
  if (name === undefined) {
    name = `x-vsr-matched-${(headerEnds[type] ?? type).replaceAll('_', '-')}`;
    headers.set(type, name);
  }
  return name;
}
