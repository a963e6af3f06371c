/**
 * Secrets in what leaves the process, and their way back: a client that reads a configuration, changes it and sends
 * it back returns `***` where the secrets were.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { formatPath, type Path } from './diagnostics.js';
import { mask, maskSecrets } from './print.js';
import { isRecord, textAt } from './raw.js';

/** A copy of a file's plain values without secrets. Names of variables that hold them are none. */
export function redact(values: unknown): unknown {
  return keepReferences(maskSecrets(values), values);
}

const reference = /^\$(?:\{[A-Za-z_]\w*\}|[A-Z_][A-Z0-9_]*)$/;

function keepReferences(masked: unknown, original: unknown): unknown {
  if (masked === mask && typeof original === 'string' && reference.test(original)) return original;
  if (Array.isArray(masked) && Array.isArray(original)) {
    return masked.map((item, index) => keepReferences(item, original[index]));
  }
  if (isRecord(masked) && isRecord(original)) {
    return Object.fromEntries(
      Object.entries(masked).map(([key, inner]) => [key, keepReferences(inner, original[key])]),
    );
  }
  return masked;
}

/**
 * A copy of `next` in which every `***` is what stands at the same place of `current`; entries of lists are known by
 * their names, or by what they are for. Throws `VSR_INPUT_INVALID` where nothing stands there.
 */
export function restoreSecrets(next: unknown, current: unknown, path: Path = []): unknown {
  if (next === mask) {
    if (typeof current === 'string' && current !== mask) return current;
    throw unknownSecret(path);
  }
  if (Array.isArray(next)) return restoreList(next, Array.isArray(current) ? current : [], path);
  if (!isRecord(next)) return next;
  return Object.fromEntries(
    Object.entries(next).map(([key, inner]) => [
      key,
      restoreSecrets(inner, isRecord(current) ? current[key] : undefined, [...path, key]),
    ]),
  );
}

function restoreList(next: readonly unknown[], current: readonly unknown[], path: Path): unknown[] {
  // Without names, which of the secrets is meant is only clear if all of them are still there.
  const masked = next.filter((item) => item === mask).length;
  if (masked > 0 && masked !== current.length) throw unknownSecret(path);
  let position = 0;
  return next.map((item, index) => {
    if (item === mask) return restoreSecrets(item, current[position++], [...path, index]);
    return restoreSecrets(item, counterpartOf(item, current, index), [...path, index]);
  });
}

/** The entry of `current` that `item` has come from; undefined if none or several may be meant. */
function counterpartOf(item: unknown, current: readonly unknown[], index: number): unknown {
  const atIndex = current[index];
  const identity = identityOf(item);
  if (identity === undefined) return atIndex;
  const same = current.filter((candidate) => identityOf(candidate) === identity);
  if (same.length === 0) return identityOf(atIndex) === undefined ? atIndex : undefined;
  if (same.length === 1) return same[0];
  return same.includes(atIndex) ? atIndex : undefined;
}

/**
 * What an entry of a list is known by: its name, else all that says what it is for. Of two endpoints of one type each
 * keeps its own secret, and another endpoint gets none.
 */
function identityOf(entry: unknown): string | undefined {
  const name = textAt(entry, 'name');
  if (name !== undefined) return JSON.stringify(name);
  const parts = ['model', 'type', 'id', 'endpoint', 'base_url'].map((key) => textAt(entry, key));
  return parts.every((part) => part === undefined) ? undefined : JSON.stringify(parts);
}

function unknownSecret(path: Path): VsrError {
  const place = formatPath(path);
  return new VsrError(
    'VSR_INPUT_INVALID',
    `\`${place}\` is \`${mask}\`, and which secret that stands for is not clear.`,
    {
      param: place,
      hint: 'Send the secret itself, or a reference such as `$' + '{NAME}`.',
    },
  );
}
