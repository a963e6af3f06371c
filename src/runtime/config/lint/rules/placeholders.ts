/**
 * Values of an example that were never filled in.
 *
 * @module
 */
import type { Path } from '../../diagnostics.js';
import { at, isRecord } from '../../raw.js';
import type { FileRule, LintFinding } from '../types.js';

export const placeholder: FileRule = {
  scope: 'file',
  code: 'placeholder',
  summary: 'A value is the placeholder of an example.',
  severity: 'warning',
  certain: false,
  check({ document }) {
    const found: LintFinding[] = [];
    const visit = (value: unknown, path: Path): void => {
      if (typeof value === 'string' && isPlaceholder(value)) {
        found.push({
          path,
          message: `\`${path.at(-1)}\` is a placeholder`,
          hint: 'write the real value; for a secret use `api_key_env`',
        });
      } else if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) visit(item, [...path, index]);
      } else if (isRecord(value))
        for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    };
    visit(at(document, 'providers'), ['providers']);
    return found;
  },
};

function isPlaceholder(value: string): boolean {
  return (
    /^<[^<>]+>$/.test(value) ||
    /^(?:sk-)?(?:change[-_ ]?me|replace[-_ ]?(?:me|this)|todo|fixme|x{4,})$/i.test(value) ||
    /^your[-_ ]|[-_ ](?:goes[-_ ])?here$/i.test(value)
  );
}
