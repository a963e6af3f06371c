import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embeddedBundleDir, readBundle, verifyBundle } from '../../../src/runtime/inference/bundle.js';
import { createEncoder } from '../../../src/runtime/inference/encoder.js';

let dir: string;

function describeFile(path: string, content: string) {
  return {
    path,
    sha256: createHash('sha256').update(content).digest('hex'),
    bytes: Buffer.byteLength(content),
  };
}

const head = {
  model: 'mom-domain-classifier',
  task: 'sequence',
  output: 'domain_logits',
  labels: ['a', 'b'],
  temperature: 1,
  threshold: 0.4,
  metrics: { accuracy: 0.9 },
};

function manifest(changes: Record<string, unknown> = {}) {
  return {
    name: 'mom-embedded',
    version: '0.1.0',
    encoder: {
      name: 'tiny',
      license: 'Apache-2.0',
      dimension: 384,
      max_tokens: 512,
      precision: 'int8-dynamic',
    },
    files: { graph: describeFile('encoder.onnx', 'graph'), tokenizer: describeFile('tokenizer.json', '{}') },
    inputs: ['input_ids'],
    embedding: { model: 'mom-embedding-light', output: 'embedding', card: 'card.md' },
    heads: [head],
    ...changes,
  };
}

function writeManifest(content: unknown): void {
  writeFileSync(join(dir, 'manifest.json'), typeof content === 'string' ? content : JSON.stringify(content));
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vsr-bundle-'));
  writeFileSync(join(dir, 'encoder.onnx'), 'graph');
  writeFileSync(join(dir, 'tokenizer.json'), '{}');
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** An error of the bundle whose message names the file and which says what to do. */
function bundleError(message: RegExp) {
  return expect.objectContaining({
    code: 'VSR_MODEL_BUNDLE_INVALID',
    message: expect.stringMatching(message),
    hint: expect.any(String),
  });
}

describe('readBundle', () => {
  it('reads a manifest, ignores keys it does not know and fills in defaults', () => {
    const { threshold: _, temperature: __, ...bare } = head;
    writeManifest(manifest({ future: 1, heads: [{ ...bare, future: 2 }] }));
    const bundle = readBundle(dir);
    expect(bundle.text.file).toEqual({
      ...describeFile('encoder.onnx', 'graph'),
      path: join(dir, 'encoder.onnx'),
    });
    expect(bundle.text.heads).toEqual([
      { ...head, threshold: 0.5, temperature: 1, thresholds: {}, scheme: 'bio' },
    ]);
    expect(bundle.pair).toBeUndefined();
  });

  it.each([
    ['is missing', undefined, /manifest\.json: cannot be read/],
    ['is not JSON', '{', /manifest\.json: not JSON/],
    ['lacks fields', {}, /manifest\.json: .*name.*encoder.*tokenizer.*graphs/s],
    [
      'repeats a label',
      manifest({ heads: [{ ...head, labels: ['a', 'a'] }] }),
      /heads\.0\.labels: must not repeat/,
    ],
    ['repeats a head', manifest({ heads: [head, head] }), /heads: models must not repeat/],
    [
      'names a file that is not there',
      manifest({
        files: { graph: describeFile('no.onnx', ''), tokenizer: describeFile('tokenizer.json', '{}') },
      }),
      /no\.onnx: named in the manifest/,
    ],
    [
      'names a file of another size',
      manifest({
        files: {
          graph: describeFile('encoder.onnx', 'longer'),
          tokenizer: describeFile('tokenizer.json', '{}'),
        },
      }),
      /encoder\.onnx: has 5 bytes, the manifest says 6/,
    ],
    [
      'names a file outside the folder',
      manifest({
        files: {
          graph: describeFile('../encoder.onnx', 'x'),
          tokenizer: describeFile('tokenizer.json', '{}'),
        },
      }),
      /leaves the folder/,
    ],
  ])('refuses a bundle whose manifest %s', (_, content, message) => {
    if (content !== undefined) writeManifest(content);
    expect(() => readBundle(dir)).toThrow(bundleError(message));
    expect(() => createEncoder({ bundleDir: dir })).toThrow(bundleError(message));
  });

  it('recognises a Git LFS pointer', () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\n';
    writeFileSync(join(dir, 'encoder.onnx'), pointer);
    writeManifest(manifest());
    expect(() => readBundle(dir)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('git lfs') }),
    );
  });
});

describe('readBundle with several graphs', () => {
  const graph = (input: string, changes: Record<string, unknown> = {}) => ({
    name: input,
    input,
    file: describeFile(`${input}.onnx`, input),
    heads: [{ ...head, model: `${input}-head` }],
    ...changes,
  });
  const { embedding } = manifest();
  const text = graph('text', { embedding });
  const tokenHead = { ...head, task: 'token', labels: ['O', 'B-AGE', 'I-AGE'] };
  const transitions = Array.from({ length: 4 }, () => [0, 0, -50]);

  function several(graphs: readonly unknown[]) {
    const { files, embedding: _, heads: __, ...common } = manifest();
    return { ...common, tokenizer: files.tokenizer, graphs };
  }

  beforeEach(() => {
    for (const name of ['text', 'pair', 'image']) writeFileSync(join(dir, `${name}.onnx`), name);
  });

  it('reads both graphs and leaves those of other kinds alone', () => {
    writeManifest(several([graph('image'), graph('pair'), text]));
    const bundle = readBundle(dir);
    expect(bundle.text).toMatchObject({ embedding, heads: [{ model: 'text-head' }] });
    expect(bundle.pair?.file).toEqual({ ...describeFile('pair.onnx', 'pair'), path: join(dir, 'pair.onnx') });
    expect(bundle.tokenizer.path).toBe(join(dir, 'tokenizer.json'));
  });

  it.each([
    ['has no graph for texts', [graph('pair')], /graphs: needs one with input "text"/],
    ['has no embedding', [graph('text')], /graphs: needs one with input "text" and an embedding/],
    ['has two graphs for pairs', [text, graph('pair'), graph('pair')], /graphs: only one graph per kind/],
    [
      'repeats a model in another graph',
      [text, graph('pair', { heads: text.heads })],
      /models must not repeat/,
    ],
    [
      'has labels that make no spans',
      [{ ...text, heads: [{ ...tokenHead, labels: ['O', 'AGE'] }] }],
      /graphs\.0\.heads\.0\.labels: must be "O" and labels with/,
    ],
    [
      'has an I- that nothing begins',
      [{ ...text, heads: [{ ...tokenHead, labels: ['O', 'B-AGE', 'I-NAME'] }] }],
      /heads\.0\.labels: must have a "B-" for each "I-"/,
    ],
    [
      'has too few rows of transitions',
      [{ ...text, heads: [{ ...tokenHead, transitions: transitions.slice(1) }] }],
      /heads\.0\.transitions: must be 4 rows of 3 numbers/,
    ],
    [
      'has a row of transitions that is too long',
      [{ ...text, heads: [{ ...tokenHead, transitions: transitions.with(2, [0, 0, 0, 0]) }] }],
      /heads\.0\.transitions: must be 4 rows of 3 numbers/,
    ],
    [
      'has three labels for yes or no',
      [{ ...text, heads: [{ ...tokenHead, scheme: 'binary' }] }],
      /heads\.0\.labels: must be two/,
    ],
  ])('refuses a bundle that %s', (_, graphs, message) => {
    writeManifest(several(graphs));
    expect(() => readBundle(dir)).toThrow(bundleError(message));
  });

  it('refuses transitions that are not finite', () => {
    const json = JSON.stringify(several([{ ...text, heads: [{ ...tokenHead, transitions }] }]));
    writeManifest(json);
    expect(readBundle(dir).text.heads[0]?.transitions).toEqual(transitions);
    writeManifest(json.replace('-50', '-1e999'));
    expect(() => readBundle(dir)).toThrow(bundleError(/heads\.0\.transitions\.0\.2: /));
  });

  it('checks the files of all graphs', async () => {
    writeManifest(several([text, graph('pair')]));
    await expect(verifyBundle(readBundle(dir))).resolves.toBeUndefined();
    writeFileSync(join(dir, 'pair.onnx'), 'paiR');
    await expect(verifyBundle(readBundle(dir))).rejects.toEqual(bundleError(/pair\.onnx: sha256 is/));
    writeFileSync(join(dir, 'pair.onnx'), 'p');
    expect(() => readBundle(dir)).toThrow(bundleError(/pair\.onnx: has 1 bytes/));
  });
});

describe('verifyBundle', () => {
  it('accepts files as the manifest describes them', async () => {
    writeManifest(manifest());
    await expect(verifyBundle(readBundle(dir))).resolves.toBeUndefined();
  });

  it('finds a file of the right size with other contents', async () => {
    writeManifest(manifest());
    writeFileSync(join(dir, 'encoder.onnx'), 'grapH');
    await expect(verifyBundle(readBundle(dir))).rejects.toEqual(bundleError(/encoder\.onnx: sha256 is/));
  });
});

describe('createEncoder with files that are no model', () => {
  it('rejects ready() and encode() instead of hanging', async () => {
    writeManifest(manifest());
    const encoder = createEncoder({ bundleDir: dir });
    const encode = encoder.encode('hello').catch((error: unknown) => error);
    await expect(encoder.ready()).rejects.toMatchObject({ code: 'VSR_INFERENCE_UNAVAILABLE' });
    expect(await encode).toMatchObject({ code: 'VSR_INFERENCE_UNAVAILABLE' });
    expect(encoder.state).toBe('failed');
    await encoder.close();
  });
});

describe('the embedded bundle', () => {
  it('is complete and unchanged', async () => {
    const bundle = readBundle(embeddedBundleDir());
    await verifyBundle(bundle);
    expect(bundle.text.heads.map((entry) => entry.model)).toContain('mom-domain-classifier');
  });
});
