/**
 * A published model that reads one text, seen from the main thread.
 *
 * @module
 */
import type { EncodeAnswer, HeadSettings, LoadedModel } from '../messages.js';
import { probabilitiesFrom, type RunnerOptions, TextRunner } from '../text-runner.js';
import { spanLabels } from '../token-labels.js';
import type { Encoded, TokenHead } from '../types.js';
import type { PublishedSettings } from './settings.js';
import { spanScheme } from './span-labels.js';

/** UTF-16 units that surely fit into one run: no normal form of a character has more tokens than this. */
const surelyOneRun = 20;

export class PublishedText extends TextRunner {
  readonly settings: PublishedSettings;
  readonly #threshold: number;

  constructor(settings: PublishedSettings, threshold: number, options: RunnerOptions) {
    super(
      { settings, surelyOneRun, decode: (answer, loaded) => decoded(answer, settings, threshold, loaded) },
      options,
    );
    this.settings = settings;
    this.#threshold = threshold;
  }

  /** Undefined unless its results are spans. Labels are the catalogue's until it has loaded. */
  get tokenHead(): TokenHead | undefined {
    const { name: model, task, labels } = this.settings;
    if (task !== 'token') return undefined;
    const known = this.loaded?.heads[0]?.labels ?? spanScheme(labels).labels;
    return { model, labels: spanLabels(known), threshold: this.#threshold, thresholds: {} };
  }
}

function decoded(
  { embedding, logits, spans, tokens, view }: EncodeAnswer,
  { name, output, task }: PublishedSettings,
  threshold: number,
  loaded: LoadedModel | undefined,
): Encoded {
  const seen = { tokens, truncated: view !== 'whole', view };
  const none = { embedding, heads: new Map(), spans: new Map(), ...seen };
  if (task === 'embedding') return none;
  if (task === 'token') return { ...none, spans: new Map([[output, spans[0] ?? []]]) };
  const head: HeadSettings = loaded?.heads[0] ?? { model: name, output, labels: [], temperature: 1 };
  const reading = probabilitiesFrom(logits, { ...head, model: name }, threshold);
  return { ...none, heads: new Map([[output, reading]]) };
}
