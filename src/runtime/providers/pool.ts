/**
 * Connections to endpoints: one undici pool per origin, and per model the endpoints in rotation.
 *
 * @module
 */
import type { Dispatcher } from 'undici';
import { VsrError } from '../errors.js';
import { SmoothRoundRobin } from './balance.js';
import { type OwnHeaders, ownHeadersOf } from './headers.js';
import { hostDialectOf } from './reasoning.js';
import type { BackendRef, UpstreamModel } from './types.js';

/** Connections to one origin at a time; further requests wait their turn. */
const connectionsPerOrigin = 1024;
const connectTimeoutMs = 10_000;

/** An endpoint, ready to be called. */
export interface Endpoint {
  readonly backend: BackendRef;
  readonly origin: string;
  /** Host and port, for messages. */
  readonly host: string;
  readonly path: string;
  readonly ownHeaders: OwnHeaders;
  readonly dialect: ReturnType<typeof hostDialectOf>;
}

/** The endpoints of one model and whose turn it is. */
export class Endpoints {
  readonly all: readonly Endpoint[];
  readonly #rotation: SmoothRoundRobin;

  constructor(model: UpstreamModel) {
    this.all = model.backends.map(compile);
    this.#rotation = new SmoothRoundRobin(model.backends.map(({ weight }) => weight));
  }

  /** The next endpoint that is not in `tried`; undefined if none is left. */
  next(tried: readonly Endpoint[] | undefined): Endpoint | undefined {
    const { all } = this;
    const index =
      tried === undefined
        ? this.#rotation.next()
        : this.#rotation.next((candidate) => {
            const endpoint = all[candidate];
            return endpoint === undefined || tried.includes(endpoint);
          });
    return all[index];
  }
}

function compile(backend: BackendRef): Endpoint {
  const url = new URL(backend.url ?? 'http://echo.invalid');
  const base = url.pathname.replace(/\/+$/, '');
  const suffix = backend.chatPath.startsWith('/') ? backend.chatPath : `/${backend.chatPath}`;
  return {
    backend,
    origin: url.origin,
    host: url.host,
    path: `${base}${suffix}${suffix.includes('?') ? '' : url.search}`,
    ownHeaders: ownHeadersOf(backend),
    dialect: hostDialectOf(backend),
  };
}

type PoolConstructor = typeof import('undici').Pool;

/** All connections of the process. Outlives a reload of the configuration. */
export class ConnectionPools {
  readonly #pools = new Map<string, Dispatcher>();
  readonly #endpoints = new WeakMap<UpstreamModel, Endpoints>();
  #Pool: PoolConstructor | undefined;
  #loading: Promise<void> | undefined;

  /** True once {@link load} is done. */
  get loaded(): boolean {
    return this.#Pool !== undefined;
  }

  /** Loads the HTTP client. Takes a while, so it is not done before the port is open. */
  load(): Promise<void> {
    this.#loading ??= import('undici').then(({ Pool }) => {
      this.#Pool = Pool;
    });
    return this.#loading;
  }

  /** The endpoints of a model; their rotation is remembered as long as the model is. */
  endpointsOf(model: UpstreamModel): Endpoints {
    let endpoints = this.#endpoints.get(model);
    if (endpoints === undefined) {
      endpoints = new Endpoints(model);
      this.#endpoints.set(model, endpoints);
    }
    return endpoints;
  }

  /** The pool of an origin; {@link load} must be done. */
  poolOf(origin: string): Dispatcher {
    const existing = this.#pools.get(origin);
    if (existing !== undefined) return existing;
    if (this.#Pool === undefined) throw new VsrError('VSR_INTERNAL', 'The HTTP client is not loaded yet.');
    const pool = new this.#Pool(origin, {
      connections: connectionsPerOrigin,
      connectTimeout: connectTimeoutMs,
      pipelining: 1,
      // One timer per request watches over the whole answer; see proxy/exchange.ts.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#pools.set(origin, pool);
    return pool;
  }

  /** Closes every connection at once. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
