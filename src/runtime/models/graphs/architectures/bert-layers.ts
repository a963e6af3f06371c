/**
 * The layers of BERT under the names that RoBERTa has kept.
 *
 * @module
 */
import { activationOf } from '../activations.js';
import type { Fields } from '../fields.js';
import type { Network, Tokens } from '../network.js';
import type { Value } from '../onnx.js';
import { headsOf, layersOf } from './heads.js';
import { type PostNormSizes, postNormLayer } from './post-norm.js';

/** @throws as `headsOf` and `activationOf`. */
export function bertSizes(config: Fields, hidden: number): PostNormSizes {
  return {
    hidden,
    heads: headsOf(config, 'num_attention_heads', hidden),
    intermediate: config.integer('intermediate_size', 3072),
    epsilon: config.positive('layer_norm_eps', 1e-12),
    activation: activationOf(config, 'hidden_act', 'gelu'),
  };
}

/**
 * All layers over `embedded`, the normalised sum of the embeddings.
 *
 * @throws as `layersOf`.
 */
export function bertLayers(
  net: Network,
  config: Fields,
  embedded: Value,
  tokens: Tokens,
  sizes: PostNormSizes,
): Value {
  const bias = net.attentionBias(tokens);
  let state = embedded;
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
}
