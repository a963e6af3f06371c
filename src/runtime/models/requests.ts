/**
 * What a configuration asks the router's own models for, before anybody has looked whether they are there.
 *
 * @module
 */
import type { Device } from './assignment.js';
import type { Purpose } from './catalog/types.js';
import type { UserModels } from './catalog/user-entries.js';

/** One model that a configuration names. */
export interface ModelRequest {
  /** Keys and indices of the name in the configuration. */
  readonly path: readonly (string | number)[];
  /** As it is written: a name, an alias, `models/<name>`, a repository or a folder. */
  readonly reference: string;
  /** What it is wanted for; `other`: whatever it does, under its own name. */
  readonly purpose: Purpose;
  /** Whether a head of `vllm-sr learn` may be meant as well, which is no model of its own. */
  readonly mayBeHead: boolean;
  /** Undefined: the model's own. */
  readonly threshold: number | undefined;
  /** Undefined: that of all models. */
  readonly device: Device | undefined;
  /** Longest input in tokens; undefined: what the model was made for. */
  readonly maxTokens: number | undefined;
  /** Numbers of a vector that are kept; undefined: all. */
  readonly dimension: number | undefined;
  /** Layer to stop at, for repositories with a graph per layer; undefined: the last. */
  readonly layer: number | undefined;
  /** Branch, tag or commit; undefined: the catalogue's. */
  readonly revision: string | undefined;
}

/** When models are downloaded that nobody has asked for by name. */
export type DownloadMode = 'never' | 'missing';

/** Who answers where a named model cannot: the embedded one, or nobody. */
export type FallbackMode = 'embedded' | 'none';

/** `global.model_catalog` as the router reads it. */
export interface ModelCatalogSettings {
  /** At most one per purpose, beside `other`. Empty: the embedded models do everything. */
  readonly requests: readonly ModelRequest[];
  /** The configuration's own models, by name. */
  readonly registry: UserModels;
  readonly download: DownloadMode;
  /** Undefined: the embedded model answers, but a download that fails ends the start. */
  readonly fallback: FallbackMode | undefined;
}
