/**
 * BERT (arXiv:1810.04805), which includes MiniLM, BGE and E5.
 *
 * @module
 */
import { activationOf } from '../activations.js';
import { headsOf, layersOf, requireAbsolutePositions, requireEncoder } from './heads.js';
import { postNormLayer } from './post-norm.js';
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
    const sizes = {
      hidden,
      heads: headsOf(config, 'num_attention_heads', hidden),
      intermediate: config.integer('intermediate_size', 3072),
      epsilon: config.positive('layer_norm_eps', 1e-12),
      activation: activationOf(config, 'hidden_act', 'gelu'),
    };
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
    let state = net.layerNorm(summed, 'embeddings.LayerNorm', hidden, sizes.epsilon);
    const bias = net.attentionBias(tokens);
    for (let layer = 0; layer < layersOf(config, 'num_hidden_layers', 12); layer += 1) {
      const at = `encoder.layer.${layer}`;
      const names = {
        query: `${at}.attention.self.query`,
        key: `${at}.attention.self.key`,
        value: `${at}.attention.self.value`,
        attentionOut: `${at}.attention.output.dense`,
        attentionNorm: `${at}.attention.output.LayerNorm`,
        wide: `${at}.intermediate.dense`,
        narrow: `${at}.output.dense`,
        norm: `${at}.output.LayerNorm`,
      };
      state = postNormLayer(net, state, tokens, bias, names, sizes);
    }
    return state;
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
