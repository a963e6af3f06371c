/**
 * Puts a new configuration in force while requests are served: reads and compiles all of it, loads what it needs,
 * and only then lets the next request see it. What is wrong with it leaves the old one in force.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../config/diagnostics.js';
import type { Environment } from '../config/interpolate.js';
import { loadConfigText } from '../config/load.js';
import { readConfigText } from '../config/read.js';
import type { LoadedConfig } from '../config/types.js';
import { messageOf, VsrError } from '../errors.js';
import type { ModelPlan } from '../models/assignment.js';
import type { RouterHolder } from '../proxy/router-holder.js';
import { createRouter } from '../selection/router.js';
import type { Router } from '../selection/types.js';
import type { ConfigMetrics } from '../telemetry/config-metrics.js';
import type { Logger } from '../telemetry/log.js';
import {
  isSameSet,
  type ModelOpener,
  type ModelsHolder,
  type OwnModels,
  refuseFailed,
} from './own-models.js';
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
      /** Whether other models run now, or the same ones in another way. */
      readonly modelsChanged: boolean;
      readonly milliseconds: number;
    }
  | { readonly status: 'failed'; readonly error: unknown };

export interface ReloaderOptions {
  readonly file: ConfigFile;
  /** What the process was started with. */
  readonly started: LoadedConfig;
  readonly overrides: AddressOverrides;
  readonly holder: RouterHolder;
  /** Its models are swapped together with the router. */
  readonly own: ModelsHolder;
  readonly opener: ModelOpener;
  readonly logger: Logger;
  readonly metrics: ConfigMetrics;
}

/** Rules that load something over the network may take this long; then they finish loading in use. */
const longestWarmUpMs = 30_000;

/** What a configuration has open: services of others, models. */
interface Closable {
  close(): Promise<void>;
}

/** A reload that waits for its turn. */
interface Queued {
  trigger: ReloadTrigger;
  readonly outcome: Promise<ReloadOutcome>;
}

export class Reloader {
  readonly file: ConfigFile;
  readonly #options: ReloaderOptions;
  #last: Promise<unknown> = Promise.resolve();
  #queued: Queued | undefined;
  /** What configurations that are gone have open, because requests under way may use it. */
  readonly #retired = new Set<Closable>();
  /** Models that are being loaded. */
  #coming: OwnModels | undefined;
  /** Aborted by {@link close}. */
  readonly #closing = new AbortController();
  /** The last text that means what is in force; undefined until the first reload. */
  #text: string | undefined;

  constructor(options: ReloaderOptions) {
    this.file = options.file;
    this.#options = options;
  }

  /** Ends what earlier configurations have left open. A program that still ran would keep the process alive. */
  async close(): Promise<void> {
    this.#closing.abort();
    const retired = [...this.#retired];
    this.#retired.clear();
    await Promise.all([...retired, this.#coming].map((one) => one?.close()));
  }

  /** The configuration in force as its file had it; undefined if it came from none. */
  get text(): string | undefined {
    return this.#text ?? this.loaded.text;
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
    if (this.#queued !== undefined) {
      // Who asks for it wants more than a write to the file does.
      if (this.#queued.trigger === 'file') this.#queued.trigger = trigger;
      return this.#queued.outcome;
    }
    const queued: Queued = {
      trigger,
      outcome: this.exclusively(() => {
        this.#queued = undefined;
        return this.reloadNow(queued.trigger);
      }),
    };
    this.#queued = queued;
    return queued.outcome;
  }

  /** Reloads a file that was edited while the router started; undefined if it is as it was, or gone. */
  async reloadIfEdited(): Promise<ReloadOutcome | undefined> {
    const { path, shownAs } = this.file;
    const text = await readConfigText(path, shownAs).catch(() => undefined);
    return text === undefined || text === this.text ? undefined : this.reload('file');
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

  /** What the models of `loaded` would turn into; throws ConfigError for names that cannot be. */
  planModels(loaded: LoadedConfig): Promise<ModelPlan> {
    return this.#options.opener.plan(loaded);
  }

  /** The models in force: which do which work, and which are missing. */
  get plan(): ModelPlan | undefined {
    return this.#options.own.models?.plan;
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
      const read = text === this.#text ? this.loaded : this.load(text);
      const isKnown = isSame(read, this.loaded);
      const loaded = isKnown ? this.loaded : read;
      const previous = this.loaded.hash;
      // A write to the file says nothing new of what it names; who asks for a reload may have changed that.
      const change = isKnown && trigger === 'file' ? 'none' : await this.#change(loaded, isKnown);
      this.#text = text;
      if (change === 'none') {
        metrics.unchanged();
        return { status: 'unchanged', loaded, restart: this.restartFor(loaded) };
      }
      const modelsChanged = change === 'with-models';
      const milliseconds = performance.now() - start;
      const restart = this.restartFor(loaded);
      metrics.reloaded(loaded.hash, milliseconds);
      logger.log('info', 'config_reloaded', {
        trigger,
        file: shownAs,
        config_hash: loaded.hash,
        previous_hash: previous,
        decisions: loaded.config.decisions.length,
        models_changed: modelsChanged,
        ms: Math.round(milliseconds),
        ...(restart.length > 0 && { restart_required: restart.map((setting) => setting.path) }),
      });
      return { status: 'reloaded', loaded, restart, modelsChanged, milliseconds };
    } catch (error) {
      // Who stops the router knows that nothing comes into force any more.
      if (this.#closing.signal.aborted) return { status: 'failed', error };
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

  /**
   * Opens the models of `loaded` and puts both in force. If nothing is new about them, that still reads anew what the
   * file names: learned heads, knowledge bases.
   */
  async #change(loaded: LoadedConfig, isKnown: boolean): Promise<'none' | 'same-models' | 'with-models'> {
    const { own, opener } = this.#options;
    const next = await opener.open(loaded);
    this.#coming = next;
    try {
      const isSameModels = isSameSet(next, own.models);
      await this.#putInForce(loaded, next);
      if (!isSameModels) return 'with-models';
      return isKnown ? 'none' : 'same-models';
    } catch (error) {
      await next.close();
      throw error;
    } finally {
      this.#coming = undefined;
    }
  }

  async #putInForce(loaded: LoadedConfig, next: OwnModels): Promise<void> {
    const { holder, own } = this.#options;
    const { remote } = holder.router;
    const before = own.models;
    this.#refuseIfClosed();
    const router = createRouter(loaded, next.open?.encoder, remote);
    const hasOtherServices = router.remote !== remote;
    try {
      await this.#load(router, next);
      await inTime(router.warmUp(), longestWarmUpMs, this.#closing.signal);
      this.#refuseIfClosed();
    } catch (error) {
      if (hasOtherServices) await router.remote.close();
      throw error;
    }
    own.models = next;
    const unused = holder.swap(router);
    next.announce();
    if (hasOtherServices) this.#retire(remote, unused);
    if (before !== undefined) this.#retire(before, unused);
  }

  /** Loads what the rules read. Throws if a model cannot run, unless it could not before. */
  async #load(router: Router, next: OwnModels): Promise<void> {
    const { logger, own } = this.#options;
    const before = own.models;
    const { encoder } = router;
    const problems: unknown[] = [];
    const note = (error: unknown): void => {
      problems.push(error);
    };
    if (router.needsEncoder && encoder !== undefined)
      await encoder.ready({ wants: router.reads }).catch(note);
    // Whoever has used the models for pairs must not wait for others in their place.
    if (before?.open?.pair.state === 'ready') await next.open?.pair.ready().catch(note);
    refuseFailed(next, before, router.loaded);
    // Signals say `unavailable` as they did; that is no reason to keep the old rules.
    for (const problem of problems) {
      logger.log('warn', 'config_reload_models_unavailable', { error: messageOf(problem) });
    }
  }

  #refuseIfClosed(): void {
    if (this.#closing.signal.aborted) throw new VsrError('VSR_SHUTTING_DOWN', 'The router is shutting down.');
  }

  /** Ends something when no request can use it any more. */
  #retire(old: Closable, unused: Promise<void>): void {
    this.#retired.add(old);
    void unused.then(async () => {
      if (this.#retired.delete(old)) await old.close();
    });
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

/** Waits for `work`, but no longer than that, and not once `signal` is aborted. */
async function inTime(work: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const enough = AbortSignal.any([signal, over.signal]);
  const late = setTimeout(milliseconds, undefined, { signal: enough, ref: false });
  await Promise.race([work, late.catch(() => undefined)]).finally(() => over.abort());
}
