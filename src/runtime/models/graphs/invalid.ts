/**
 * Errors about the files of a model.
 *
 * @module
 */
import { VsrError } from '../../errors.js';

/** The error of a model whose files can't be used: `message` names file, field and value, `hint` the way out. */
export function invalidModel(message: string, hint?: string, cause?: unknown): VsrError {
  return new VsrError('VSR_MODEL_BUNDLE_INVALID', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A value as an error message shows it: JSON, cut to a length that fits a line. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    // Nested more deeply than the stack allows.
    text = 'a nested value';
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
