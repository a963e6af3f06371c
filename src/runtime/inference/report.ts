/**
 * What is known of a model while it is open: for `doctor`, `/info/models` and logs.
 *
 * @module
 */
import type { EncoderState } from './types.js';

/** Where a session can run. */
export type Provider = 'cpu' | 'cuda' | 'coreml' | 'dml' | 'webgpu';

/** A provider that was tried, or not, and why it does not run the model. */
export interface RefusedProvider {
  readonly provider: Provider;
  /** One sentence. */
  readonly reason: string;
}

export interface ModelReport {
  /** Catalogue name, or the name of the embedded graph. */
  readonly name: string;
  readonly source: 'embedded' | 'hub' | 'folder';
  /** Registry name of the embedded model whose place it takes; undefined if it takes none. */
  readonly replaces: string | undefined;
  /** Registry names of what it answers for. */
  readonly outputs: readonly string[];
  /** Absolute. */
  readonly dir: string;
  readonly task: 'sequence' | 'token' | 'embedding' | 'family';
  readonly input: 'text' | 'pair';
  readonly state: EncoderState;
  /** Why it failed; undefined unless `state` is `failed`. */
  readonly problem: string | undefined;
  /** Registry name of the embedded model that answers in its place, while it has failed. */
  readonly answeredBy: string | undefined;
  /** Undefined until it is loaded, like what follows. */
  readonly provider: Provider | undefined;
  /** Providers that would come before `provider` and do not run it. */
  readonly refused: readonly RefusedProvider[];
  readonly maxTokens: number | undefined;
  readonly loadMs: number | undefined;
  /** Weights in memory, all workers together: an estimate from the sizes of the files. */
  readonly residentBytes: number | undefined;
  /** Runs of the graph, those at load not counted. */
  readonly runs: number;
  readonly lastRunMs: number | undefined;
  readonly meanRunMs: number | undefined;
}
