/**
 * Activation functions by the names configurations use.
 *
 * @module
 */
import type { Fields } from './fields.js';
import type { Network } from './network.js';
import type { Value } from './onnx.js';

type Activation = (net: Network, x: Value) => Value;

/** x·Φ(x) (arXiv:1606.08415). */
const gelu: Activation = ({ graph }, x) => graph.node('Gelu', [x]);

/** Its approximation 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), from the same paper. */
const geluTanh: Activation = ({ graph }, x) => graph.node('Gelu', [x], { approximate: 'tanh' });

const silu: Activation = (net, x) => net.mul(x, net.graph.node('Sigmoid', [x]));

const activations = {
  gelu,
  gelu_python: gelu,
  gelu_new: geluTanh,
  gelu_fast: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  gelu_python_tanh: geluTanh,
  quick_gelu: (net, x) => net.mul(x, net.graph.node('Sigmoid', [net.mul(x, net.graph.float(1.702))])),
  relu: ({ graph }, x) => graph.node('Relu', [x]),
  silu,
  swish: silu,
  tanh: ({ graph }, x) => graph.node('Tanh', [x]),
} as const satisfies Readonly<Record<string, Activation>>;

type ActivationName = keyof typeof activations;

function isKnown(name: string): name is ActivationName {
  return Object.hasOwn(activations, name);
}

/** The activation a configuration's field names. @throws if it is none of those known. */
export function activationOf(config: Fields, field: string, fallback: ActivationName): Activation {
  const name = config.text(field, fallback);
  if (isKnown(name)) return activations[name];
  throw config.unsupported(field, `one of ${Object.keys(activations).join(', ')}`);
}
