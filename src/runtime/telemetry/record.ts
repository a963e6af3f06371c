/**
 * What is known about a request when it is over. Metrics and the request log read nothing else, and
 * nothing in it is text of a prompt, an answer or a key.
 *
 * @module
 */
import type { Plan } from '../selection/types.js';

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export type ResponsePath = 'upstream' | 'fast_response' | 'blocked' | 'echo' | 'error';

export interface RequestRecord {
  readonly requestId: string;
  /** Undefined if the request failed before a plan was made. */
  readonly plan: Plan | undefined;
  /** Model name the client sent; undefined if it could not be read. */
  readonly requestedModel: string | undefined;
  readonly stream: boolean;
  /** HTTP status sent; 0 if the client left before there was one. */
  readonly status: number;
  readonly path: ResponsePath;
  /** Host of the endpoint asked last. */
  readonly endpointHost: string | undefined;
  /** `parse_error`, `timeout`, `upstream_5xx` …; undefined for success. */
  readonly errorReason: string | undefined;
  /** Milliseconds: reading the signals and choosing; until the first byte; until the last. */
  readonly routingMs: number | undefined;
  readonly firstByteMs: number | undefined;
  readonly totalMs: number;
  /** As the model reported it. */
  readonly usage: TokenUsage | undefined;
}

/** Receives every finished request. Must not throw. */
export interface RequestObserver {
  observe(record: RequestRecord): void;
}
