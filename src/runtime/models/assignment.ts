/**
 * Which model does which work: the outcome of looking up what a configuration names.
 *
 * @module
 */
import type { CatalogEntry, Purpose } from './catalog/types.js';
import type { SelectedFile } from './hub/select.js';

/** Where a model runs; `auto` takes the fastest provider that loads. */
export type Device = 'auto' | 'cpu' | 'cuda' | 'coreml' | 'dml' | 'webgpu';

/** Files of a model as they lie on this machine. */
export interface ModelFiles {
  /** Canonical name. */
  readonly name: string;
  /** Folder with the files as real files, absolute. */
  readonly dir: string;
  readonly files: readonly SelectedFile[];
}

/** A model of this machine that answers instead of an embedded one, or beside them under its own name. */
export interface ModelAssignment {
  /** What the configuration asks it for. */
  readonly purpose: Purpose;
  readonly entry: CatalogEntry;
  /** Registry name of the embedded model that it replaces; undefined if there is none for its purpose. */
  readonly replaces: string | undefined;
  /** Folder with its files as real files, absolute. */
  readonly dir: string;
  readonly files: readonly SelectedFile[];
  /** What an adapter sits on; undefined for a model that stands alone. */
  readonly base: ModelFiles | undefined;
  /** Where the configuration asks for it, e.g. `global.model_catalog.system.prompt_guard`. */
  readonly path: string;
  /** From the configuration; undefined: that of the files, else of the catalogue. */
  readonly threshold: number | undefined;
  /** Undefined: that of `inference`. */
  readonly device: Device | undefined;
  /** Longest input in tokens; undefined: what the model was made for. */
  readonly maxTokens: number | undefined;
  /** Numbers of a vector that are kept; undefined: all. */
  readonly dimension: number | undefined;
}

/** A model that is asked for and not there. */
export interface MissingModel {
  readonly purpose: Purpose;
  readonly entry: CatalogEntry;
  /** The embedded model that answers meanwhile; undefined if nothing does. */
  readonly standIn: string | undefined;
  /** Why it is not there, one sentence. */
  readonly reason: string;
  /** Where the configuration asks for it. */
  readonly path: string;
  /** What a pull would have to bring: the model, what it needs, or both; empty if nothing can be pulled. */
  readonly pull: readonly CatalogEntry[];
}

export interface ModelPlan {
  readonly assignments: readonly ModelAssignment[];
  readonly missing: readonly MissingModel[];
}

/** Of a configuration that names no model. */
export const emptyPlan: ModelPlan = { assignments: [], missing: [] };
