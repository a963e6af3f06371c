/**
 * What the catalogue says of a model: where it is published, what it does, which of its files are needed.
 *
 * @module
 */

/** Kind of network. `unknown`: `config.json` has the last word once it is there. */
export type Architecture = 'bert' | 'modernbert' | 'mmbert' | 'qwen3' | 'gemma3' | 'multimodal' | 'unknown';

/**
 * `sequence` gives probabilities per text, `token` per word, `embedding` a vector; `base` is only there for
 * adapters to sit on; `generative` writes text and is run by a model server.
 */
export type CatalogTask = 'sequence' | 'token' | 'embedding' | 'base' | 'generative';

/** What a model is for. Models with the same purpose can stand in for each other. */
export type Purpose =
  | 'domain'
  | 'pii'
  | 'jailbreak'
  | 'fact-check'
  | 'hallucination'
  | 'nli'
  | 'feedback'
  | 'modality'
  | 'tool-call-request'
  | 'tool-call'
  | 'embedding'
  | 'base'
  | 'answer'
  | 'other';

export type ModelSource =
  /** A repository of the hub; `revision` is a branch, tag or commit. */
  | { readonly kind: 'hub'; readonly repo: string; readonly revision: string }
  /** A folder of this machine, absolute. */
  | { readonly kind: 'folder'; readonly path: string }
  /** Runs in a model server: nothing to download; `advice` says what to do instead. */
  | { readonly kind: 'served'; readonly advice: string };

/** What a file is to the runtime. */
export type FileRole =
  | 'config'
  | 'tokenizer'
  | 'labels'
  | 'graph'
  | 'external-data'
  | 'weights'
  | 'adapter'
  | 'pooling';

export interface CompanionRule {
  readonly role: FileRole;
  /** Path in the repository; `*` stands for anything but a slash. */
  readonly pattern: string;
}

/**
 * Which files of a repository are needed. Repositories hold several times of what runs (other precisions,
 * other frameworks), so everything else stays where it is.
 */
export interface FileRules {
  /** Groups of graphs in order of preference: the first group whose files are all there is taken. */
  readonly graphs: readonly (readonly string[])[];
  /** Groups of weights, likewise; only looked at if no group of graphs is there. */
  readonly weights: readonly (readonly string[])[];
  /** Small files that are taken if they are there. */
  readonly companions: readonly CompanionRule[];
}

export interface CatalogEntry {
  /** Canonical name. */
  readonly name: string;
  /** Other names, without the `models/` that may stand before any of them. */
  readonly aliases: readonly string[];
  readonly source: ModelSource;
  readonly architecture: Architecture;
  readonly purpose: Purpose;
  readonly task: CatalogTask;
  readonly input: 'text' | 'pair';
  /** In the order of the ids. What the repository's own files say comes first. */
  readonly labels: readonly string[];
  /** Probability from which a label, or a span, counts; undefined for an embedding model. */
  readonly threshold: number | undefined;
  /** Longest input in tokens that the model was made for. */
  readonly maxTokens: number | undefined;
  /** Length of the vector; undefined for a classifier. */
  readonly dimension: number | undefined;
  readonly files: FileRules;
  /** Names of models that must be there as well, such as the base of an adapter. */
  readonly requires: readonly string[];
  /** Download size in bytes as far as it is known without asking the hub. */
  readonly approximateBytes: number | undefined;
  /** SPDX identifier or name; undefined where no source states it. */
  readonly license: string | undefined;
  /** Whether the licence must be accepted on the hub before anything can be downloaded. */
  readonly gated: boolean;
  /** The embedded model that answers as long as this one is not there. */
  readonly standIn: string | undefined;
  /** `catalog`: ours; `config`: from the user's configuration; `given`: named as a repository. */
  readonly origin: 'catalog' | 'config' | 'given';
}
