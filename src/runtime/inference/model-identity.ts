/**
 * What tells a model from others of the same name, without reading gigabytes.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelAssignment } from '../models/assignment.js';

/** Bytes of the begin and of the end of a file that nobody has a digest of. */
const sampleBytes = 64 * 1024;

/** The same on every machine for the same files. Digests of the hub where they are known, else samples. */
export function modelIdentity({ entry, dir, files, base }: ModelAssignment): string {
  const parts = files.map(({ path, digest }) => `${path} ${digest?.hex ?? sampleOf(join(dir, path))}`);
  const under = base?.files.map(
    ({ path, digest }) => `base/${path} ${digest?.hex ?? sampleOf(join(base.dir, path))}`,
  );
  return [entry.name, ...parts.sort(), ...(under ?? []).sort()].join('\n');
}

/**
 * When the files were written that {@link modelIdentity} has only samples of: weights that were trained on may differ in
 * the middle alone. It says nothing on another machine.
 */
export function writtenAt({ dir, files, base }: ModelAssignment): string {
  const all = [{ dir, files }, ...(base === undefined ? [] : [base])];
  const times = all.flatMap((one) =>
    one.files.map(({ path, digest }) => (digest === undefined ? timeOf(join(one.dir, path)) : '')),
  );
  return times.join();
}

function timeOf(file: string): string {
  try {
    return statSync(file, { bigint: true }).mtimeNs.toString();
  } catch {
    return '';
  }
}

/** SHA-256 (hex) of size, begin and end; '' for a file that cannot be read, which loading will tell. */
function sampleOf(file: string): string {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const hash = createHash('sha256').update(`${size}\n`);
      const sample = Buffer.alloc(Math.min(size, sampleBytes));
      for (const at of [0, Math.max(0, size - sampleBytes)]) {
        hash.update(sample.subarray(0, readSync(descriptor, sample, 0, sample.length, at)));
      }
      return hash.digest('hex');
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
