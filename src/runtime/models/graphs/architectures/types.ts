/**
 * What an architecture has to say about itself. One file of this folder each; `index.ts` lists them.
 *
 * @module
 */
import type { Fields } from '../fields.js';
import type { Network, Tokens } from '../network.js';
import type { Value } from '../onnx.js';

/** `sequence`: labels per text. `token`: labels per token. `embedding`: a vector per text. */
export type OutputKind = 'sequence' | 'token' | 'embedding';

export interface Architecture {
  /** Values of `model_type` in config.json. */
  readonly modelTypes: readonly string[];
  /** What the names of the encoder's tensors may start with, apart from those of its heads. */
  readonly prefix: string;
  /** The linear layer whose rows are the labels. */
  readonly classifier: Readonly<Record<'sequence' | 'token', string>>;
  /** A tensor that only models with a head for sequences have, where there is such a one. */
  readonly sequenceOnly?: string;

  hiddenSize(config: Fields): number;
  /** Longest text in tokens, special ones included. */
  maxTokens(config: Fields): number;
  /** True if the graph has the input `token_type_ids`. */
  readsTypes(config: Fields): boolean;

  /** The last hidden state, [tokens, hidden size]. */
  encode(net: Network, config: Fields, tokens: Tokens): Value;
  /** Logits [batch, labels]. */
  sequenceHead(net: Network, config: Fields, hidden: Value, tokens: Tokens, labels: number): Value;
  /** Logits [tokens, labels]. */
  tokenHead(net: Network, config: Fields, hidden: Value, labels: number): Value;
}
