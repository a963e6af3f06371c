/**
 * The model bundle as the benches need it: sessions of the graph, whole and without its heads.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../models/embedded/', import.meta.url));
const manifestFile = `${folder}manifest.json`;

/** The module with `createEncoder` in build/. */
export const encoderModule = new URL('../../build/src/runtime/inference/encoder.js', import.meta.url);

/** Why the models cannot be measured; undefined if they can. */
export function bundleMissing() {
  if (!existsSync(manifestFile)) return 'models/embedded is missing';
  if (!existsSync(encoderModule)) return 'build/ is missing: run `npm run build` first';
  return undefined;
}

/**
 * The graph for single texts.
 *
 * @returns {{graph: Buffer, embedding: string, heads: string[], maxTokens: number}} Names are those of
 *   graph outputs.
 */
export function readBundle() {
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const text = manifest.graphs.find((/** @type {{input: string}} */ { input }) => input === 'text');
  return {
    graph: readFileSync(folder + text.file.path),
    embedding: text.embedding.output,
    heads: text.heads.map((/** @type {{output: string}} */ head) => head.output),
    maxTokens: manifest.encoder.max_tokens,
  };
}

/** @param {Buffer} bytes @param {number} at @returns {[value: number, next: number]} */
function readVarint(bytes, at) {
  let value = 0;
  let factor = 1;
  for (let index = at; ; index++) {
    const byte = /** @type {number} */ (bytes[index]);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [value, index + 1];
    factor *= 128;
  }
}

/** @param {number} value */
function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/**
 * Fields of a protobuf message: number, the content (of length-delimited ones), and all bytes.
 *
 * @param {Buffer} message
 */
function* fields(message) {
  for (let at = 0; at < message.length; ) {
    const start = at;
    let tag;
    [tag, at] = readVarint(message, at);
    const number = Math.floor(tag / 8);
    let content = Buffer.alloc(0);
    if (tag % 8 === 0) [, at] = readVarint(message, at);
    else if (tag % 8 === 1) at += 8;
    else if (tag % 8 === 5) at += 4;
    else {
      let length;
      [length, at] = readVarint(message, at);
      content = message.subarray(at, at + length);
      at += length;
    }
    yield { number, content, bytes: message.subarray(start, at) };
  }
}

// Field numbers of ModelProto, GraphProto, NodeProto, TensorProto and ValueInfoProto (onnx.proto3).
const modelGraph = 7;
const graphNode = 1;
const graphInitializer = 5;
const graphInput = 11;
const graphOutput = 12;
const nodeInput = 1;
const nodeOutput = 2;
const tensorName = 8;
const valueName = 1;

/** @param {Buffer} message @param {number} wanted */
function textsOf(message, wanted) {
  return [...fields(message)]
    .filter(({ number }) => number === wanted)
    .map(({ content }) => content.toString());
}

/**
 * The graph with only what one of its outputs needs: without the heads. (ONNX Runtime runs every node of a
 * graph, also those whose results nobody fetches or that are declared as no output.)
 *
 * @param {Buffer} model
 * @param {string} keep
 */
export function withOneOutput(model, keep) {
  return Buffer.concat(
    [...fields(model)].flatMap((field) => {
      if (field.number !== modelGraph) return [field.bytes];
      const graph = Buffer.concat(neededParts(field.content, keep));
      return [varint(modelGraph * 8 + 2), varint(graph.length), graph];
    }),
  );
}

/** @param {Buffer} graph @param {string} output @returns {Buffer[]} */
function neededParts(graph, output) {
  const parts = [...fields(graph)];
  const needed = new Set([output]);
  // Nodes stand in an order in which each comes after those it reads.
  const kept = new Set(
    parts
      .filter(({ number }) => number === graphNode)
      .reverse()
      .filter(({ content }) => {
        if (!textsOf(content, nodeOutput).some((name) => needed.has(name))) return false;
        for (const name of textsOf(content, nodeInput)) needed.add(name);
        return true;
      }),
  );
  return parts
    .filter((part) => {
      const name = part.number === graphInitializer ? tensorName : valueName;
      if (part.number === graphNode) return kept.has(part);
      if (part.number === graphOutput) return textsOf(part.content, name).includes(output);
      if (part.number === graphInitializer || part.number === graphInput) {
        return textsOf(part.content, name).some((text) => needed.has(text));
      }
      return true;
    })
    .map(({ bytes }) => bytes);
}

/**
 * Inputs of a text of `tokens` tokens, special ones included.
 *
 * @param {typeof import('onnxruntime-node')} ort
 * @param {readonly string[]} inputNames
 * @param {number} tokens
 */
export function makeFeeds(ort, inputNames, tokens) {
  const ids = BigInt64Array.from({ length: tokens }, (_, index) =>
    BigInt(index === 0 ? 101 : index === tokens - 1 ? 102 : 2000 + ((index * 7919) % 20_000)),
  );
  return Object.fromEntries(
    inputNames.map((name) => {
      if (name === 'input_ids') return [name, new ort.Tensor('int64', ids, [1, tokens])];
      // Plain words in lower case after a space.
      if (name === 'piece_shapes') {
        const shapes = BigInt64Array.from(
          { length: tokens * 5 },
          (_, index) => [1n, 1n, 5n, 0n, 0n][index % 5],
        );
        return [name, new ort.Tensor('int64', shapes, [1, tokens, 5])];
      }
      const values = new BigInt64Array(tokens).fill(name === 'attention_mask' ? 1n : 0n);
      return [name, new ort.Tensor('int64', values, [1, tokens])];
    }),
  );
}

const words =
  'the a of cell energy contract invoice river engine theorem market doctor planet code music court atom tax';

/**
 * A text of about `tokens` tokens that no other call with another `seed` gives.
 *
 * @param {number} tokens
 * @param {number} seed
 */
export function makeText(tokens, seed) {
  const list = words.split(' ');
  const picked = Array.from(
    { length: tokens - 4 },
    (_, index) => list[(seed * 31 + index * 7) % list.length],
  );
  return `${seed} ${picked.join(' ')}`;
}
