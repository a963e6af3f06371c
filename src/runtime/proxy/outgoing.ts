/**
 * The request on its way out, as plugins see and change it.
 *
 * @module
 */
import type { ChatRequest } from '../apis/chat.js';
import { setSystemPrompt } from '../apis/chat-edit.js';
import type { OutgoingRequest } from '../plugins/types.js';
import type { HeaderChanges } from '../providers/headers.js';

export class OutgoingChat implements OutgoingRequest, HeaderChanges {
  readonly set = new Map<string, string>();
  readonly deleted = new Set<string>();
  readonly #request: ChatRequest;
  systemPromptInjected = false;

  constructor(request: ChatRequest) {
    this.#request = request;
  }

  setSystemPrompt(text: string, mode: 'insert' | 'replace'): void {
    setSystemPrompt(this.#request.body, this.#request.messages, text, mode);
    this.systemPromptInjected = true;
  }

  setHeader(name: string, value: string): void {
    this.set.set(name.toLowerCase(), value);
  }

  deleteHeader(name: string): void {
    this.deleted.add(name.toLowerCase());
  }
}
