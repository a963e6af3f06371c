/**
 * The model bundle as the benches need it: sessions of the graph, whole and without its heads.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../models/embedded/', import.meta.url));
const manifestFile = `${folder}manifest.json`;

/** The module with `createEncoder` in dist/. */
export const encoderModule = new URL('../../dist/src/runtime/inference/encoder.js', import.meta.url);

/** Why the models cannot be measured; undefined if they can. */
export function bundleMissing() {
  if (!existsSync(manifestFile)) return 'models/embedded is missing';
  if (!existsSync(encoderModule)) return 'dist/ is missing: run `npm run build` first';
  return undefined;
}

/**
 * @returns {{graph: Buffer, embedding: string, heads: string[], maxTokens: number}} Names are those of
 *   graph outputs.
 */
export function readBundle() {
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  return {
    graph: readFileSync(folder + manifest.files.graph.path),
    embedding: manifest.embedding.output,
    heads: manifest.heads.map((/** @type {{output: string}} */ head) => head.output),
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

const modelGraph = 7;
const graphOutput = 12;
const valueName = 1;

/**
 * The graph with one output declared instead of all: ONNX Runtime then drops the heads when it loads it.
 * (Fetching only one output of the whole graph still runs every node.)
 *
 * @param {Buffer} model
 * @param {string} keep
 */
export function withOneOutput(model, keep) {
  const parts = [];
  for (const field of fields(model)) {
    if (field.number !== modelGraph) {
      parts.push(field.bytes);
      continue;
    }
    const kept = [];
    for (const part of fields(field.content)) {
      if (part.number === graphOutput) {
        const name = [...fields(part.content)].find(({ number }) => number === valueName)?.content.toString();
        if (name !== keep) continue;
      }
      kept.push(part.bytes);
    }
    const graph = Buffer.concat(kept);
    parts.push(varint(modelGraph * 8 + 2), varint(graph.length), graph);
  }
  return Buffer.concat(parts);
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
  /** @param {string} name */
  const values = (name) => {
    if (name === 'input_ids') return ids;
    return new BigInt64Array(tokens).fill(name === 'attention_mask' ? 1n : 0n);
  };
  return Object.fromEntries(
    inputNames.map((name) => [name, new ort.Tensor('int64', values(name), [1, tokens])]),
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
