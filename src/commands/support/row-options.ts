/**
 * Options that several commands which read rows have.
 *
 * @module
 */
import type { NumberOption, StringOption } from '../command.js';

/** `--model` of commands that read rows. */
export const virtualModelOption = {
  kind: 'string',
  placeholder: 'name',
  describe: 'virtual model that rows without one ask for, and so the recipe',
} as const satisfies StringOption;

/** `--limit` of the same. */
export const limitOption = {
  kind: 'number',
  short: 'n',
  placeholder: 'rows',
  describe: 'use the first rows only',
  min: 1,
  integer: true,
} as const satisfies NumberOption;
