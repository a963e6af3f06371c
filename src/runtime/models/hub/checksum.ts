/**
 * Digests of files, as the hub names them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Digest } from './select.js';

/**
 * The digest of the file on disk. Read back instead of computed while it comes in: that also covers what an
 * earlier attempt has left, and what the disk made of it.
 */
export async function digestFile(path: string, kind: Digest['kind'], signal?: AbortSignal): Promise<string> {
  const hash = createHash(kind === 'sha256' ? 'sha256' : 'sha1');
  // git hashes a blob with its length in front.
  if (kind === 'git-sha1') hash.update(`blob ${(await stat(path)).size}\0`);
  const options = signal === undefined ? {} : { signal };
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, options);
  return hash.digest('hex');
}

/** Whether the file has the content that `digest` stands for. */
export async function hasDigest(path: string, digest: Digest, signal?: AbortSignal): Promise<boolean> {
  return (await digestFile(path, digest.kind, signal)) === digest.hex;
}
