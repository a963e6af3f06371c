/**
 * The internal request that every client protocol is read into.
 *
 * @module
 */
import type { Identity, MessageView } from '../signals/types.js';

export interface RoutingRequest {
  /** Model name as the client sent it, trimmed. */
  readonly model: string;
  readonly stream: boolean;
  readonly messages: readonly MessageView[];
  /** UTF-16 units of tool definitions, schemas and tool calls: they cost tokens but are no prose. */
  readonly structuredChars: number;
  readonly imageCount: number;
  readonly toolCallCount: number;
  readonly toolDefinitionCount: number;
  /** `max_tokens` / `max_completion_tokens` if given. */
  readonly maxOutputTokens: number | undefined;
  /** Who sends it; left out where nobody trustworthy has said so. */
  readonly identity?: Identity | undefined;
  /** `metadata` of the body. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}
