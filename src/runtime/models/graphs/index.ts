/**
 * Runs models that come as safetensors: writes the ONNX graph that uses their weights in place.
 *
 * `build.ts` puts a graph together of an architecture (`architectures/`, one file each), the model's
 * `Parameters` and, perhaps, adapters; `network.ts` has the layers, `onnx.ts` the format. Weights of
 * 16 bits, F16 and BF16, are widened in the graph and computed with in float32: ONNX Runtime casts both on
 * the CPU, once at load, except for rows of tables, which are cast when they are looked up.
 *
 * To add an architecture, copy `architectures/distilbert.ts`, list it in `architectures/index.ts`, and add a
 * tiny model to `test/fixtures/graphs/make_models.py`.
 *
 * @module
 */
export {
  type BuiltGraph,
  buildGraph,
  type GraphOutput,
  type GraphSource,
  kindOfModel,
  type OutputKind,
} from './build.js';
export { readLabels } from './labels.js';
export { linkedFolder } from './linked-folder.js';
export { readSentenceModules } from './sentence-modules.js';
export { type WrittenGraph, writeGraph } from './write.js';
