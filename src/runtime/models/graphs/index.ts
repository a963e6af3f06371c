/**
 * Runs models that come as safetensors: writes the ONNX graph that uses their weights in place.
 *
 * @module
 */
export { type BuiltGraph, buildGraph, type GraphOutput, type GraphSource, type OutputKind } from './build.js';
export { type WrittenGraph, writeGraph } from './write.js';
