/**
 * ModernBERT (arXiv:2412.13663) and mmBERT (arXiv:2509.06888), which is the same with another vocabulary:
 * norms before the parts of a layer, rotary positions, gated feed-forward networks, and attention that
 * reaches all tokens only in some layers.
 *
 * @module
 */
import { activationOf } from '../activations.js';
import type { Fields } from '../fields.js';
import type { Network, Pooling, Tokens } from '../network.js';
import type { Value } from '../onnx.js';
import { type Rope, type Rotation, ropeOf, rotate, rotationOf } from '../rope.js';
import { headsOf, layersOf } from './heads.js';
import type { Architecture } from './types.js';

type Reach = 'full_attention' | 'sliding_attention';

/** Where a layer's tokens may look, and how positions turn there. */
interface View {
  readonly bias: Value;
  readonly rotation: Rotation;
}

export const modernbert: Architecture = {
  modelTypes: ['modernbert'],
  prefix: 'model.',
  classifier: { sequence: 'classifier', token: 'classifier' },

  hiddenSize: (config) => config.integer('hidden_size', 768),
  maxTokens: (config) => config.integer('max_position_embeddings', 8192),
  readsTypes: () => false,

  encode(net, config, tokens) {
    // Positions are rotations, whatever it says: `sans_pos` in mmBERT, `absolute` in the first configurations.
    const size = this.hiddenSize(config);
    const heads = headsOf(config, 'num_attention_heads', size, true);
    const activation = activationOf(config, 'hidden_activation', 'gelu');
    const intermediate = config.integer('intermediate_size', 1152);
    const bias = config.flag('attention_bias', false);
    const wideBias = config.flag('mlp_bias', false);
    const vocabulary = config.integer('vocab_size', 50_368);
    const words = net.lookUp('embeddings.tok_embeddings.weight', tokens.ids, vocabulary, size);
    const reaches = reachesOf(config);
    const views = viewsOf(net, config, tokens, size / heads);
    let state = norm(net, config, net.flatten(words, size), 'embeddings.norm');
    for (const [layer, reach] of reaches.entries()) {
      const at = `layers.${layer}`;
      const view = views[reach];
      // The embeddings are normalised already.
      const before = layer === 0 ? state : norm(net, config, state, `${at}.attn_norm`);
      const qkv = net.linear(before, `${at}.attn.Wqkv`, { in: size, out: 3 * size }, { bias });
      const [query, key, value] = net.graph.thirds(qkv, size, 1n);
      const turned = (part: Value): Value =>
        rotate(net, net.splitHeads(part, tokens, size, heads), view.rotation, size / heads);
      const values = net.splitHeads(value, tokens, size, heads);
      const mixed = net.attention(turned(query), turned(key), values, view.bias, size, heads);
      state = net.add(state, net.linear(mixed, `${at}.attn.Wo`, { in: size, out: size }, { bias }));
      const wide = { in: size, out: 2 * intermediate };
      const narrow = { in: intermediate, out: size };
      // GeGLU (arXiv:2002.05202): the first half is activated, the second is the gate.
      const gated = net.linear(norm(net, config, state, `${at}.mlp_norm`), `${at}.mlp.Wi`, wide, {
        bias: wideBias,
      });
      const [input, gate] = net.graph.halves(gated, intermediate, 1n);
      const passed = net.mul(activation(net, input), gate);
      state = net.add(state, net.linear(passed, `${at}.mlp.Wo`, narrow, { bias: wideBias }));
    }
    return norm(net, config, state, 'final_norm');
  },

  sequenceHead(net, config, hidden, tokens, labels) {
    const size = this.hiddenSize(config);
    const pooling: Pooling = config.oneOf('classifier_pooling', ['cls', 'mean'], 'cls');
    const pooled = predictionHead(net, config, net.pool(hidden, tokens, size, pooling), size);
    return net.linear(pooled, this.classifier.sequence, { in: size, out: labels });
  },

  tokenHead(net, config, hidden, labels) {
    const size = this.hiddenSize(config);
    return net.linear(predictionHead(net, config, hidden, size), this.classifier.token, {
      in: size,
      out: labels,
    });
  },
};

function norm(net: Network, config: Fields, value: Value, name: string): Value {
  const bias = config.flag('norm_bias', false);
  return net.layerNorm(value, name, config.integer('hidden_size', 768), config.positive('norm_eps', 1e-5), {
    bias,
  });
}

function predictionHead(net: Network, config: Fields, value: Value, size: number): Value {
  const bias = config.flag('classifier_bias', false);
  const dense = net.linear(value, 'head.dense', { in: size, out: size }, { bias });
  return norm(net, config, activationOf(config, 'classifier_activation', 'gelu')(net, dense), 'head.norm');
}

/** Per layer. Newer configurations list them, older ones say that every n-th is global. */
function reachesOf(config: Fields): Reach[] {
  const layers = layersOf(config, 'num_hidden_layers', 22);
  if (!config.has('layer_types')) {
    const every = config.integer('global_attn_every_n_layers', 3);
    return Array.from({ length: layers }, (_, i) =>
      i % every === 0 ? 'full_attention' : 'sliding_attention',
    );
  }
  const listed = config.texts('layer_types');
  const known = listed.filter((type) => type === 'full_attention' || type === 'sliding_attention');
  if (listed.length === layers && known.length === layers) return known;
  throw config.unsupported('layer_types', `a list of ${layers} times full_attention or sliding_attention`);
}

function viewsOf(net: Network, config: Fields, tokens: Tokens, size: number): Readonly<Record<Reach, View>> {
  const positions = net.positions(tokens);
  // The window of `local_attention` tokens has the token itself in its middle.
  const reach = Math.floor(config.integer('local_attention', 128) / 2);
  return {
    full_attention: {
      bias: net.attentionBias(tokens),
      rotation: rotationOf(net, positions, ropeFor(config, 'full_attention', size)),
    },
    sliding_attention: {
      bias: net.attentionBias(tokens, reach),
      rotation: rotationOf(net, positions, ropeFor(config, 'sliding_attention', size)),
    },
  };
}

/**
 * Newer configurations have `rope_parameters` by kind of attention. In older ones, `global_rope_theta` and
 * `local_rope_theta` state the base (a local one that is null is the global one), and `rope_scaling`
 * changes both; there, as in transformers, only the key `rope_type` counts, not its predecessor `type`.
 */
function ropeFor(config: Fields, reach: Reach, size: number): Rope {
  const parameters = config.object('rope_parameters');
  if (parameters?.has('rope_theta') === true) {
    throw config.unsupported('rope_parameters', 'an object with full_attention and sliding_attention');
  }
  const own = parameters?.object(reach) ?? config.under('rope_parameters', { rope_type: 'default' });
  const params = own.with(config.object('rope_scaling')?.values() ?? {});
  const globalTheta = config.positive('global_rope_theta', 160_000);
  const older = {
    full_attention: globalTheta,
    sliding_attention: config.isNull('local_rope_theta')
      ? globalTheta
      : config.positive('local_rope_theta', 10_000),
  };
  const theta = params.positive('rope_theta', older[reach]);
  return ropeOf(params, theta, size, config.integer('max_position_embeddings', 8192));
}
