/**
 * Starts and stops everything that listens.
 *
 * @module
 */
import type { Server } from 'node:http';
import type { Listener, LoadedConfig } from '../config/types.js';
import { VsrError } from '../errors.js';
import { ConnectionPools } from '../providers/pool.js';
import type { Activity, ProxyContext } from '../proxy/context.js';
import { RouterHolder } from '../proxy/router-holder.js';
import { ToolLoops } from '../selection/tool-loops.js';
import type { Router } from '../selection/types.js';
import { ConfigMetrics } from '../telemetry/config-metrics.js';
import { type Logger, requestLog } from '../telemetry/log.js';
import { ProcessMetrics, RequestMetrics } from '../telemetry/metrics.js';
import type { RequestRecord } from '../telemetry/record.js';
import { ConfigStore } from './config-api/store.js';
import { createDataPlane } from './data-plane.js';
import { drain } from './drain.js';
import { listen, type OpenedServer } from './http-server.js';
import { createManagement } from './management.js';
import type { ModelOpener, ModelsHolder, OwnModels } from './own-models.js';
import { type ConfigFile, Reloader } from './reload.js';
import type { AddressOverrides } from './restart-settings.js';

export interface StartOptions {
  readonly loaded: LoadedConfig;
  readonly router: Router;
  readonly logger: Logger;
  readonly version: string;
  /** The models behind `router`. The server closes them, also if it cannot start. */
  readonly models?: OwnModels | undefined;
  /** From the command line; they win over the file. `port` is that of the first listener. */
  readonly overrides?: AddressOverrides;
  /** Where the configuration and its models came from, if that was a file: then both can be loaded anew. */
  readonly reloading?: { readonly file: ConfigFile; readonly opener: ModelOpener } | undefined;
}

export interface BoundAddress {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface RunningServer {
  readonly listeners: readonly BoundAddress[];
  readonly management: BoundAddress;
  /** Routes all further requests with another router; those under way keep theirs. */
  swap(router: Router): void;
  /** Puts the file in force anew; undefined if the configuration came from none. */
  readonly reloader: Reloader | undefined;
  /** Requests under way on the data plane. */
  activeRequests(): number;
  /** Lets requests under way finish (at most `timeoutMs`), then closes. */
  drain(timeoutMs?: number): Promise<void>;
  /** Closes at once; requests under way are cut. */
  close(): Promise<void>;
}

const defaultDrainMs = 30_000;
const warmUpDelayMs = 20;
/** Evaluations under way on the management port get this long once the data plane is quiet. */
const managementGraceMs = 1_000;

function configuredListeners({ loaded, overrides }: StartOptions): readonly Listener[] {
  const { listeners } = loaded.config;
  if (listeners.length === 0) {
    throw new VsrError('VSR_CONFIG_INVALID', 'The configuration has no listener.', {
      hint: 'Add one under `listeners`, for example `{name: http, address: 127.0.0.1, port: 8899}`.',
    });
  }
  return listeners.map((listener, index) =>
    index === 0
      ? {
          ...listener,
          port: overrides?.port ?? listener.port,
          address: overrides?.address ?? listener.address,
        }
      : listener,
  );
}

/**
 * Opens all listeners and the management port. Rejects with `VSR_PORT_IN_USE` or `VSR_PORT_FORBIDDEN`;
 * then nothing stays open. Models may still be loading when this resolves: `/ready` says so.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { router, logger, overrides, loaded } = options;
  const holder = new RouterHolder(router);
  const own: ModelsHolder = { models: options.models };
  const activity: Activity = { draining: false, active: 0, onIdle: undefined };
  const pools = new ConnectionPools();
  const metrics = new RequestMetrics();
  const processMetrics = new ProcessMetrics();
  const configMetrics = new ConfigMetrics(loaded.hash);
  const { reloading } = options;
  const reloader =
    reloading &&
    new Reloader({
      ...reloading,
      started: loaded,
      overrides: overrides ?? {},
      holder,
      own,
      logger,
      metrics: configMetrics,
    });
  const log = requestLog(logger);
  const context: ProxyContext = {
    holder,
    pools,
    activity,
    toolLoops: new ToolLoops(),
    observer: {
      observe(record: RequestRecord): void {
        metrics.observe(record);
        log.observe(record);
      },
    },
    startedAt: Math.floor(Date.now() / 1000),
  };
  const opened: OpenedServer[] = [];
  const closeRest = async (): Promise<void> => {
    await Promise.all([pools.close(), holder.router.remote.close(), reloader?.close(), own.models?.close()]);
  };
  const closeAll = async (): Promise<void> => {
    await Promise.all(opened.map(({ server }) => closeServer(server)));
    await closeRest();
  };
  try {
    const listeners: BoundAddress[] = [];
    for (const [index, listener] of configuredListeners(options).entries()) {
      const fix = index === 0 ? '`--port`, or `listeners[].port` in the configuration' : '`listeners[].port`';
      const server = await listen(createDataPlane(context, listener), listener.port, listener.address, fix);
      opened.push(server);
      listeners.push({ name: listener.name, address: server.address, port: server.port });
    }
    const { port, address } = loaded.config.management;
    const boundTo = overrides?.apiAddress ?? address;
    const management = createManagement({
      configStore: reloader && new ConfigStore(reloader, logger),
      reloader,
      boundTo,
      holder,
      activity,
      version: options.version,
      own,
      metrics: async () => metrics.text() + configMetrics.text() + (await processMetrics.text()),
    });
    const api = await listen(
      management,
      overrides?.apiPort ?? port,
      boundTo,
      '`--api-port`, or the management port in the configuration',
    );
    opened.push(api);
    // Only now, and after the first health check may have come in: loading the HTTP client and the
    // tables of signals takes longer than opening ports. A request that comes earlier waits for them.
    setTimeout(() => {
      pools.load().catch(() => undefined);
      void holder.router.warmUp();
    }, warmUpDelayMs).unref();
    return {
      listeners,
      management: { name: 'management', address: api.address, port: api.port },
      swap(next) {
        void holder.swap(next);
      },
      reloader,
      activeRequests: () => activity.active,
      async drain(timeoutMs = defaultDrainMs) {
        // The management port stays open meanwhile and says that the router is not ready.
        await drain(
          opened.filter((one) => one !== api).map(({ server }) => server),
          activity,
          timeoutMs,
        );
        await closeServer(api.server, managementGraceMs);
        await closeRest();
        await logger.flush();
      },
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function closeServer(server: Server, graceMs = 0): Promise<void> {
  return new Promise((resolve) => {
    const cut = (): void => server.closeAllConnections();
    const timer = graceMs > 0 ? setTimeout(cut, graceMs) : undefined;
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    if (timer === undefined) cut();
  });
}
