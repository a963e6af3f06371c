/**
 * The models that the router itself runs: what a server is given of them, and how it gets others while it runs.
 *
 * @module
 */
import { failedModels } from '../config/model-problems.js';
import type { LoadedConfig } from '../config/types.js';
import { VsrError } from '../errors.js';
import type { OpenModels } from '../inference/open-models.js';
import type { ModelReport } from '../inference/report.js';
import type { ModelPlan } from '../models/assignment.js';

/** The models of one configuration. */
export type OwnModels = {
  readonly plan: ModelPlan;
  /** Says what is to be said of them, such as what is missing; not before they are in force. */
  announce(): void;
  /** Ends the worker threads that nobody else needs; the process could not end otherwise. */
  close(): Promise<void>;
} & (
  | { readonly open: OpenModels }
  /** The embedded bundle is damaged. */
  | { readonly open: undefined; readonly error: unknown }
);

/** Looks up and opens models as `serve` does at its start. */
export interface ModelOpener {
  /** What a configuration's models would turn into. Downloads and loads nothing. @throws ConfigError */
  plan(loaded: LoadedConfig): Promise<ModelPlan>;
  /**
   * Opens them beside those that are open, and shares what is the same. Loads nothing.
   *
   * @throws ConfigError, or VsrError for a download that fails or a model that is missing and may not be.
   */
  open(loaded: LoadedConfig): Promise<OwnModels>;
}

/** The models that belong to the router in use. */
export interface ModelsHolder {
  /** Undefined: the router runs none of its own. */
  models: OwnModels | undefined;
}

/** Whether two sets are the same in all that a request could notice. */
export function isSameSet(next: OwnModels, current: OwnModels | undefined): boolean {
  if (next.open?.identity !== current?.open?.identity) return false;
  if (missingText(next) !== missingText(current)) return false;
  // What could not be loaded is tried again.
  return !reportsOf(current).some(({ state, path }) => state === 'failed' && path !== undefined);
}

function missingText(models: OwnModels | undefined): string {
  const missing = models?.plan.missing ?? [];
  return JSON.stringify(missing.map(({ path, entry, reason }) => [path, entry.name, reason]));
}

/**
 * Refuses models that cannot run where those before them can, or that nobody has tried before.
 *
 * @throws ConfigError with the place of each, or the error of the embedded bundle.
 */
export function refuseFailed(next: OwnModels, current: OwnModels | undefined, loaded: LoadedConfig): void {
  if (next.open === undefined) {
    if (current?.open !== undefined) throw next.error;
    return;
  }
  const known = reportsOf(current).filter(({ state }) => state === 'failed');
  const failed = next.open
    .report()
    .filter(({ state }) => state === 'failed')
    .filter((report) => !known.some((other) => isSameModel(report, other)));
  const [embedded] = failed.filter(({ path }) => path === undefined);
  if (embedded !== undefined) {
    throw new VsrError(
      'VSR_INFERENCE_UNAVAILABLE',
      `${embedded.name}: ${embedded.problem ?? 'it has failed'}`,
    );
  }
  if (failed.length > 0) throw failedModels(failed, loaded);
}

function reportsOf(models: OwnModels | undefined): readonly ModelReport[] {
  return models?.open?.report() ?? [];
}

function isSameModel(a: ModelReport, b: ModelReport): boolean {
  return a.path === b.path && a.name === b.name && a.dir === b.dir && a.input === b.input;
}
