/**
 * Changes to the messages of a chat request, in its text.
 *
 * @module
 */
import type { MessageView } from '../signals/types.js';
import { JsonObjectText } from './json-object.js';
import { scanArray } from './json-scan.js';

/**
 * Puts `prompt` in front of the first system (or developer) message, or in its place. Without such a
 * message a new one becomes the first of all. `messages` is the view of the same request.
 */
export function setSystemPrompt(
  body: JsonObjectText,
  messages: readonly MessageView[],
  prompt: string,
  mode: 'insert' | 'replace',
): void {
  const text = body.get('messages');
  if (text === undefined) return;
  const { open, elements } = scanArray(text);
  // A message put in front by an earlier plugin is not in the view, but then it is the first one.
  const added = elements.length - messages.length;
  const index = added > 0 ? 0 : messages.findIndex(({ role }) => role === 'system' || role === 'developer');
  const span = index === -1 ? undefined : elements[index];
  if (span === undefined) {
    const message = `{"role":"system","content":${JSON.stringify(prompt)}}`;
    const rest = elements.length === 0 ? '' : ',';
    body.set('messages', `${text.slice(0, open + 1)}${message}${rest}${text.slice(open + 1)}`);
    return;
  }
  const message = new JsonObjectText(text.slice(span.start, span.end));
  message.set(
    'content',
    mode === 'replace' ? JSON.stringify(prompt) : inFront(message.get('content'), prompt),
  );
  body.set('messages', text.slice(0, span.start) + message.toString() + text.slice(span.end));
}

/** JSON text of the content with `prompt` before it. */
function inFront(content: string | undefined, prompt: string): string {
  if (content?.startsWith('"') === true) {
    // Both are JSON strings: joining their insides keeps every escape of the original.
    const separator = content === '""' ? '' : '\\n\\n';
    return `${JSON.stringify(prompt).slice(0, -1)}${separator}${content.slice(1)}`;
  }
  if (content?.startsWith('[') === true) {
    const { open, elements } = scanArray(content);
    const part = `{"type":"text","text":${JSON.stringify(prompt)}}`;
    return `${content.slice(0, open + 1)}${part}${elements.length === 0 ? '' : ','}${content.slice(open + 1)}`;
  }
  return JSON.stringify(prompt);
}
