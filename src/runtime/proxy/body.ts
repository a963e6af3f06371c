/**
 * Reads request bodies up to a limit.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { VsrError } from '../errors.js';

function tooLarge(limit: number): VsrError {
  return new VsrError('VSR_REQUEST_TOO_LARGE', `The request body is larger than ${limit} bytes.`, {
    hint: 'Send less. On the chat listeners, `global.router.max_body_bytes` sets the limit.',
  });
}

/** The error of a request with a compressed body, which the router does not read; undefined for a plain one. */
export function encodedBody(request: IncomingMessage): VsrError | undefined {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return undefined;
  return new VsrError(
    'VSR_REQUEST_INVALID',
    `The request body has \`content-encoding: ${encoding.slice(0, 50)}\`, which is not supported.`,
    { hint: 'Send the JSON as it is, without compression.' },
  );
}

/** The error of a request whose announced length is over `limit`; undefined if it may be read. */
export function announcedTooLarge(request: IncomingMessage, limit: number): VsrError | undefined {
  const announced = request.headers['content-length'];
  return announced !== undefined && Number(announced) > limit ? tooLarge(limit) : undefined;
}

/**
 * Reads the whole body, then calls `done` once: with the bytes, or with `VSR_REQUEST_TOO_LARGE`. A
 * client that leaves before the end causes no call at all.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: (body: Buffer | undefined, error: VsrError | undefined) => void,
): void {
  const announced = announcedTooLarge(request, limit);
  if (announced !== undefined) {
    done(undefined, announced);
    return;
  }
  let only: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let bytes = 0;
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > limit) {
      chunks = undefined;
      only = undefined;
      request.off('data', onData);
      request.off('end', onEnd);
      done(undefined, tooLarge(limit));
    } else if (chunks !== undefined) chunks.push(chunk);
    else if (only === undefined) only = chunk;
    else chunks = [only, chunk];
  };
  const onEnd = (): void =>
    done(chunks === undefined ? (only ?? Buffer.alloc(0)) : Buffer.concat(chunks, bytes), undefined);
  request.on('data', onData);
  request.on('end', onEnd);
}

/** How long and how much of a refused upload is still read, so that its sender can read the answer. */
const lingerMs = 3_000;
const lingerBytes = 64 * 1024 * 1024;

/**
 * Ends an answer that was given before the request was read to its end. Closing at once would reset the
 * connection, and the client would see that instead of the answer.
 */
export function endAfterUpload(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.write(body);
  let bytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    if (!response.writableEnded) response.end();
    if (!request.complete) request.socket.destroySoon();
  };
  const timer = setTimeout(finish, lingerMs);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytes) finish();
  });
  request.once('end', finish);
  request.once('close', finish);
}
