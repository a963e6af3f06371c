/**
 * How signal families are called on the outside: in JSON bodies and in headers.
 *
 * @module
 */
import { familyOfType } from '../signals/index.js';

/** Key of a family in JSON bodies, e.g. `keywords` for the condition type `keyword`. */
export function familyKeyOf(type: string): string {
  return familyOfType(type)?.configKey ?? type;
}

const headers = new Map<string, string>();

/** Header that lists the matched rules of a family. */
export function matchedHeaderOf(type: string): string {
  let name = headers.get(type);
  if (name === undefined) {
    name = `x-vsr-matched-${familyKeyOf(type).replaceAll('_', '-')}`;
    headers.set(type, name);
  }
  return name;
}
