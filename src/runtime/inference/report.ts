/**
 * What is known of a model while it is open: for `doctor`, `/info/models` and logs.
 *
 * @module
 */
import type { ModelAssignment } from '../models/assignment.js';
import type { Bundle } from './bundle.js';
import type { EmbeddedEncoder } from './encoder.js';
import type { LoadedModel } from './messages.js';
import type { PairRunner } from './pair-encoder.js';
import type { RunTimes } from './pool.js';
import type { PublishedSettings } from './published/settings.js';
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
  /** Where the configuration asks for it; undefined for the embedded graphs. */
  readonly path: string | undefined;
  /** Registry names of what it answers for, as long as everything can be loaded. */
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

/** What a model's runner knows. */
interface Runner {
  readonly state: EncoderState;
  readonly problem: string | undefined;
  readonly loaded: LoadedModel | undefined;
  readonly runTimes: RunTimes;
}

export function reportEmbedded(
  { name, dir, text, pair }: Bundle,
  encoder: EmbeddedEncoder,
  pairs: PairRunner,
  workers: number,
): ModelReport[] {
  const shared = {
    name,
    dir,
    source: 'embedded',
    replaces: undefined,
    path: undefined,
    task: 'family',
  } as const;
  const one = {
    ...shared,
    input: 'text',
    outputs: [text.embedding.model, ...encoder.heads],
    answeredBy: undefined,
    ...fareOf(encoder, workers),
  } as const;
  if (pair === undefined) return [one];
  const two = { ...shared, input: 'pair', outputs: pairs.heads, answeredBy: undefined } as const;
  return [one, { ...two, ...fareOf(pairs, 1) }];
}

export function reportPublished(
  { assignment, settings }: { assignment: ModelAssignment; settings: PublishedSettings },
  runner: Runner,
  workers: number,
  fallback: 'embedded' | 'none',
): ModelReport {
  const { replaces, entry, dir, path } = assignment;
  const failed = runner.state === 'failed';
  return {
    name: entry.name,
    source: entry.source.kind === 'folder' ? 'folder' : 'hub',
    replaces,
    path,
    outputs: [settings.output],
    dir,
    task: settings.task,
    input: settings.question === undefined ? 'text' : 'pair',
    answeredBy: failed && fallback === 'embedded' ? replaces : undefined,
    ...fareOf(runner, workers),
  };
}

function fareOf({ state, problem, loaded, runTimes }: Runner, workers: number) {
  return {
    state,
    problem: state === 'failed' ? (problem ?? 'the bundle has no such graph') : undefined,
    provider: loaded?.provider,
    refused: loaded?.refused ?? [],
    maxTokens: loaded?.maxTokens,
    loadMs: loaded?.loadMs,
    residentBytes: loaded === undefined ? undefined : loaded.bytes * workers,
    ...runTimes,
  };
}
