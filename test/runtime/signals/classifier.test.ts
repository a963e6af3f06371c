import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Encoder } from '../../../src/runtime/inference/types.js';
import { type HeadFile, headText } from '../../../src/runtime/models/learned-head/index.js';
import { classifierFamily } from '../../../src/runtime/signals/classifier.js';
import { encoded, fakeEncoder, issuesOf, outcome } from './fake-request.js';

const sha256 = 'c'.repeat(64);
const head: HeadFile = {
  format: 'vllm-sr-head',
  version: 1,
  name: 'tickets',
  encoder: { name: 'tiny', sha256, dimension: 2 },
  labels: ['billing', 'outage'],
  weights: [
    [4, 0],
    [0, 4],
  ],
  bias: [0, 0],
  temperature: 1,
  threshold: 0.7,
  thresholds: {},
  metrics: {
    folds: 2,
    accuracy: 1,
    accuracy_interval: [1, 1],
    macro_f1: 1,
    log_loss: 0,
    calibration_error: 0,
    per_class: {},
    confusion: {},
  },
  training: { rows: 4, data_sha256: 'd', regularisation: 1, balanced: true, tool: 'test' },
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vsr-classifier-'));
  mkdirSync(join(folder, 'tickets'));
  writeFileSync(join(folder, 'tickets', 'head.json'), headText(head));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const encoder = (bundleHash = sha256): Encoder => ({
  ...fakeEncoder((text) => encoded(text === 'my invoice' ? [1, 0] : [0.7, 0.71])),
  bundleHash,
});
const places = () => ({ places: { baseDir: folder, modelsDir: folder } });
const ask = (raw: object, text: string, model = encoder()) =>
  outcome(classifierFamily, { name: 'c', type: 'local', ...raw }, text, model, places());

describe('the classifier signal', () => {
  it('reads a learned head by name or path, with a value per label', async () => {
    for (const where of [{ model: 'tickets' }, { model_path: './tickets' }, { model_path: 'tickets' }]) {
      expect(await ask(where, 'my invoice')).toMatchObject({
        status: 'matched',
        score: expect.closeTo(0.982, 3),
        threshold: 0.7,
        evidence: ['billing'],
        values: { billing: expect.closeTo(0.982, 3), outage: expect.closeTo(0.018, 3) },
      });
    }
  });

  it('does not match by itself below the threshold', async () => {
    expect((await ask({ model: 'tickets' }, 'hm')).status).toBe('not_matched');
    expect((await ask({ model: 'tickets', threshold: 0.5 }, 'hm')).status).toBe('matched');
  });

  it('does not match by itself for a label that means nothing', async () => {
    const negative = { model: 'tickets', negative_labels: ['billing'], threshold: 0.5 };
    expect(await ask(negative, 'my invoice')).toMatchObject({
      status: 'not_matched',
      value: expect.closeTo(0.018, 3),
      evidence: ['billing'],
      values: { billing: expect.closeTo(0.982, 3) },
    });
    expect(await ask(negative, 'hm')).toMatchObject({ status: 'matched', evidence: ['outage'] });
    expect(await ask({ model: 'tickets', negative_labels: ['none'] }, 'hm')).toMatchObject({
      status: 'unavailable',
      reason: 'the model has no label none; its labels are billing, outage',
    });
  });

  it('reads a model that the configuration brings', async () => {
    const output = { model: 'mine', labels: ['a', 'b'], probabilities: [0.2, 0.8], threshold: 0.5 };
    const own = { ...fakeEncoder(() => encoded([], [output])), heads: ['mine'] };
    expect(await ask({ model: 'mine' }, 'hm', own)).toMatchObject({ status: 'matched', evidence: ['b'] });
  });

  it('says why it cannot be answered', async () => {
    expect(await ask({ model: 'tickers' }, 'hm')).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('tickers'),
    });
    expect(await ask({ model: 'tickets', labels: ['refund'] }, 'hm')).toMatchObject({
      reason: expect.stringContaining('billing'),
    });
    expect(await ask({ model: 'tickets' }, 'hm', encoder('e'.repeat(64)))).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('another encoder'),
    });
    expect(
      await outcome(classifierFamily, { name: 'c', type: 'llm', labels: ['a', 'b'] }, 'hm', encoder()),
    ).toMatchObject({ status: 'unavailable', reason: expect.stringContaining('external model') });
  });

  it('asks for what its type needs', () => {
    expect(issuesOf(classifierFamily, { name: 'c' })[0]).toMatch(/vllm-sr learn/);
    expect(issuesOf(classifierFamily, { name: 'c', type: 'llm', labels: ['a'] })[0]).toMatch(/two/);
    const judge = { name: 'c', type: 'llm', labels: ['angry', 'calm'] };
    expect(issuesOf(classifierFamily, { ...judge, negative_labels: ['clam'] })).toEqual([
      '0.negative_labels.0: found `clam`, which is none of `labels`; did you mean "calm"?',
    ]);
    expect(issuesOf(classifierFamily, { ...judge, negative_labels: ['calm', 'angry'] })[0]).toMatch(/all/);
    expect(issuesOf(classifierFamily, { ...judge, negative_labels: ['calm'] })).toEqual([]);
    expect(issuesOf(classifierFamily, { name: 'a:b', model: 'x' })[0]).toMatch(/colon/);
  });
});
