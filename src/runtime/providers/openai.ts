/**
 * One call to an endpoint that speaks the OpenAI protocol.
 *
 * @module
 */
import type { Dispatcher } from 'undici';
import { decodeHeaders } from './headers.js';
import type { Endpoint } from './pool.js';

/** Shared: nobody looks at it, and a stack trace per departure would only cost time. */
const clientGone = new Error('the client is gone');

/** Who receives the answer. */
export interface CallSink {
  /** `headers`: names in lower case and values, in turn. */
  onHead(status: number, statusText: string, headers: readonly string[]): void;
  /** Returns false to stop the flow until {@link OpenAiCall.resume}. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  /** `sent` is false if not a byte of the request left: then another endpoint may be tried. */
  onFailure(error: Error, sent: boolean): void;
}

/**
 * Also the undici handler itself, so that a call costs one object. It has the older form of undici 7's
 * handlers: the newer one is an adapter around it, which builds a controller and an object of all headers
 * for every answer.
 */
export class OpenAiCall implements Dispatcher.DispatchHandler {
  readonly #sink: CallSink;
  #sent = false;
  /** Nothing more is to be heard of it: it has ended, failed or been dropped. */
  #over = false;
  #cut: ((reason: Error) => void) | undefined;
  #proceed: (() => void) | undefined;

  constructor(sink: CallSink) {
    this.#sink = sink;
  }

  /** Sends the request. All further news comes to the sink. */
  start(pool: Dispatcher, endpoint: Endpoint, headers: string[], body: string): void {
    pool.dispatch({ path: endpoint.path, method: 'POST', headers, body }, this);
  }

  /** Drops the call: the endpoint sees its connection close. The sink hears nothing more. */
  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cut?.(clientGone);
  }

  /** Lets the answer flow again. */
  resume(): void {
    if (!this.#over) this.#proceed?.();
  }

  onConnect(abort: (reason: Error) => void): void {
    this.#sent = true;
    // The client may have left while the connection was being made.
    if (this.#over) abort(clientGone);
    else this.#cut = abort;
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean {
    // 1xx is news about the request, not the answer.
    if (this.#over || status < 200) return true;
    this.#proceed = resume;
    this.#sink.onHead(status, statusText, decodeHeaders(headers));
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.#over || this.#sink.onData(chunk);
  }

  onComplete(): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink.onEnd();
  }

  onError(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink.onFailure(error, this.#sent);
  }
}
