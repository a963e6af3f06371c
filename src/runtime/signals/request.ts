/**
 * The view of a request that signals read.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import { VsrError } from '../errors.js';
import type { EncodeResult, Encoder, ScanResult } from '../inference/types.js';
import { estimateRequestTokens } from './token-estimate.js';
import type { MessageView, SignalRequest } from './types.js';

/**
 * What the request is about: the last user message with text. If there is none, the text of all other
 * messages, joined by a space.
 */
export function selectText(messages: readonly MessageView[]): string {
  const last = messages.findLast(({ role, text }) => role === 'user' && text.trim() !== '');
  if (last !== undefined) return last.text;
  return messages
    .filter(({ role, text }) => role !== 'user' && text.trim() !== '')
    .map(({ text }) => text)
    .join(' ');
}

/** Builds the view. What costs time is computed when it is first asked for, and once. */
export function createSignalRequest(request: RoutingRequest, encoder: Encoder | undefined): SignalRequest {
  const text = selectText(request.messages);
  const scratch = new Map<symbol, unknown>();
  const passes = new Map<string, Promise<EncodeResult>>();
  const scans = new Map<string, Promise<ScanResult>>();
  let tokens: number | undefined;
  const encodeText = (other: string): Promise<EncodeResult> =>
    once(passes, other, () => encoder?.encode(other) ?? noModel());
  return {
    text,
    messages: request.messages,
    toolDefinitions: request.toolDefinitionCount,
    identity: request.identity,
    metadata: request.metadata ?? {},
    contextTokens() {
      tokens ??= estimateRequestTokens(request);
      return tokens;
    },
    encode: () => encodeText(text),
    encodeText,
    scan: (other) => once(scans, other, () => encoder?.scan(other) ?? noModel()),
    memo<T>(key: symbol, compute: () => T): T {
      // One key always holds what its owner computed, a link that the type system cannot express.
      if (!scratch.has(key)) scratch.set(key, compute());
      return scratch.get(key) as T;
    },
  };
}

function noModel(): Promise<never> {
  return Promise.reject(new VsrError('VSR_INFERENCE_UNAVAILABLE', 'No model is loaded.'));
}

function once<T>(known: Map<string, Promise<T>>, text: string, run: () => Promise<T>): Promise<T> {
  let promise = known.get(text);
  if (promise === undefined) {
    promise = run();
    known.set(text, promise);
  }
  return promise;
}
