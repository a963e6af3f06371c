/**
 * Puts a new configuration in force while requests are served: reads and compiles all of it, loads what it needs,
 * and only then lets the next request see it. What is wrong with it leaves the old one in force.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../config/diagnostics.js';
import type { Environment } from '../config/interpolate.js';
import { loadConfigText } from '../config/load.js';
import { readConfigText } from '../config/read.js';
import type { LoadedConfig } from '../config/types.js';
import { messageOf } from '../errors.js';
import type { RemoteServices } from '../external/services.js';
import type { RouterHolder } from '../proxy/context.js';
import { createRouter } from '../selection/router.js';
import type { ConfigMetrics } from '../telemetry/config-metrics.js';
import type { Logger } from '../telemetry/log.js';
import { type AddressOverrides, type RestartSetting, restartSettings } from './restart-settings.js';

/** The file that a server was started with. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** Name for messages. */
  readonly shownAs: string;
  readonly env: Environment;
}

/** Who asked for a reload. */
export type ReloadTrigger = 'file' | 'signal' | 'api';

export type ReloadOutcome =
  | {
      /** The file means what was loaded last. */
      readonly status: 'unchanged';
      readonly loaded: LoadedConfig;
      /** What of it is not in force until a restart. */
      readonly restart: readonly RestartSetting[];
    }
  | {
      readonly status: 'reloaded';
      readonly loaded: LoadedConfig;
      /** What of it is not in force until a restart. */
      readonly restart: readonly RestartSetting[];
      readonly milliseconds: number;
    }
  | { readonly status: 'failed'; readonly error: unknown };

export interface ReloaderOptions {
  readonly file: ConfigFile;
  /** What the process was started with. */
  readonly started: LoadedConfig;
  readonly overrides: AddressOverrides;
  readonly holder: RouterHolder;
  readonly logger: Logger;
  readonly metrics: ConfigMetrics;
}

/** Rules that load something over the network may take this long; then they finish loading in use. */
const longestWarmUpMs = 30_000;
/** How long services of a configuration that is gone stay open. */
const servicesGraceMs = 60_000;

export class Reloader {
  readonly file: ConfigFile;
  readonly #options: ReloaderOptions;
  #last: Promise<unknown> = Promise.resolve();
  #queued: Promise<ReloadOutcome> | undefined;
  /** Services of configurations that are gone, with the timers that close them. */
  readonly #retired = new Map<RemoteServices, NodeJS.Timeout>();
  /** What is in force, as text; undefined until the first reload. */
  #text: string | undefined;

  constructor(options: ReloaderOptions) {
    this.file = options.file;
    this.#options = options;
  }

  /** Ends what earlier configurations have left open. A program that still ran would keep the process alive. */
  async close(): Promise<void> {
    const retired = [...this.#retired];
    this.#retired.clear();
    for (const [, timer] of retired) clearTimeout(timer);
    await Promise.all(retired.map(([remote]) => remote.close()));
  }

  /** The configuration in force. */
  get loaded(): LoadedConfig {
    return this.#options.holder.router.loaded;
  }

  /**
   * Reads the file and puts it in force. One at a time: a call while one is waiting for its turn is answered by that
   * one. Never rejects.
   */
  reload(trigger: ReloadTrigger): Promise<ReloadOutcome> {
    this.#queued ??= this.exclusively(() => {
      this.#queued = undefined;
      return this.reloadNow(trigger);
    });
    return this.#queued;
  }

  /** Runs `work` when no reload and no other work is under way. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Text as the file would be read; throws ConfigError. */
  load(text: string): LoadedConfig {
    const { shownAs, env } = this.file;
    return loadConfigText(text, shownAs, env);
  }

  /** What of `next` would need a restart. */
  restartFor(next: LoadedConfig): readonly RestartSetting[] {
    const { started, overrides } = this.#options;
    return restartSettings(started, next, overrides);
  }

  /** As {@link reload}, for callers inside {@link exclusively}. */
  async reloadNow(trigger: ReloadTrigger): Promise<ReloadOutcome> {
    const start = performance.now();
    const { path, shownAs } = this.file;
    const { logger, metrics } = this.#options;
    try {
      const text = await readConfigText(path, shownAs);
      // Nearly always the file as the management API has just written it.
      const loaded = text === this.#text ? this.loaded : this.load(text);
      if (isSame(loaded, this.loaded)) {
        this.#text = text;
        metrics.unchanged();
        return { status: 'unchanged', loaded: this.loaded, restart: this.restartFor(this.loaded) };
      }
      const previous = this.loaded.hash;
      await this.#putInForce(loaded);
      this.#text = text;
      const milliseconds = performance.now() - start;
      const restart = this.restartFor(loaded);
      metrics.reloaded(loaded.hash, milliseconds);
      logger.log('info', 'config_reloaded', {
        trigger,
        file: shownAs,
        config_hash: loaded.hash,
        previous_hash: previous,
        decisions: loaded.config.decisions.length,
        ms: Math.round(milliseconds),
        ...(restart.length > 0 && { restart_required: restart.map((setting) => setting.path) }),
      });
      return { status: 'reloaded', loaded, restart, milliseconds };
    } catch (error) {
      metrics.failed();
      logger.log('error', 'config_reload_failed', {
        trigger,
        file: shownAs,
        config_hash: this.loaded.hash,
        error: messageOf(error),
        ...(error instanceof ConfigError && {
          errors: error.diagnostics.filter(({ severity }) => severity === 'error').length,
        }),
      });
      return { status: 'failed', error };
    }
  }

  async #putInForce(loaded: LoadedConfig): Promise<void> {
    const { holder, logger } = this.#options;
    const { encoder, remote } = holder.router;
    const router = createRouter(loaded, encoder, remote);
    const warm = async (): Promise<void> => {
      if (router.needsEncoder && encoder !== undefined) {
        // Signals say `unavailable` then; that is no reason to keep the old rules.
        await encoder.ready({ wants: router.reads }).catch((error: unknown) => {
          logger.log('warn', 'config_reload_models_unavailable', { error: messageOf(error) });
        });
      }
      await router.warmUp();
    };
    await Promise.race([warm(), delay(longestWarmUpMs)]);
    holder.router = router;
    if (router.remote !== remote) this.#retire(remote);
  }

  /** Requests that were accepted with the old rules may still ask its services. */
  #retire(remote: RemoteServices): void {
    const timer = setTimeout(() => {
      this.#retired.delete(remote);
      void remote.close();
    }, servicesGraceMs);
    this.#retired.set(remote, timer.unref());
  }
}

/** Whether two configurations mean the same, so that only layout or comments differ. */
function isSame(a: LoadedConfig, b: LoadedConfig): boolean {
  if (a === b) return true;
  return (
    a.hash === b.hash &&
    isDeepStrictEqual(a.document, b.document) &&
    isDeepStrictEqual(a.config.inference, b.config.inference)
  );
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
