/**
 * Tells a model to reason or not, in the words its family and its host understand.
 *
 * @module
 */
import type { JsonObjectText } from '../apis/json-object.js';
import type { BackendRef, ReasoningDialect } from './types.js';

export interface ReasoningChoice {
  readonly enabled: boolean;
  readonly effort: string;
}

/** Hosts with a dialect of their own; everything else is spoken to as vLLM. */
type HostDialect = 'deepseek' | 'top-level' | 'generic';

const hosts: readonly (readonly [string, HostDialect])[] = [
  ['api.deepseek.com', 'deepseek'],
  ['api.openai.com', 'top-level'],
  ['openrouter.ai', 'top-level'],
];

/** The vendor `openai` names the protocol that nearly everybody speaks, so only its host decides there. */
const vendors: Readonly<Record<string, HostDialect>> = { deepseek: 'deepseek', openrouter: 'top-level' };

/** Which dialect the host behind an endpoint speaks. */
export function hostDialectOf(backend: BackendRef): HostDialect {
  if (backend.url !== undefined && URL.canParse(backend.url)) {
    const { hostname } = new URL(backend.url);
    for (const [host, dialect] of hosts) {
      if (hostname === host || hostname.endsWith(`.${host}`)) return dialect;
    }
  }
  return vendors[backend.vendor] ?? 'generic';
}

const kwargs = 'chat_template_kwargs';
const clientEffort = 'reasoning_effort';

/**
 * Writes the choice into the body. Other keys of `chat_template_kwargs` stay; a model without a family
 * keeps everything the client sent.
 */
export function applyReasoning(
  body: JsonObjectText,
  family: ReasoningDialect | undefined,
  host: HostDialect,
  choice: ReasoningChoice,
): void {
  if (family === undefined) return;
  const { enabled, effort } = choice;
  if (host === 'deepseek') {
    body.delete(kwargs).set('thinking', enabled ? '{"type":"enabled"}' : '{"type":"disabled"}');
    if (enabled) body.set(clientEffort, JSON.stringify(effort));
    else body.delete(clientEffort);
    return;
  }
  const { type, parameter } = family;
  if (type === 'chat_template_kwargs') {
    // "Off" is said explicitly: these templates reason by default.
    body.setIn(kwargs, parameter, enabled ? 'true' : 'false');
  } else if (type === 'reasoning_effort' && host === 'generic') {
    const asked = body.get(clientEffort);
    const value = enabled ? JSON.stringify(effort) : (asked ?? '"low"');
    body.delete(clientEffort).setIn(kwargs, parameter, value);
  } else {
    if (enabled) {
      if (parameter !== clientEffort) body.delete(clientEffort);
      body.set(parameter, JSON.stringify(effort));
    }
    if (type === 'top_level_reasoning_effort') body.deleteIn(kwargs, parameter);
  }
}
