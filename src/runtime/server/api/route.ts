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
import type { ConfigStore } from '../config-api/store.js';
import type { Reloader } from '../reload.js';

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
  /** The file behind the configuration; undefined if it came from none, as for `reloader`. */
  readonly configStore: ConfigStore | undefined;
  readonly reloader: Reloader | undefined;
  /** Address that the management port is open on. */
  readonly boundTo: string;
  /** All metrics in the Prometheus text format. */
  metrics(): Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  /** Further headers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
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
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly description: string;
  /**
   * What the body may be, if not a JSON object alone. `yaml`: also a text of a YAML content type, which becomes the
   * field `yaml`. `optional`: also nothing.
   */
  readonly body?: 'yaml' | 'optional';
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
  const { encoder, loaded } = holder.router;
  return { encoder, pair, problem: modelProblem, thresholds: loaded.config.thresholds };
}
