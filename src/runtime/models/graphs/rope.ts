/**
 * Rotary position embeddings (arXiv:2104.09864).
 *
 * @module
 */
import type { Fields } from './fields.js';
import type { Network } from './network.js';
import type { Value } from './onnx.js';

/** How positions turn into angles. */
export interface Rope {
  /** Angle per position, for each pair of dimensions. */
  readonly frequencies: readonly number[];
  /** Factor of sine and cosine. */
  readonly scale: number;
}

/** [sequence, size per head / 2] each. */
export interface Rotation {
  readonly cos: Value;
  readonly sin: Value;
}

const f32 = Math.fround;

/**
 * Frequencies θ^(-2i/d), changed as `rope_type` says.
 *
 * Every step is rounded to float32, as in the training: at position 8000 a difference in the last digit of
 * a frequency would be one in the fourth digit of an angle.
 *
 * @param params `rope_type` (or `type`), and what belongs to it.
 * @param size per head.
 * @param maxPositions `max_position_embeddings`.
 */
export function ropeOf(params: Fields, theta: number, size: number, maxPositions: number): Rope {
  const powers = Array.from({ length: size / 2 }, (_, i) => f32(theta ** f32((2 * i) / size)));
  const plain = powers.map((power) => f32(1 / power));
  const types = ['default', 'linear', 'yarn'] as const;
  switch (params.oneOf(params.has('rope_type') ? 'rope_type' : 'type', types, 'default')) {
    case 'default':
      return { frequencies: plain, scale: 1 };
    case 'linear': {
      const factor = params.positive('factor');
      return { frequencies: plain.map((frequency) => f32(frequency / factor)), scale: 1 };
    }
    case 'yarn':
      return yarn(params, theta, powers, maxPositions);
  }
}

/**
 * YaRN (arXiv:2309.00071, section 3.2): dimensions that turn often within the original length keep their
 * frequency, those that turn less than once are interpolated by `factor`, with a ramp between. As in the
 * reference implementation, whose `truncate` does not reach encoders with two kinds of attention, the ramp
 * starts and ends at whole dimensions.
 */
function yarn(params: Fields, theta: number, powers: readonly number[], maxPositions: number): Rope {
  const size = powers.length * 2;
  const original = params.positive('original_max_position_embeddings', maxPositions);
  const factor = params.positive('factor', maxPositions / original);
  const dimension = (rotations: number): number =>
    (size * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const from = dimension(params.positive('beta_fast', 32));
  const to = dimension(params.positive('beta_slow', 1));
  const low = Math.max(Math.floor(from), 0);
  const high = Math.min(Math.ceil(to), size - 1);
  // Where both are one dimension, the ramp is a step; 0.001 as in the reference implementation.
  const width = f32((high === low ? high + 0.001 : high) - low);
  const frequencies = powers.map((power, i) => {
    const interpolated = Math.min(1, Math.max(0, f32(f32(i - low) / width)));
    const kept = f32(1 - interpolated);
    return f32(f32(f32(1 / f32(factor * power)) * f32(1 - kept)) + f32(f32(1 / power) * kept));
  });
  return { frequencies, scale: params.positive('attention_factor', yarnScale(params, factor)) };
}

/** √(1/t) of formula 15, and its generalisation for models that state `mscale`. */
function yarnScale(params: Fields, factor: number): number {
  const scaleOf = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  if (!params.has('mscale') || !params.has('mscale_all_dim')) return scaleOf(1);
  return scaleOf(params.positive('mscale')) / scaleOf(params.positive('mscale_all_dim'));
}

/** @param positions int64 [sequence]. */
export function rotationOf(net: Network, positions: Value, { frequencies, scale }: Rope): Rotation {
  const { graph } = net;
  const column = graph.node('Unsqueeze', [net.asFloat(positions), graph.integers([1])]);
  const angles = net.mul(column, graph.floats(frequencies, [1, frequencies.length]));
  const scaled = (value: Value): Value => (scale === 1 ? value : net.mul(value, graph.float(scale)));
  return { cos: scaled(graph.node('Cos', [angles])), sin: scaled(graph.node('Sin', [angles])) };
}

/**
 * Rotates the pairs (i, i + d/2) of [batch, heads, sequence, d]. Halves rather than neighbours are pairs:
 * the layout of GPT-NeoX, which all published encoders use.
 */
export function rotate(net: Network, value: Value, { cos, sin }: Rotation, size: number): Value {
  const { graph } = net;
  const [first, second] = graph.halves(value, size / 2, -1n);
  const turned = [
    graph.node('Sub', [net.mul(first, cos), net.mul(second, sin)]),
    net.add(net.mul(second, cos), net.mul(first, sin)),
  ];
  return graph.node('Concat', turned, { axis: -1n });
}
