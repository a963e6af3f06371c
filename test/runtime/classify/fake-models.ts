/**
 * Model doubles for tests of classifiers: what they say is written in the text.
 *
 * @module
 */
import { modelNames } from '../../../src/runtime/classify/models.js';
import type {
  Encoded,
  Encoder,
  HeadOutput,
  PairEncoder,
  PairTokens,
  TokenHead,
  TokenSpan,
  WordProbability,
} from '../../../src/runtime/inference/types.js';

export interface FakeText {
  readonly heads?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly spans?: readonly TokenSpan[];
  readonly embedding?: readonly number[];
}

const threshold = 0.6;

export const piiHead: TokenHead = {
  model: modelNames.pii,
  labels: ['PERSON', 'STREET_ADDRESS', 'EMAIL_ADDRESS', 'ORGANIZATION', 'AGE'],
  threshold: 0.5,
  thresholds: { ORGANIZATION: 0.8 },
};

function headOutput(model: string, probabilities: Readonly<Record<string, number>>): HeadOutput {
  return {
    model,
    labels: Object.keys(probabilities),
    probabilities: Object.values(probabilities),
    threshold,
  };
}

function encodedOf({ heads = {}, spans = [], embedding = [1, 0] }: FakeText): Encoded {
  return {
    embedding: Float32Array.from(embedding),
    heads: new Map(Object.entries(heads).map(([model, head]) => [model, headOutput(model, head)])),
    spans: new Map([[modelNames.pii, spans]]),
    tokens: 3,
    truncated: false,
    view: 'whole',
  };
}

export interface FakeEncoderOptions {
  /** Windows of a text; one by default. */
  readonly cut?: (text: string) => readonly { readonly start: number; readonly end: number }[];
  readonly tokenHeads?: readonly TokenHead[];
}

export interface FakeEncoder extends Encoder {
  /** Texts that were read, in order. */
  readonly texts: string[];
}

export function fakeEncoder(
  read: (text: string) => FakeText,
  { cut = (text) => [{ start: 0, end: text.length }], tokenHeads = [piiHead] }: FakeEncoderOptions = {},
): FakeEncoder {
  const texts: string[] = [];
  return {
    texts,
    state: 'ready',
    heads: [...Object.keys(read('').heads ?? {}), ...tokenHeads.map(({ model }) => model)],
    tokenHeads: new Map(tokenHeads.map((head) => [head.model, head])),
    bundleHash: 'bundle-hash',
    ready: async () => {},
    async encode(text) {
      texts.push(text);
      return { encoded: encodedOf(read(text)), passes: 1 };
    },
    async scan(text) {
      const windows = cut(text).map(({ start, end }) => {
        texts.push(text.slice(start, end));
        return { start, end, encoded: encodedOf(read(text.slice(start, end))) };
      });
      return { windows, passes: windows.length };
    },
    close: async () => {},
  };
}

export interface FakePairAnswers {
  /** Probability per word of the answer or call; words are runs without white space. */
  readonly word?: (word: string, first: string) => number;
  readonly nli?: (premise: string, hypothesis: string) => readonly [number, number, number];
}

export const nliLabels = ['entailment', 'neutral', 'contradiction'];

export function fakePair({ word = () => 0, nli = () => [0, 1, 0] }: FakePairAnswers = {}): PairEncoder {
  const tokensOf = (first: string, second: string): PairTokens => ({
    tokens: [...second.matchAll(/\S+/g)].map(
      (match): WordProbability => ({
        start: match.index,
        end: match.index + match[0].length,
        probability: word(match[0], first),
      }),
    ),
    threshold: 0.5,
    windows: 1,
    truncated: false,
    passes: 1,
  });
  return {
    state: 'ready',
    heads: [modelNames.nli, modelNames.hallucination, modelNames.toolCallVerifier],
    bundleHash: 'pair-hash',
    ready: async () => {},
    async nli(premise, hypothesis) {
      const probabilities = nli(premise, hypothesis);
      const label = nliLabels[probabilities.indexOf(Math.max(...probabilities))] ?? '';
      return {
        label,
        labels: nliLabels,
        probabilities,
        threshold: 0.5,
        windows: 1,
        truncated: false,
        passes: 1,
      };
    },
    detect: async (context, question, answer) => tokensOf(`${question} ${context}`, answer),
    verify: async (intent, call) => tokensOf(intent, call),
    close: async () => {},
  };
}
