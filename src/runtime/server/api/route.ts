/**
 * What a route of the management API is. To add one: a file here that exports it, and a line in `index.ts`.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { ClassifierModels } from '../../classify/models.js';
import type { ModelReport } from '../../inference/report.js';
import type { PairEncoder } from '../../inference/types.js';
import type { ModelPlan } from '../../models/assignment.js';
import type { Activity, RouterHolder } from '../../proxy/context.js';

/** The models of a configuration: which do which work, and how they fare. */
export interface OwnModelsView {
  readonly plan: ModelPlan;
  report(): readonly ModelReport[];
}

export interface ManagementContext {
  readonly holder: RouterHolder;
  readonly activity: Activity;
  readonly version: string;
  /** Undefined if the embedded models cannot be opened, or have no graph for pairs of texts. */
  readonly pair: PairEncoder | undefined;
  /** What the configuration's models turned into; undefined if the embedded models cannot be opened. */
  readonly ownModels: OwnModelsView | undefined;
  /** Why the embedded models cannot be opened. */
  readonly modelProblem: string | undefined;
  /** All metrics in the Prometheus text format. */
  metrics(): Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

/** A JSON object from a client: nothing is known of its values. */
export type Fields = Readonly<Record<string, unknown>>;

/** One request to a route. */
export interface RouteCall {
  readonly context: ManagementContext;
  readonly query: URLSearchParams;
  /** The body; empty for GET. */
  readonly fields: Fields;
  readonly headers: IncomingHttpHeaders;
  /** Aborted when the client leaves before it has its answer. */
  readonly signal: AbortSignal;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly description: string;
  answer(call: RouteCall): Answer | Promise<Answer>;
}

export function json(value: unknown, status = 200): Answer {
  return { status, body: JSON.stringify(value), contentType: 'application/json' };
}

/** A POST route whose answer is the JSON of what `answer` gives. */
export function post(path: string, description: string, answer: (call: RouteCall) => Promise<object>): Route {
  return { method: 'POST', path, description, answer: async (call) => json(await answer(call)) };
}

/** The models of the router that is in use now. */
export function modelsOf({ holder, pair, modelProblem }: ManagementContext): ClassifierModels {
  return { encoder: holder.router.encoder, pair, problem: modelProblem };
}
