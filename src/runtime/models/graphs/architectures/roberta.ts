/**
 * RoBERTa (arXiv:1907.11692) and XLM-RoBERTa (arXiv:1911.02116): BERT with one token type, positions that
 * skip padding, and another head for sequences.
 *
 * @module
 */
import type { Fields } from '../fields.js';
import type { Network, Tokens } from '../network.js';
import { elementTypeNumber, type Value } from '../onnx.js';
import { bertLayers, bertSizes } from './bert-layers.js';
import { requireAbsolutePositions, requireEncoder } from './heads.js';
import type { Architecture } from './types.js';

export const roberta: Architecture = {
  modelTypes: ['roberta', 'xlm-roberta', 'camembert'],
  prefix: 'roberta.',
  classifier: { sequence: 'classifier.out_proj', token: 'classifier' },

  hiddenSize: (config) => config.integer('hidden_size', 768),
  // Positions count from the padding's id + 1.
  maxTokens: (config) => config.integer('max_position_embeddings', 512) - paddingOf(config) - 1,
  readsTypes: () => false,

  encode(net, config, tokens) {
    requireAbsolutePositions(config);
    requireEncoder(config);
    const hidden = this.hiddenSize(config);
    const sizes = bertSizes(config, hidden);
    const { graph } = net;
    const words = net.lookUp(
      'embeddings.word_embeddings.weight',
      tokens.ids,
      config.integer('vocab_size', 50_265),
      hidden,
    );
    const places = net.lookUp(
      'embeddings.position_embeddings.weight',
      positions(net, tokens, paddingOf(config)),
      config.integer('max_position_embeddings', 512),
      hidden,
    );
    const typeRows = config.integer('type_vocab_size', 2);
    const type = net.lookUp('embeddings.token_type_embeddings.weight', graph.integers([0]), typeRows, hidden);
    const summed = net.flatten(net.add(net.add(words, type), places), hidden);
    const embedded = net.layerNorm(summed, 'embeddings.LayerNorm', hidden, sizes.epsilon);
    return bertLayers(net, config, embedded, tokens, sizes);
  },

  sequenceHead(net, config, hidden, tokens, labels) {
    const size = this.hiddenSize(config);
    const first = net.pool(hidden, tokens, size, 'cls');
    const pooled = net.graph.node('Tanh', [net.linear(first, 'classifier.dense', { in: size, out: size })]);
    return net.linear(pooled, this.classifier.sequence, { in: size, out: labels });
  },

  tokenHead(net, config, hidden, labels) {
    return net.linear(hidden, this.classifier.token, { in: this.hiddenSize(config), out: labels });
  },
};

function paddingOf(config: Fields): number {
  return config.integer('pad_token_id', 1, 0);
}

/**
 * int64 [batch, sequence]: padding + the number of the token among those of its row that are no padding,
 * from 1; padding has the position `padding`. As in fairseq, where RoBERTa comes from, the ids say what
 * padding is; tokens that only the mask hides count, too, which matters to nobody, as they come last.
 */
function positions({ graph }: Network, tokens: Tokens, padding: number): Value {
  const isPadding = graph.node('Equal', [tokens.ids, graph.integer(padding)]);
  const counted = graph.node('Cast', [graph.node('Not', [isPadding])], { to: elementTypeNumber('int64') });
  const numbers = graph.node('Mul', [graph.node('CumSum', [counted, graph.integer(1)]), counted]);
  return graph.node('Add', [numbers, graph.integer(padding)]);
}
