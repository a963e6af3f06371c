/**
 * BERT (arXiv:1810.04805), which includes MiniLM, BGE and E5.
 *
 * @module
 */
import { bertLayers, bertSizes } from './bert-layers.js';
import { requireAbsolutePositions, requireEncoder } from './heads.js';
import type { Architecture } from './types.js';

export const bert: Architecture = {
  modelTypes: ['bert'],
  prefix: 'bert.',
  classifier: { sequence: 'classifier', token: 'classifier' },
  sequenceOnly: 'pooler.dense.weight',

  hiddenSize: (config) => config.integer('hidden_size', 768),
  maxTokens: (config) => config.integer('max_position_embeddings', 512),
  readsTypes: (config) => config.integer('type_vocab_size', 2) > 1,

  encode(net, config, tokens) {
    requireAbsolutePositions(config);
    requireEncoder(config);
    const hidden = this.hiddenSize(config);
    const sizes = bertSizes(config, hidden);
    const { graph } = net;
    const types = config.integer('type_vocab_size', 2);
    const typeIds = tokens.types ?? graph.integers([0]);
    const words = net.lookUp(
      'embeddings.word_embeddings.weight',
      tokens.ids,
      config.integer('vocab_size', 30_522),
      hidden,
    );
    const places = net.firstRows(
      'embeddings.position_embeddings.weight',
      tokens.length,
      this.maxTokens(config),
      hidden,
    );
    const typed = net.lookUp('embeddings.token_type_embeddings.weight', typeIds, types, hidden);
    const summed = net.flatten(net.add(net.add(words, typed), places), hidden);
    const embedded = net.layerNorm(summed, 'embeddings.LayerNorm', hidden, sizes.epsilon);
    return bertLayers(net, config, embedded, tokens, sizes);
  },

  sequenceHead(net, config, hidden, tokens, labels) {
    const size = this.hiddenSize(config);
    const first = net.pool(hidden, tokens, size, 'cls');
    const dense = net.linear(first, 'pooler.dense', { in: size, out: size });
    const pooled = net.graph.node('Tanh', [dense]);
    return net.linear(pooled, this.classifier.sequence, { in: size, out: labels });
  },

  tokenHead(net, config, hidden, labels) {
    return net.linear(hidden, this.classifier.token, { in: this.hiddenSize(config), out: labels });
  },
};
