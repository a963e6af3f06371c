/**
 * What of a request an agent reads, and which tool calls it makes.
 *
 * @module
 */
import { asObject, readRouting } from '../../apis/chat.js';
import type { AgentCall, AgentText } from '../../classify/tool-call.js';
import { refused, shown, textOf } from './input.js';
import type { Fields } from './route.js';

export interface AgentInput {
  readonly texts: readonly AgentText[];
  readonly calls: readonly AgentCall[];
}

/** What a user or a tool wrote is judged; system and assistant messages are the operator's own. */
const judgedRoles: ReadonlySet<string> = new Set(['user', 'tool', 'function']);

/** More texts, or calls, would take many minutes. */
const mostTexts = 10_000;
const mostCalls = 1_000;
/** JSON Schema in use is a few dozen levels deep. */
const deepest = 200;

/** Reads `{text}`, or `{messages, tools}`. Throws `VSR_INPUT_INVALID` or `VSR_REQUEST_INVALID`. */
export function readAgentInput(fields: Fields): AgentInput {
  const input = inputOf(fields);
  const { texts, calls } = input;
  const field = fields.messages === undefined ? 'tools' : 'messages';
  if (texts.length > mostTexts) {
    const problem = `holds ${texts.length} texts to judge, descriptions of tools among them`;
    throw refused(field, problem, `Send at most ${mostTexts} at a time.`);
  }
  if (calls.length > mostCalls) {
    throw refused('messages', `holds ${calls.length} tool calls`, `Send the last ${mostCalls} of them.`);
  }
  return input;
}

function inputOf(fields: Fields): AgentInput {
  if (fields.text !== undefined) {
    if (fields.messages !== undefined) {
      throw refused('text', 'and `messages` exclude each other', 'Send one of them.');
    }
    return { texts: [{ source: 'text', text: textOf(fields) }, ...toolTexts(fields)], calls: [] };
  }
  if (fields.messages === undefined && fields.tools === undefined) {
    throw refused('text', 'is required', 'Send `text`, or `messages` and `tools` as in a chat request.');
  }
  const texts: AgentText[] = [];
  const calls: AgentCall[] = [];
  if (fields.messages !== undefined) {
    let intent: string | undefined;
    for (const [index, { role, text }] of readRouting(fields, 'auto', 0).messages.entries()) {
      const source = `messages[${index}]`;
      if (judgedRoles.has(role)) checkContent(fields, index);
      if (judgedRoles.has(role) && text.trim() !== '') texts.push({ source, text });
      if (role === 'user' && text.trim() !== '') intent = text;
      if (role === 'assistant') calls.push(...callsOf(fields, index, intent));
    }
  }
  texts.push(...toolTexts(fields));
  return { texts, calls };
}

/** A guard must not pass over what it cannot read. */
function checkContent(fields: Fields, index: number): void {
  const message = Array.isArray(fields.messages) ? asObject(fields.messages[index]) : undefined;
  const content = message?.content ?? '';
  if (typeof content === 'string' || Array.isArray(content)) return;
  const field = `messages[${index}].content`;
  throw refused(field, `is ${shown(content)}`, 'Send a string or an array of parts.');
}

function callsOf(fields: Fields, index: number, intent: string | undefined): AgentCall[] {
  const message = Array.isArray(fields.messages) ? asObject(fields.messages[index]) : undefined;
  const given = message?.tool_calls ?? [];
  if (!Array.isArray(given)) {
    const field = `messages[${index}].tool_calls`;
    throw refused(field, `is ${shown(given)}`, 'Send an array, as in a chat request.');
  }
  const calls: unknown[] = given;
  const listed = calls.map((call, at) => ({
    source: `messages[${index}].tool_calls[${at}]`,
    call: asObject(asObject(call)?.function) ?? asObject(call),
  }));
  const single = asObject(message?.function_call);
  if (single !== undefined) listed.push({ source: `messages[${index}].function_call`, call: single });
  return listed.map(({ source, call }) => {
    if (typeof call?.name !== 'string') {
      throw refused(`${source}.function.name`, 'is required', 'Send the name of the tool as a string.');
    }
    return { source, intent, call: callText(call.name, call.arguments) };
  });
}

/** A call as the verifier was trained to read it. Arguments that are text already stay as they are. */
function callText(name: string, given: unknown): string {
  const argumentsText = typeof given === 'string' && given.trim() !== '' ? given : textOfJson(given ?? {});
  return `{"name": ${JSON.stringify(name)}, "arguments": ${argumentsText}}`;
}

/** Arguments of deliberately absurd nesting cannot be written as text. */
function textOfJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '{}';
  } catch {
    throw refused('messages', 'holds arguments that are nested too deeply', 'Send them as JSON text.');
  }
}

/** Every description in the tool definitions: those of parameters can hold instructions as well. */
function toolTexts(fields: Fields): AgentText[] {
  const { tools } = fields;
  if (tools === undefined || tools === null) return [];
  if (!Array.isArray(tools)) throw refused('tools', 'is no array', 'Send the array of a chat request.');
  const texts: AgentText[] = [];
  // A stack instead of recursion: how deep it goes is up to the client.
  const open = tools
    .map((value: unknown, index) => ({ source: `tools[${index}]`, value, depth: 0 }))
    .reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { source, value } = node;
    const depth = node.depth + 1;
    if (depth > deepest) {
      throw refused('tools', 'is nested too deeply', `Send definitions of at most ${deepest} levels.`);
    }
    if (Array.isArray(value)) {
      for (let at = value.length - 1; at >= 0; at--) {
        const child: unknown = value[at];
        if (typeof child === 'object' && child !== null) {
          open.push({ source: `${source}[${at}]`, value: child, depth });
        }
      }
      continue;
    }
    const object = asObject(value);
    if (object === undefined) continue;
    const { description } = object;
    if (typeof description === 'string' && description.trim() !== '') {
      texts.push({ source: `${source}.description`, text: description });
    }
    for (const [key, child] of Object.entries(object).reverse()) {
      if (typeof child === 'object' && child !== null) {
        open.push({ source: `${source}.${key}`, value: child, depth });
      }
    }
  }
  return texts;
}
