/**
 * What a route of the management API is. To add one: a file here that exports it, and a line in `index.ts`.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { ClassifierModels } from '../../classify/models.js';
import { messageOf } from '../../errors.js';
import type { Activity } from '../../proxy/context.js';
import type { RouterHolder } from '../../proxy/router-holder.js';
import type { ConfigStore } from '../config-api/store.js';
import type { ModelsHolder, OwnModels } from '../own-models.js';
import type { Reloader } from '../reload.js';

export interface ManagementContext {
  readonly holder: RouterHolder;
  readonly activity: Activity;
  readonly version: string;
  /** The models behind the router in use. */
  readonly own: ModelsHolder;
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
export function modelsOf({ holder, own }: ManagementContext): ClassifierModels {
  const { encoder, loaded } = holder.router;
  const { thresholds } = loaded.config;
  return { encoder, pair: own.models?.open?.pair, problem: modelProblem(own.models), thresholds };
}

/** Why the embedded models cannot be opened; undefined if they can. */
export function modelProblem(models: OwnModels | undefined): string | undefined {
  return models === undefined || models.open !== undefined ? undefined : messageOf(models.error);
}
