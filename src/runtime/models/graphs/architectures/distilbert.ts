/**
 * DistilBERT (arXiv:1910.01108): BERT with half the layers, no token types and no pooler.
 *
 * @module
 */
import { activationOf } from '../activations.js';
import { headsOf, layersOf } from './heads.js';
import { postNormLayer } from './post-norm.js';
import type { Architecture } from './types.js';

/** Not configurable. */
const epsilon = 1e-12;

export const distilbert: Architecture = {
  modelTypes: ['distilbert'],
  prefix: 'distilbert.',
  classifier: { sequence: 'classifier', token: 'classifier' },
  sequenceOnly: 'pre_classifier.weight',

  hiddenSize: (config) => config.integer('dim', 768),
  maxTokens: (config) => config.integer('max_position_embeddings', 512),
  readsTypes: () => false,

  encode(net, config, tokens) {
    const hidden = this.hiddenSize(config);
    const sizes = {
      hidden,
      heads: headsOf(config, 'n_heads', hidden),
      intermediate: config.integer('hidden_dim', 3072),
      epsilon,
      activation: activationOf(config, 'activation', 'gelu'),
    };
    const words = net.lookUp(
      'embeddings.word_embeddings.weight',
      tokens.ids,
      config.integer('vocab_size', 30_522),
      hidden,
    );
    const table = 'embeddings.position_embeddings.weight';
    const places = net.firstRows(table, tokens.length, this.maxTokens(config), hidden);
    const summed = net.flatten(net.add(words, places), hidden);
    let state = net.layerNorm(summed, 'embeddings.LayerNorm', hidden, epsilon);
    const bias = net.attentionBias(tokens);
    for (let layer = 0; layer < layersOf(config, 'n_layers', 6); layer += 1) {
      const at = `transformer.layer.${layer}`;
      const names = {
        query: `${at}.attention.q_lin`,
        key: `${at}.attention.k_lin`,
        value: `${at}.attention.v_lin`,
        attentionOut: `${at}.attention.out_lin`,
        attentionNorm: `${at}.sa_layer_norm`,
        wide: `${at}.ffn.lin1`,
        narrow: `${at}.ffn.lin2`,
        norm: `${at}.output_layer_norm`,
      };
      state = postNormLayer(net, state, tokens, bias, names, sizes);
    }
    return state;
  },

  sequenceHead(net, config, hidden, tokens, labels) {
    const size = this.hiddenSize(config);
    const first = net.pool(hidden, tokens, size, 'cls');
    const pooled = net.graph.node('Relu', [net.linear(first, 'pre_classifier', { in: size, out: size })]);
    return net.linear(pooled, this.classifier.sequence, { in: size, out: labels });
  },

  tokenHead(net, config, hidden, labels) {
    return net.linear(hidden, this.classifier.token, { in: this.hiddenSize(config), out: labels });
  },
};
