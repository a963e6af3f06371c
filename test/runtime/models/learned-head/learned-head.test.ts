import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isVsrError } from '../../../../src/runtime/errors.js';
import {
  applyHead,
  encoderMismatch,
  findLearnedHead,
  type HeadFile,
  headOf,
  headText,
  learnedHeadNames,
  openLearnedHead,
  readLearnedHead,
  requireEncoder,
} from '../../../../src/runtime/models/learned-head/index.js';

const sha256 = 'a'.repeat(64);

function headWith(change: Partial<HeadFile> = {}): HeadFile {
  return {
    format: 'vllm-sr-head',
    version: 1,
    name: 'tickets',
    encoder: { name: 'tiny', sha256, dimension: 3 },
    labels: ['billing', 'outage'],
    weights: [
      [2, 0, 0],
      [0, 4, 0],
    ],
    bias: [0.5, -0.5],
    temperature: 2,
    threshold: 0.6,
    thresholds: { billing: 0.7 },
    metrics: {
      folds: 5,
      accuracy: 0.9,
      accuracy_interval: [0.8, 1],
      macro_f1: 0.9,
      log_loss: 0.2,
      calibration_error: 0.05,
      per_class: { billing: { precision: 1, recall: 0.8, f1: 0.89, support: 10 } },
      confusion: { billing: { billing: 8, outage: 2 } },
    },
    training: { rows: 20, data_sha256: 'b'.repeat(64), regularisation: 0.1, balanced: true, tool: 'test' },
    ...change,
  };
}

let modelsDir = '';

beforeEach(() => {
  modelsDir = mkdtempSync(join(tmpdir(), 'vsr-heads-'));
});

afterEach(() => {
  rmSync(modelsDir, { recursive: true, force: true });
});

function store(name: string, text: string): string {
  const dir = join(modelsDir, name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'head.json'), text);
  return dir;
}

function errorOf(action: () => unknown): { code: string; message: string; hint: string | undefined } {
  try {
    action();
  } catch (error) {
    if (isVsrError(error)) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('applyHead', () => {
  it('gives the softmax of the tempered logits', () => {
    const probabilities = applyHead(headOf(headWith(), '/x'), Float32Array.of(1, 0.5, 9));
    // Logits 2.5 and 1.5, halved by the temperature: a difference of 0.5.
    const first = 1 / (1 + Math.exp(-0.5));
    expect(probabilities[0]).toBeCloseTo(first, 6);
    expect(probabilities[1]).toBeCloseTo(1 - first, 6);
  });
});

describe('the file', () => {
  it('reads back what was written', () => {
    const head = readLearnedHead(store('tickets', headText(headWith({ description: 'Support tickets' }))));
    expect(head.file).toEqual(headWith({ description: 'Support tickets' }));
    expect(head.dir).toBe(join(modelsDir, 'tickets'));
  });

  it.each([
    ['weights', { weights: [[1, 2, 3]] }, 'weights: must be 2 rows (one per label) of 3 numbers'],
    ['bias', { bias: [1] }, 'bias: must be 2 numbers, one per label'],
    ['thresholds', { thresholds: { nobody: 0.5 } }, 'thresholds: `nobody` is no label'],
    ['labels', { labels: ['same', 'same'] }, 'labels: must not repeat'],
  ])('is refused when %s do not fit', (_, change, reason) => {
    const dir = store('broken', JSON.stringify({ ...headWith(), ...change }));
    const { code, message } = errorOf(() => readLearnedHead(dir));
    expect(code).toBe('VSR_HEAD_INVALID');
    expect(message).toContain(reason);
  });

  it('of a newer layout is refused with the advice to update', () => {
    const dir = store('newer', JSON.stringify({ ...headWith(), version: 9 }));
    const { code, message, hint } = errorOf(() => readLearnedHead(dir));
    expect(code).toBe('VSR_HEAD_INVALID');
    expect(message).toContain('version 9');
    expect(hint).toContain('update vllm-sr');
  });

  it('that is no JSON is named with its path', () => {
    const dir = store('text', 'weights');
    expect(errorOf(() => readLearnedHead(dir)).message).toContain(join(dir, 'head.json'));
  });
});

describe('finding a head', () => {
  it('by name, by folder and by file', () => {
    const dir = store('tickets', headText(headWith()));
    const places = { modelsDir, baseDir: modelsDir };
    expect(findLearnedHead('tickets', places)).toBe(dir);
    expect(findLearnedHead('./tickets', places)).toBe(dir);
    expect(findLearnedHead(join(dir, 'head.json'), { modelsDir: '/nowhere', baseDir: '/' })).toBe(dir);
    expect(findLearnedHead('other', places)).toBeUndefined();
  });

  it('does not leave the models folder by its name', () => {
    store('tickets', headText(headWith()));
    const places = { modelsDir: join(modelsDir, 'tickets'), baseDir: join(modelsDir, 'elsewhere') };
    expect(findLearnedHead('..', places)).toBeUndefined();
  });

  it('lists only folders with a head in them', () => {
    store('tickets', headText(headWith()));
    mkdirSync(join(modelsDir, 'imported'));
    expect(learnedHeadNames(modelsDir)).toEqual(['tickets']);
    expect(learnedHeadNames(join(modelsDir, 'missing'))).toEqual([]);
  });

  it('that is not there names the nearest one and how to train it', () => {
    store('tickets', headText(headWith()));
    const { code, hint } = errorOf(() => openLearnedHead('ticket', { modelsDir, baseDir: modelsDir }));
    expect(code).toBe('VSR_MODEL_FILES_MISSING');
    expect(hint).toContain('Did you mean `tickets`?');
    expect(hint).toContain('vllm-sr learn ticket --data FILE');
  });
});

describe('the encoder', () => {
  it('must be the one the head was trained on', () => {
    const head = headOf(headWith(), '/x');
    expect(encoderMismatch(head, sha256)).toBeUndefined();
    const { code, hint } = errorOf(() => requireEncoder(head, { bundleHash: 'c'.repeat(64) }));
    expect(code).toBe('VSR_HEAD_OUTDATED');
    expect(hint).toContain('vllm-sr learn tickets');
  });

  it('may have other heads beside the embedding', () => {
    const composed = { bundleHash: 'c'.repeat(64), embeddingHash: sha256 };
    expect(() => requireEncoder(headOf(headWith(), '/x'), composed)).not.toThrow();
  });
});
