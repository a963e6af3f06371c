/**
 * The layer that BERT and its descendants share: attention, then a network of two linear layers, each
 * added to its input and normalised after that (arXiv:1810.04805, arXiv:1706.03762).
 *
 * @module
 */
import type { Network, Tokens } from '../network.js';
import type { Value } from '../onnx.js';

/** Names of the parts of one layer. */
export interface PostNormNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOut: string;
  readonly attentionNorm: string;
  readonly wide: string;
  readonly narrow: string;
  readonly norm: string;
}

export interface PostNormSizes {
  readonly hidden: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly epsilon: number;
  readonly activation: (net: Network, x: Value) => Value;
}

/** @param bias what `attentionBias` returned. */
export function postNormLayer(
  net: Network,
  input: Value,
  tokens: Tokens,
  bias: Value,
  names: PostNormNames,
  { hidden, heads, intermediate, epsilon, activation }: PostNormSizes,
): Value {
  const square = { in: hidden, out: hidden };
  const headsOf = (name: string): Value =>
    net.splitHeads(net.linear(input, name, square), tokens, hidden, heads);
  const [q, k, v] = [headsOf(names.query), headsOf(names.key), headsOf(names.value)];
  const mixed = net.linear(net.attention(q, k, v, bias, hidden, heads), names.attentionOut, square);
  const attended = net.layerNorm(net.add(mixed, input), names.attentionNorm, hidden, epsilon);
  const wide = activation(net, net.linear(attended, names.wide, { in: hidden, out: intermediate }));
  const narrow = net.linear(wide, names.narrow, { in: intermediate, out: hidden });
  return net.layerNorm(net.add(narrow, attended), names.norm, hidden, epsilon);
}
