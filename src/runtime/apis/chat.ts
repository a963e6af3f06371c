/**
 * Reads a chat-completions body.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { messageOf, VsrError } from '../errors.js';
import type { Identity, MessageView } from '../signals/types.js';
import { JsonObjectText } from './json-object.js';
import { refuseLookalikes, refuseLookalikesInMessage, refuseLookalikesInPart } from './lookalike-members.js';
import type { RoutingRequest } from './types.js';

/** A chat request with the text it came from. */
export interface ChatRequest extends RoutingRequest {
  readonly body: JsonObjectText;
  /** Whether the client asked for a usage chunk at the end of its stream. */
  readonly includeUsage: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** A JSON object of unknown content; undefined for anything else. */
export function asObject(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, param?: string): VsrError {
  return new VsrError('VSR_REQUEST_INVALID', message, param === undefined ? {} : { param });
}

/** Decodes and parses a request body that has to be a JSON object. */
export function parseJsonBody(bytes: Buffer): { text: string; fields: Fields } {
  if (bytes.length === 0) throw invalid('The request body is empty; a JSON object is expected.');
  if (!isUtf8(bytes)) throw invalid('The request body is not valid UTF-8.');
  const decoded = bytes.toString('utf8');
  const text = decoded.charCodeAt(0) === 0xfeff ? decoded.slice(1) : decoded;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalid(`The request body is not valid JSON: ${messageOf(error)}`);
  }
  const fields = asObject(parsed);
  if (fields === undefined) throw invalid('The request body must be a JSON object.');
  return { text, fields };
}

/**
 * Reads the body of `POST /v1/chat/completions`. `identity` is what somebody trustworthy has said of the
 * sender; nothing in the body is. Throws `VSR_REQUEST_INVALID`.
 */
export function readChatRequest(bytes: Buffer, identity?: Identity): ChatRequest {
  const { text, fields } = parseJsonBody(bytes);
  const { model } = fields;
  if (typeof model !== 'string' || model.trim() === '') {
    throw invalid('`model` is required and must be a string.', 'model');
  }
  // Readers differ in which of two members with one name they take: all get the one that is read here.
  const body = new JsonObjectText(text).unify('model').unify('messages');
  const routing = readRouting(
    fields,
    model.trim(),
    body.lengthOf('tools') + body.lengthOf('functions') + body.lengthOf('response_format'),
    identity,
  );
  // Written out: this is the hot path, and spreading is slow.
  return {
    model: routing.model,
    stream: routing.stream,
    messages: routing.messages,
    structuredChars: routing.structuredChars,
    imageCount: routing.imageCount,
    toolCallCount: routing.toolCallCount,
    toolDefinitionCount: routing.toolDefinitionCount,
    maxOutputTokens: routing.maxOutputTokens,
    metadata: routing.metadata,
    identity,
    body,
    includeUsage: asObject(fields.stream_options)?.include_usage === true,
  };
}

/**
 * The routing view of an already parsed chat request, for the management API and the command line.
 * `structuredChars` counts tool definitions and schemas.
 */
export function readRouting(
  fields: Fields,
  model: string,
  structuredChars: number,
  identity?: Identity,
): RoutingRequest {
  refuseLookalikes(fields);
  const counts = { structuredChars, imageCount: 0, toolCallCount: 0, audioCount: 0, videoCount: 0 };
  const { messages } = fields;
  if (!Array.isArray(messages)) throw invalid('`messages` is required and must be an array.', 'messages');
  if (messages.length === 0) throw invalid('`messages` must not be empty.', 'messages');
  const views: MessageView[] = [];
  for (const [index, message] of messages.entries()) views.push(readMessage(message, index, counts));
  return {
    model,
    stream: fields.stream === true,
    messages: views,
    structuredChars: counts.structuredChars,
    imageCount: counts.imageCount,
    toolCallCount: counts.toolCallCount,
    toolDefinitionCount: lengthOf(fields.tools) + lengthOf(fields.functions),
    maxOutputTokens: tokenLimit(fields.max_completion_tokens) ?? tokenLimit(fields.max_tokens),
    metadata: asObject(fields.metadata),
    identity,
  };
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function tokenLimit(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : undefined;
}

interface Counts {
  structuredChars: number;
  imageCount: number;
  toolCallCount: number;
  audioCount: number;
  videoCount: number;
}

function readMessage(message: unknown, index: number, counts: Counts): MessageView {
  const fields = asObject(message);
  if (fields === undefined) throw invalid(`\`messages[${index}]\` must be an object.`, `messages[${index}]`);
  refuseLookalikesInMessage(fields, index);
  const { role, content, tool_calls: calls, function_call: call } = fields;
  const { toolCallCount, imageCount, audioCount, videoCount } = counts;
  if (Array.isArray(calls)) for (const entry of calls) countCall(asObject(entry)?.function, counts);
  if (call !== undefined && call !== null) countCall(call, counts);
  const view = {
    // A message without a role is taken as the user's: then no guard can be dodged by leaving it out, nor by its case.
    role: typeof role === 'string' ? role.trim().toLowerCase() : 'user',
    text: typeof content === 'string' ? content : readContent(content, counts),
    toolCalls: counts.toolCallCount - toolCallCount,
    images: counts.imageCount - imageCount,
  };
  const audio = counts.audioCount - audioCount;
  const video = counts.videoCount - videoCount;
  return audio + video === 0 ? view : { ...view, audio, video };
}

function countCall(call: unknown, counts: Counts): void {
  counts.toolCallCount++;
  const fields = asObject(call);
  if (typeof fields?.name === 'string') counts.structuredChars += fields.name.length;
  if (typeof fields?.arguments === 'string') counts.structuredChars += fields.arguments.length;
}

/** A single part that stands where a list should is one to servers that are lenient. */
function readContent(content: unknown, counts: Counts): string {
  if (Array.isArray(content)) return readParts(content, counts);
  return isFields(content) ? readParts([content], counts) : '';
}

/** What a part says, under the names that servers put into the prompt. All of them: which one counts they decide. */
function saidBy({ text, refusal, thinking }: Fields): string {
  return [text, refusal, thinking].filter((said) => typeof said === 'string' && said !== '').join(' ');
}

/** What parts say, joined by one space; images, sounds and films are counted. */
function readParts(parts: readonly unknown[], counts: Counts): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      text = text === '' ? part : `${text} ${part}`;
      continue;
    }
    const fields = asObject(part);
    if (fields === undefined) continue;
    refuseLookalikesInPart(fields);
    const { type } = fields;
    if (type === 'image_url' || type === 'image' || type === 'input_image') {
      counts.imageCount++;
    } else if (type === 'input_audio' || type === 'audio_url' || type === 'audio') {
      counts.audioCount++;
    } else if (type === 'video_url' || type === 'input_video' || type === 'video') {
      counts.videoCount++;
    } else {
      const said = saidBy(fields);
      if (said !== '') text = text === '' ? said : `${text} ${said}`;
    }
  }
  return text;
}
