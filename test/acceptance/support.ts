/**
 * Configurations and requests as a user writes them, run the way the proxy runs them.
 *
 * @module
 */
import type { RoutingRequest } from '../../src/runtime/apis/types.js';
import { ConfigError } from '../../src/runtime/config/diagnostics.js';
import { loadConfigText } from '../../src/runtime/config/load.js';
import type { Diagnostic, LoadedConfig } from '../../src/runtime/config/types.js';
import type { Encoder } from '../../src/runtime/inference/types.js';
import { createRouter } from '../../src/runtime/selection/router.js';
import type { Plan, Router } from '../../src/runtime/selection/types.js';
import type { MessageView } from '../../src/runtime/signals/types.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** What a configuration is judged by: whether it loads, and everything said about it. */
export interface Verdict {
  readonly loaded: LoadedConfig | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function judge(text: string, env: Env = {}): Verdict {
  try {
    const loaded = loadConfigText(text, 'config.yaml', env);
    return { loaded, diagnostics: loaded.diagnostics };
  } catch (error) {
    if (error instanceof ConfigError) return { loaded: undefined, diagnostics: error.diagnostics };
    throw error;
  }
}

/** `line:column message – hint` per finding of a severity. */
export function lines({ diagnostics }: Verdict, severity: Diagnostic['severity'] = 'error'): string[] {
  return diagnostics
    .filter((finding) => finding.severity === severity)
    .map(({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` – ${hint}` : ''}`);
}

/** A request by its last user text, or by all its messages. */
export function request(
  content: string | readonly MessageView[],
  more: Partial<RoutingRequest> = {},
): RoutingRequest {
  return {
    model: 'auto',
    stream: false,
    messages: typeof content === 'string' ? [{ role: 'user', text: content }] : content,
    structuredChars: 0,
    imageCount: 0,
    toolCallCount: 0,
    toolDefinitionCount: 0,
    maxOutputTokens: undefined,
    ...more,
  };
}

export function routerFor(text: string, encoder?: Encoder, env: Env = {}): Router {
  return createRouter(loadConfigText(text, 'config.yaml', env), encoder);
}

/** What a caller sees of a plan. */
export interface Routed {
  readonly decision: string | undefined;
  readonly model: string | undefined;
  readonly plan: Plan;
}

export async function route(router: Router, asked: RoutingRequest): Promise<Routed> {
  const plan = await router.plan(asked);
  return { decision: plan.evaluation.decision?.name, model: plan.target?.upstreamModelId, plan };
}

/** Names of all signals that match, whether or not the decision needs them. */
export async function matched(router: Router, asked: RoutingRequest): Promise<string[]> {
  const { signals } = await router.evaluate(asked, 'full');
  return signals.flatMap(({ name, outcome }) => (outcome?.status === 'matched' ? [name] : []));
}
