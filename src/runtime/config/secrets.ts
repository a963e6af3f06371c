/**
 * Secrets in what leaves the process, and their way back: a client that reads a configuration, changes it and sends
 * it back returns `***` where the secrets were.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { formatPath, type Path } from './diagnostics.js';
import { entryName } from './edit.js';
import { mask, maskSecrets } from './print.js';
import { isRecord } from './raw.js';

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
 * their names. Throws `VSR_INPUT_INVALID` where nothing stands there.
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
    const name = entryName(item);
    const counterpart =
      name === undefined
        ? current[index]
        : (current.find((candidate) => entryName(candidate) === name) ??
          (entryName(current[index]) === undefined ? current[index] : undefined));
    return restoreSecrets(item, counterpart, [...path, index]);
  });
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
