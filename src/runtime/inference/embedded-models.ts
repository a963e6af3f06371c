/**
 * The models that come with the package: what `models list` and `/info/models` show.
 *
 * Everything is read from the bundle's manifest, so the list can't say anything else than what runs.
 *
 * @module
 */
import { join } from 'node:path';
import { type Bundle, type BundleFile, type BundleHead, embeddedBundleDir, readBundle } from './bundle.js';

/**
 * What a model does: `embedding` gives a vector per text, `sequence` probabilities of labels per text (or
 * pair of texts), `token` probabilities of labels per word.
 */
export type ModelTask = 'embedding' | 'sequence' | 'token' | (string & {});

export interface RegistryEntry {
  /** Name in the MoM registry, e.g. `mom-domain-classifier`. */
  readonly name: string;
  readonly task: ModelTask;
  /** What it reads: one text, or two together. */
  readonly input: 'text' | 'pair';
  /** `embedded`: part of this package, nothing to download. */
  readonly source: 'embedded';
  /** In the order of the model's outputs; empty for an embedding model. */
  readonly labels: readonly string[];
  /** Recommended probability from which the top label, or a span, counts; undefined for an embedding model. */
  readonly threshold: number | undefined;
  /** The same for single span labels of a token model. */
  readonly thresholds: Readonly<Record<string, number>>;
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
  /** The hash is that of the graph. */
  readonly bundle: { readonly name: string; readonly version: string; readonly sha256: string };
  /** Size of graph and tokenizer in bytes; models with the same `input` share these files. */
  readonly sizeBytes: number;
  /** Absolute path of the model card; undefined if the bundle has none. */
  readonly card: string | undefined;
  /** Figures of the evaluation, by name. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** The entries of a bundle: its embedding model first, then the heads of each graph in manifest order. */
export function entriesOf(bundle: Bundle): RegistryEntry[] {
  const { text, pair } = bundle;
  const { embedding } = text;
  return [
    {
      ...sharedOf(bundle, text.file),
      name: embedding.model,
      task: 'embedding',
      input: 'text',
      labels: [],
      threshold: undefined,
      thresholds: {},
      dimension: bundle.encoder.dimension,
      card: cardOf(bundle, embedding.card),
      metrics: embedding.metrics,
    },
    ...text.heads.map((head) => headEntry(bundle, text.file, 'text', head)),
    ...(pair?.heads.map((head) => headEntry(bundle, pair.file, 'pair', head)) ?? []),
  ];
}

function headEntry(
  bundle: Bundle,
  graph: BundleFile,
  input: RegistryEntry['input'],
  head: BundleHead,
): RegistryEntry {
  return {
    ...sharedOf(bundle, graph),
    name: head.model,
    task: head.task,
    input,
    labels: head.labels,
    threshold: head.threshold,
    thresholds: head.thresholds,
    dimension: undefined,
    card: cardOf(bundle, head.card),
    metrics: head.metrics,
  };
}

function sharedOf(bundle: Bundle, graph: BundleFile) {
  return {
    source: 'embedded',
    maxTokens: bundle.encoder.max_tokens,
    base: bundle.encoder.name,
    precision: bundle.encoder.precision,
    license: bundle.encoder.license,
    bundle: { name: bundle.name, version: bundle.version, sha256: graph.sha256 },
    sizeBytes: graph.bytes + bundle.tokenizer.bytes,
  } as const;
}

function cardOf(bundle: Bundle, path: string | undefined): string | undefined {
  return path === undefined ? undefined : join(bundle.dir, path);
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
