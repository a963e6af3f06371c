/**
 * The view of a request that signals read.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import { VsrError } from '../errors.js';
import type { EncodeResult, Encoder } from '../inference/types.js';
import { isHighSurrogate, isLowSurrogate } from './characters.js';
import { estimateRequestTokens } from './token-estimate.js';
import type { MessageView, SignalRequest } from './types.js';

/** Longest text that goes to the encoder whole, UTF-16 units. */
export const semanticTextLimit = 2048;

const omission = '\n[…]\n';

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

/** `text.slice`, shortened where an end would fall inside a surrogate pair. */
function sliceWhole(text: string, from: number, to: number): string {
  const start =
    isLowSurrogate(text.charCodeAt(from)) && isHighSurrogate(text.charCodeAt(from - 1)) ? from + 1 : from;
  const end = isLowSurrogate(text.charCodeAt(to)) && isHighSurrogate(text.charCodeAt(to - 1)) ? to - 1 : to;
  return text.slice(start, end);
}

/**
 * The text, or its first, middle and last third of {@link semanticTextLimit} units with a marker line
 * between them: what is asked stands at the beginning or the end of a long prompt.
 */
export function condense(text: string): string {
  if (text.length <= semanticTextLimit) return text;
  const part = Math.floor((semanticTextLimit - 2 * omission.length) / 3);
  const middle = Math.floor((text.length - part) / 2);
  return [
    sliceWhole(text, 0, part),
    sliceWhole(text, middle, middle + part),
    sliceWhole(text, text.length - part, text.length),
  ].join(omission);
}

/** Builds the view. What costs time is computed when it is first asked for, and once. */
export function createSignalRequest(request: RoutingRequest, encoder: Encoder | undefined): SignalRequest {
  const text = selectText(request.messages);
  const semanticText = condense(text);
  const scratch = new Map<symbol, unknown>();
  let tokens: number | undefined;
  let pass: Promise<EncodeResult> | undefined;
  return {
    text,
    semanticText,
    messages: request.messages,
    contextTokens() {
      tokens ??= estimateRequestTokens(request);
      return tokens;
    },
    encode() {
      pass ??=
        encoder?.encode(semanticText) ??
        Promise.reject(new VsrError('VSR_INFERENCE_UNAVAILABLE', 'No model is loaded.'));
      return pass;
    },
    memo<T>(key: symbol, compute: () => T): T {
      // One key always holds what its owner computed, a link that the type system cannot express.
      if (!scratch.has(key)) scratch.set(key, compute());
      return scratch.get(key) as T;
    },
  };
}
