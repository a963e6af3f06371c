/**
 * How answers end other than well.
 *
 * @module
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorEnvelope } from '../apis/errors.js';
import type { VsrError } from '../errors.js';
import { headerOf } from '../providers/headers.js';
import type { UsageTail } from './usage.js';

/** Head of an endpoint's answer. */
export interface UpstreamHead {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case and values, in turn. */
  readonly headers: readonly string[];
}

/** How long a client may take to read the error event before its broken stream is cut. */
const cutAfterMs = 2_000;

function contentTypeOf({ headers }: UpstreamHead): string {
  return headerOf(headers, 'content-type')?.toLowerCase() ?? '';
}

/** Whether the body is compressed, though that was not asked for: then nothing can be read in it, nor added to it. */
function isEncoded({ headers }: UpstreamHead): boolean {
  const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? '';
  return encoding !== '' && encoding !== 'identity';
}

/**
 * Whether an endpoint sends its caller elsewhere. That is never passed on: the client would send prompt and keys to a
 * host that nobody has configured, past the router.
 */
export function isRedirect(status: number, headers: readonly string[]): boolean {
  return status >= 300 && status < 400 && headerOf(headers, 'location') !== undefined;
}

/**
 * Breaks off an answer under way. It cannot become an error any more, but it must not look whole either:
 * the connection is cut, and a stream gets an error event before. Not if it broke inside an event: ending
 * that one to begin another would hand half an event to the client as if it were whole.
 */
export function breakOff(
  socket: Socket,
  response: ServerResponse,
  head: UpstreamHead | undefined,
  tail: UsageTail | undefined,
  error: VsrError,
): void {
  const isStream =
    head !== undefined && contentTypeOf(head).startsWith('text/event-stream') && !isEncoded(head);
  if (!isStream || !/(?:^|\n\n|\r\n\r\n|\r\r)$/.test(tail?.end(4) ?? '')) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), cutAfterMs);
  response.write(`data: ${errorEnvelope(error)}\n\n`, () => {
    clearTimeout(timer);
    socket.destroy();
  });
}

/**
 * An answer without a length ends where the connection does, so HTTP cannot tell a whole one from a
 * broken one; the last bytes can.
 */
export function endsTooEarly(head: UpstreamHead, tail: UsageTail): boolean {
  const { status, headers } = head;
  if (
    status === 204 ||
    isEncoded(head) ||
    headerOf(headers, 'content-length') !== undefined ||
    headerOf(headers, 'transfer-encoding') !== undefined
  ) {
    return false;
  }
  const type = contentTypeOf(head);
  const end = tail.end(1024);
  if (type.startsWith('text/event-stream')) {
    return !end.includes('[DONE]') && !/"finish_reason"\s*:\s*"/.test(end);
  }
  return type.startsWith('application/json') && !/[}\]]\s*$/.test(end);
}

/** Label of an error in metrics, in the words of the original where it has one. */
export function reasonOf(error: VsrError): string {
  switch (error.code) {
    case 'VSR_REQUEST_INVALID':
      return 'parse_error';
    case 'VSR_UPSTREAM_TIMEOUT':
      return 'timeout';
    case 'VSR_MODEL_NOT_FOUND':
      return 'model_not_found';
    case 'VSR_NO_MODEL_SELECTED':
      return 'no_model_selected';
    default:
      return error.code.slice('VSR_'.length).toLowerCase();
  }
}
