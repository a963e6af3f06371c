/**
 * A graph that reads two texts, opened.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { GraphSession, zeroPadding } from './graph-session.js';
import type { HeadSettings, PairSettings } from './messages.js';
import { type Compose, composeEmbedded, embeddedRuns, type MostRuns } from './pair-texts.js';
import type { TextTokenizer } from './tokenizers/index.js';
import { embeddedTokenizer } from './tokenizers/wordpiece-adapter.js';

export interface PairHead extends HeadSettings {
  readonly task: 'sequence' | 'token';
  /** Token heads: index of the label that is not reported. */
  readonly negative: number;
}

export interface PairModel {
  readonly session: GraphSession;
  readonly tokenizer: TextTokenizer;
  /** Tokens per run, special ones included. */
  readonly maxTokens: number;
  readonly heads: readonly PairHead[];
  readonly compose: Compose;
  readonly mostRuns: MostRuns;
}

/** Opens the embedded graph. @throws if a file can't be read or is not what it should be. */
export async function openEmbeddedPair(settings: PairSettings): Promise<PairModel> {
  const { graph, threads, heads, maxTokens } = settings;
  const [session, tokenizer] = await Promise.all([
    GraphSession.load({ graph, threads, device: 'cpu', padding: zeroPadding }),
    readFile(settings.tokenizer, 'utf8'),
  ]);
  return {
    session,
    tokenizer: embeddedTokenizer(tokenizer),
    maxTokens,
    heads: heads.map((head) => ({ ...head, negative: 0 })),
    compose: composeEmbedded,
    mostRuns: embeddedRuns,
  };
}
