/**
 * All models of a configuration behind two interfaces: the embedded family, and what replaces parts of it.
 *
 * @module
 */
import type { Device, ModelAssignment, ModelPlan } from '../models/assignment.js';
import { type Bundle, embeddedBundleDir, readBundle } from './bundle.js';
import { cacheFolder } from './cache-folder.js';
import { ComposedEncoder, type TextPart } from './composed-encoder.js';
import { ComposedPair, type PairPart } from './composed-pair.js';
import { EmbeddedEncoder } from './encoder.js';
import { modelIdentity, writtenAt } from './model-identity.js';
import { detectorModel, nliModel, openEmbeddedPairs, PairRunner, verifierModel } from './pair-encoder.js';
import type { PairQuestion, PublishedSettings } from './published/settings.js';
import { PublishedText } from './published/text.js';
import { type ModelReport, reportEmbedded, reportPublished } from './report.js';
import { type Closable, OpenedModels, type Share, type SharedModels } from './shared-models.js';
import type { Encoder, PairEncoder } from './types.js';

/** How models run; `InferenceSettings` of a configuration fits. */
export interface RuntimeSettings {
  /** Worker threads per model; each holds its own copy of the weights. Default 1. */
  readonly workers?: number;
  /** Threads inside one run. Default 1. */
  readonly threadsPerWorker?: number;
  /** Texts per model whose results are remembered; 0 keeps none. Default 2048. */
  readonly cacheEntries?: number;
  /** Where models run that say nothing themselves. The embedded ones run on the CPU. Default `auto`. */
  readonly device?: Device;
  /**
   * What answers for a model that cannot be loaded: the embedded one of its purpose (default), or nobody, so
   * that what reads it is unavailable.
   */
  readonly fallback?: 'embedded' | 'none';
  /** Whether optimised graphs are kept on disk for the next start. Default false. */
  readonly optimisationCache?: boolean;
}

export interface OpenOptions {
  /** When models load: with the first text that needs them (default), or in the background at once. */
  readonly start?: 'now' | 'on-demand';
  /** Called once per model that cannot be loaded, with one sentence for people. */
  readonly onProblem?: (message: string) => void;
  /** Folder of the embedded bundle. Default: the one inside the package. */
  readonly bundleDir?: string;
  /** Folder for graphs that cannot lie beside their weights. Default: one of this user. */
  readonly cacheDir?: string;
  /** What other sets have open: models that are the same are not loaded again. Default: nothing. */
  readonly opened?: OpenedModels;
}

export interface OpenModels {
  readonly encoder: Encoder;
  readonly pair: PairEncoder;
  /** What it was opened with, as text: the same means that the same models run in the same way. */
  readonly identity: string;
  /** Every model that is open, and how it fares: the embedded graphs first, then the plan's in its order. */
  report(): readonly ModelReport[];
  /** Ends all worker threads but those of models that another set has, too. */
  close(): Promise<void>;
}

/**
 * Opens the models of a plan over the embedded family. Nothing is loaded yet unless `start` says so, and
 * an empty plan costs nothing beside the embedded models.
 *
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` if the embedded bundle is damaged. A model of the plan that
 *   cannot be loaded is no error here: it shows in `report()`, in `onProblem` and in what it is asked.
 */
export function openModels(
  { assignments }: ModelPlan,
  settings: RuntimeSettings = {},
  options: OpenOptions = {},
): OpenModels {
  const bundle = readBundle(options.bundleDir ?? embeddedBundleDir());
  const { workers = 1, cacheEntries = 2048, threadsPerWorker: threads = 1 } = settings;
  const { start = 'on-demand', onProblem = () => undefined, opened = new OpenedModels() } = options;
  const shares: Share<unknown>[] = [];
  const keys: string[] = [];
  const share = <Model extends Closable>(
    models: SharedModels<Model>,
    parts: readonly unknown[],
    open: () => Model,
  ): Model => {
    const key = JSON.stringify(parts);
    const taken = models.take(key, open);
    keys.push(key);
    shares.push(taken);
    return taken.model;
  };
  const embedded = share(
    opened.embedded,
    [bundle.dir, bundle.text.file.sha256, workers, threads, cacheEntries],
    () =>
      new EmbeddedEncoder(bundle, {
        workers,
        cacheEntries,
        threadsPerWorker: threads,
        // What is replaced may leave it without work.
        start: assignments.length === 0 ? start : 'on-demand',
      }),
  );
  const embeddedPair = share(opened.pairs, [bundle.dir, bundle.pair?.file.sha256, threads], () =>
    openEmbeddedPairs(bundle, { threads }),
  );
  // Of those that stand in the place of embedded models.
  const identity: string[] = [];
  const composed = { fallback: settings.fallback ?? 'embedded', onProblem, identity } as const;
  const texts: TextPart[] = [];
  const pairs: PairPart[] = [];
  const reports: (() => ModelReport)[] = [];
  for (const assignment of assignments) {
    const published = publishedSettings(assignment, settings, options, bundle);
    const threshold = thresholdOf(assignment, bundle);
    const about = { assignment, settings: published };
    // Thresholds are read with the answers, so another one needs no other model.
    const bundleHash = modelIdentity(assignment);
    const content = [bundleHash, writtenAt(assignment)];
    if (assignment.replaces !== undefined) identity.push(bundleHash);
    if (published.question === undefined) {
      const runner = share(
        opened.texts,
        [published, content, workers, cacheEntries],
        () => new PublishedText(published, threshold, { workers, cacheEntries, start, maxQueue: 1024 }),
      );
      texts.push({ runner, threshold, replaces: assignment.replaces, path: assignment.path });
      reports.push(() => reportPublished(about, runner, workers, composed.fallback));
    } else {
      const { output, task, labels } = published;
      const heads = new Map([[output, { task, labels, threshold, thresholds: {} }]]);
      const model = { heads, bundleHash, settings: published };
      const runner = share(opened.pairs, [published, content], () => new PairRunner(model, { start }));
      pairs.push({ runner, threshold, name: published.name, replaces: output, path: assignment.path });
      reports.push(() => reportPublished(about, runner, 1, composed.fallback));
    }
  }
  const replaced = new Set(assignments.map(({ replaces }) => replaces));
  const encoder: Encoder = texts.length === 0 ? embedded : new ComposedEncoder(embedded, texts, composed);
  const pair: PairEncoder =
    pairs.length === 0 ? embeddedPair : new ComposedPair(embeddedPair, pairs, composed);
  if (start === 'now') void encoder.ready().catch(() => undefined);
  return {
    encoder,
    pair,
    identity: JSON.stringify([
      keys,
      composed.fallback,
      [...texts, ...pairs].map(({ threshold, path }) => [threshold, path]),
    ]),
    report: () => [
      ...reportEmbedded(bundle, embedded, embeddedPair, workers).map((report) => ({
        ...report,
        outputs: report.outputs.filter((name) => !replaced.has(name)),
      })),
      ...reports.map((report) => report()),
    ],
    close: async () => {
      await Promise.all(shares.map((each) => each.giveBack()));
    },
  };
}

const questions: Readonly<Record<string, PairQuestion>> = {
  [nliModel]: 'nli',
  [detectorModel]: 'hallucination',
  [verifierModel]: 'tool-call',
};

function publishedSettings(
  assignment: ModelAssignment,
  settings: RuntimeSettings,
  options: OpenOptions,
  bundle: Bundle,
): PublishedSettings {
  const { entry, replaces, dir, files, base, device, maxTokens, dimension } = assignment;
  // A model of another kind must not get the place: nobody would find its results.
  const task = headNamed(replaces, bundle)?.task ?? entry.task;
  return {
    input: 'published',
    output: replaces ?? entry.name,
    name: entry.name,
    dir,
    files: files.map(({ path, role }) => ({ path, role })),
    base: base?.dir,
    task: task === 'sequence' || task === 'token' ? task : 'embedding',
    question: questions[replaces ?? ''],
    labels: entry.labels,
    family: headNamed(replaces, bundle)?.labels ?? [],
    madeFor: entry.maxTokens,
    maxTokens,
    dimension,
    threads: settings.threadsPerWorker ?? 1,
    device: device ?? settings.device ?? 'auto',
    cacheDir: options.cacheDir ?? cacheFolder(process.env),
    keepOptimised: settings.optimisationCache ?? false,
  };
}

function headNamed(name: string | undefined, { text, pair }: Bundle) {
  return [...text.heads, ...(pair?.heads ?? [])].find(({ model }) => model === name);
}

/** Of the configuration, else of the catalogue, else of the embedded model. */
function thresholdOf({ threshold, entry, replaces }: ModelAssignment, bundle: Bundle): number {
  return threshold ?? entry.threshold ?? headNamed(replaces, bundle)?.threshold ?? 0.5;
}
