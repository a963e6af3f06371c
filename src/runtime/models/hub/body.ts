/**
 * The body of an answer, nothing of which is lost when the connection breaks.
 *
 * A stream that fails drops what it has buffered, which after a reset may be all that came in. Here chunks are
 * taken as they arrive, and the failure is told only behind the last of them.
 *
 * @module
 */
import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** Bytes that may wait for a slow disk before the server is held back. */
const mostWaiting = 4 * 1024 * 1024;

export interface Body extends AsyncIterable<Buffer> {
  /** Ends the transfer; harmless if it is over. */
  destroy(): void;
}

/** Starts to read `stream` at once; it must not have been touched before. */
export function readBody(stream: Readable): Body {
  const chunks: Buffer[] = [];
  let waiting = 0;
  let ended = false;
  let failure: unknown;
  let wake: () => void = () => undefined;
  stream.on('data', (chunk: Uint8Array) => {
    chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    waiting += chunk.byteLength;
    if (waiting > mostWaiting) stream.pause();
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  stream.on('error', (error) => {
    failure ??= error;
    ended = true;
    wake();
  });
  stream.on('close', () => {
    ended = true;
    wake();
  });
  return {
    destroy: () => {
      stream.destroy();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) {
          waiting -= chunk.length;
          if (waiting <= mostWaiting / 2 && stream.isPaused()) stream.resume();
          yield chunk;
        } else if (ended) {
          if (failure !== undefined) throw failure;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}

/**
 * The body as it was before the server packed it, which some proxies do although nobody has asked for it.
 * Undefined for a packing that is not known.
 */
export function unpacked(body: Body, encoding: string | undefined): AsyncIterable<Buffer> | undefined {
  const kind = encoding?.trim().toLowerCase() ?? '';
  if (kind === '' || kind === 'identity') return body;
  const make = unpackers.get(kind);
  if (make === undefined) return undefined;
  // A failure of either ends both, and shows where the second is read.
  return pipeline(Readable.from(body, { objectMode: false }), make(), () => undefined);
}

const unpackers = new Map([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
]);
