/**
 * Identities that are stated in so many words, where nothing is at stake: in evaluations and test cases.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import type { Identity } from '../signals/types.js';
import { asObject } from './chat.js';

function invalid(field: string, found: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', `\`${field}\` is ${found}.`, {
    param: field,
    hint: 'Send for example {"user_id": "alice", "groups": ["staff"]}.',
  });
}

/** Reads `{user_id?, groups?}`; undefined for nothing. Throws `VSR_INPUT_INVALID`. */
export function readIdentity(value: unknown, field = 'identity'): Identity | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = asObject(value);
  if (fields === undefined) throw invalid(field, 'no object');
  for (const key of Object.keys(fields)) {
    if (key !== 'user_id' && key !== 'groups') throw invalid(`${field}.${key}`, 'not known');
  }
  const { user_id: user, groups = [] } = fields;
  if (user !== undefined && typeof user !== 'string') throw invalid(`${field}.user_id`, 'no string');
  if (!Array.isArray(groups)) throw invalid(`${field}.groups`, 'no array of strings');
  const names = groups.map((group: unknown) => {
    if (typeof group !== 'string') throw invalid(`${field}.groups`, 'no array of strings');
    return group;
  });
  return user === undefined && names.length === 0 ? undefined : { userId: user, groups: names };
}
