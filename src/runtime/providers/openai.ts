/**
 * One call to an endpoint that speaks the OpenAI protocol.
 *
 * @module
 */
import type { Dispatcher } from 'undici';
import type { Endpoint } from './pool.js';

type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Shared: nobody looks at it, and a stack trace per departure would only cost time. */
const clientGone = new Error('the client is gone');

/** Who receives the answer. */
export interface CallSink {
  onHead(status: number, statusText: string, headers: UpstreamHeaders): void;
  /** Returns false to stop the flow until {@link OpenAiCall.resume}. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  /** `sent` is false if not a byte of the request left: then another endpoint may be tried. */
  onFailure(error: Error, sent: boolean): void;
}

/** Also the undici handler itself, so that a call costs one object. */
export class OpenAiCall implements Dispatcher.DispatchHandler {
  readonly #sink: CallSink;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted = false;

  constructor(sink: CallSink) {
    this.#sink = sink;
  }

  /** Sends the request. All further news comes to the sink. */
  start(pool: Dispatcher, endpoint: Endpoint, headers: string[], body: string): void {
    pool.dispatch({ path: endpoint.path, method: 'POST', headers, body }, this);
  }

  /** Drops the call: the endpoint sees its connection close. The sink hears nothing more. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller?.abort(clientGone);
  }

  resume(): void {
    if (!this.#aborted) this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The client may have left while the connection was being made.
    if (this.#aborted) controller.abort(clientGone);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: UpstreamHeaders,
    statusText?: string,
  ): void {
    // 1xx is news about the request, not the answer.
    if (this.#aborted || status < 200) return;
    this.#sink.onHead(status, statusText ?? '', headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#aborted && !this.#sink.onData(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (!this.#aborted) this.#sink.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#sink.onFailure(error, this.#controller !== undefined);
  }
}
