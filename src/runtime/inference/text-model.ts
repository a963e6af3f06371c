/**
 * A graph that reads one text, opened.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { GraphSession, zeroPadding } from './graph-session.js';
import type { HeadSettings, TextSettings, TokenHeadSettings } from './messages.js';
import type { EmbeddingOutput } from './pooling.js';
import type { TextTokenizer } from './tokenizers/index.js';
import { embeddedTokenizer } from './tokenizers/wordpiece-adapter.js';

export interface TextModel {
  readonly session: GraphSession;
  readonly tokenizer: TextTokenizer;
  /** Tokens per run, special ones included. */
  readonly maxTokens: number;
  readonly embedding: EmbeddingOutput | undefined;
  readonly sequenceHeads: readonly HeadSettings[];
  readonly tokenHeads: readonly TokenHeadSettings[];
}

/** Opens the embedded graph. @throws if a file can't be read or is not what it should be. */
export async function openEmbeddedText(settings: TextSettings): Promise<TextModel> {
  const { graph, threads, embedding, sequenceHeads, tokenHeads, maxTokens } = settings;
  const [session, tokenizer] = await Promise.all([
    // The graph is quantised for the CPU; elsewhere it would be slower.
    GraphSession.load({ graph, threads, device: 'cpu', padding: zeroPadding }),
    readFile(settings.tokenizer, 'utf8'),
  ]);
  return {
    session,
    tokenizer: embeddedTokenizer(tokenizer),
    maxTokens,
    embedding: {
      ...embedding,
      per: 'text',
      pooling: 'given',
      dimension: embedding.length,
      normalised: true,
    },
    sequenceHeads,
    tokenHeads,
  };
}
