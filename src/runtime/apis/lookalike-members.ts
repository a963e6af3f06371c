/**
 * Members of a request whose names differ only in case from those that the router reads. Servers that read JSON without
 * regard to case (Go's decoder does) would take them for the same, so what guards have read would not be what the
 * model gets.
 *
 * @module
 */
import { VsrError } from '../errors.js';

type Fields = Readonly<Record<string, unknown>>;

/** Names that need no second look: in lower case already, as all that the API knows are. */
const plain = /^[a-z0-9_]*$/;

/** Simple case folding, where also `ſ` is an s and the Kelvin sign a k. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function refuseIn(fields: Fields, names: ReadonlySet<string>, where: string): void {
  for (const name of Object.keys(fields)) {
    if (plain.test(name)) continue;
    const meant = folded(name);
    if (!names.has(meant)) continue;
    const param = `${where}${name}`;
    throw new VsrError(
      'VSR_REQUEST_INVALID',
      `\`${param}\` is not \`${meant}\`, but some servers would read it as that.`,
      { param, hint: `Write \`${meant}\`, or leave it out.` },
    );
  }
}

const ofRequest: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'functions',
  'response_format',
  'metadata',
  'max_tokens',
  'max_completion_tokens',
  'chat_template_kwargs',
  'reasoning_effort',
  'thinking',
]);
const ofMessage: ReadonlySet<string> = new Set(['role', 'content', 'tool_calls', 'function_call']);
const ofPart: ReadonlySet<string> = new Set(['type', 'text', 'refusal', 'thinking']);

/** Throws `VSR_REQUEST_INVALID` if a chat request has such a member at its top. */
export function refuseLookalikes(request: Fields): void {
  refuseIn(request, ofRequest, '');
}

/** Throws `VSR_REQUEST_INVALID` if a message has such a member. */
export function refuseLookalikesInMessage(message: Fields, index: number): void {
  refuseIn(message, ofMessage, `messages[${index}].`);
}

/** Throws `VSR_REQUEST_INVALID` if a part of a message has such a member. */
export function refuseLookalikesInPart(part: Fields): void {
  refuseIn(part, ofPart, 'messages[].content[].');
}
