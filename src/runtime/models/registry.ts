/**
 * The models that come with the package: what `models list` and `/info/models` show.
 *
 * Everything is read from the bundle's manifest, so the list can't say anything else than what runs.
 *
 * @module
 */
import { join } from 'node:path';
import { type Bundle, embeddedBundleDir, readBundle } from '../inference/bundle.js';

/** What a model does: `embedding` gives a vector per text, `sequence` probabilities of labels per text. */
export type ModelTask = 'embedding' | 'sequence' | (string & {});

export interface RegistryEntry {
  /** Name in the MoM registry, e.g. `mom-domain-classifier`. */
  readonly name: string;
  readonly task: ModelTask;
  /** `embedded`: part of this package, nothing to download. */
  readonly source: 'embedded';
  /** In the order of the model's outputs; empty for an embedding model. */
  readonly labels: readonly string[];
  /** Recommended probability from which the top label counts; undefined for an embedding model. */
  readonly threshold: number | undefined;
  /** Length of the embedding in floats; undefined for a classifier. */
  readonly dimension: number | undefined;
  /** Tokens per text, special ones included. */
  readonly maxTokens: number;
  /** Model whose layers it reads. */
  readonly base: string;
  /** Arithmetic of the graph, e.g. `int8-dynamic`. */
  readonly precision: string;
  /** SPDX identifier of the base model's licence. */
  readonly license: string;
  readonly bundle: { readonly name: string; readonly version: string; readonly sha256: string };
  /** Size of graph and tokenizer in bytes; all models of a bundle share these files. */
  readonly sizeBytes: number;
  /** Absolute path of the model card; undefined if the bundle has none. */
  readonly card: string | undefined;
  /** Figures of the evaluation, by name. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** The entries of a bundle: its embedding model first, then the heads in manifest order. */
export function entriesOf(bundle: Bundle): RegistryEntry[] {
  const shared = {
    source: 'embedded',
    maxTokens: bundle.encoder.max_tokens,
    base: bundle.encoder.name,
    precision: bundle.encoder.precision,
    license: bundle.encoder.license,
    bundle: { name: bundle.name, version: bundle.version, sha256: bundle.graph.sha256 },
    sizeBytes: bundle.graph.bytes + bundle.tokenizer.bytes,
  } as const;
  const card = (path: string | undefined) => (path === undefined ? undefined : join(bundle.dir, path));
  const { embedding } = bundle;
  return [
    {
      ...shared,
      name: embedding.model,
      task: 'embedding',
      labels: [],
      threshold: undefined,
      dimension: bundle.encoder.dimension,
      card: card(embedding.card),
      metrics: embedding.metrics,
    },
    ...bundle.heads.map((head) => ({
      ...shared,
      name: head.model,
      task: head.task,
      labels: head.labels,
      threshold: head.threshold,
      dimension: undefined,
      card: card(head.card),
      metrics: head.metrics,
    })),
  ];
}

/**
 * The models inside the package.
 *
 * @param dir Folder of another bundle.
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` if the bundle is damaged.
 */
export function embeddedModels(dir: string = embeddedBundleDir()): RegistryEntry[] {
  return entriesOf(readBundle(dir));
}
