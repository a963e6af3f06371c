import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kbFamily } from '../../../src/runtime/signals/kb.js';
import { knowledgeBaseSchema } from '../../../src/runtime/signals/knowledge-base.js';
import { encoded, fakeEncoder, outcome } from './fake-request.js';

const vectors: Record<string, readonly number[]> = {
  'wire money': [1, 0, 0],
  'open an account': [0.8, 0.6, 0],
  'reset a password': [0, 1, 0],
  'a joke': [0, 0, 1],
  transfer: [0.8, 0.5, 0.33],
  login: [0.3, 0.95, 0],
  rain: [0.1, 0.1, 0.99],
};
const encoder = () => fakeEncoder((text) => encoded(vectors[text] ?? [0, 0, 0]));
const base = {
  name: 'desk',
  threshold: 0.6,
  labels: {
    payments: { exemplars: ['wire money', 'open an account'] },
    access: { exemplars: ['reset a password'] },
    fun: { description: 'a joke' },
  },
  groups: { banking: ['payments', 'access'], other: ['fun'] },
  metrics: [{ name: 'business', positive_group: 'banking', negative_group: 'other' }],
};
const rule = (kind: string, value: string, more = {}) => ({
  name: 'r',
  kb: 'desk',
  target: { kind, value },
  ...more,
});
const ask = (raw: unknown, text: string, bases: readonly unknown[] = [base], more = {}) =>
  outcome(kbFamily, raw, text, encoder(), {
    knowledgeBases: bases.map((one) => knowledgeBaseSchema.parse(one)),
    ...more,
  });

describe('the kb signal', () => {
  it('matches the nearest label, or the group that holds it', async () => {
    expect(await ask(rule('label', 'payments'), 'transfer')).toMatchObject({
      status: 'matched',
      threshold: 0.6,
      evidence: ['payments', 'open an account'],
    });
    expect((await ask(rule('label', 'access'), 'transfer')).status).toBe('not_matched');
    expect((await ask(rule('group', 'banking'), 'login')).status).toBe('matched');
    expect((await ask(rule('group', 'banking'), 'rain')).status).toBe('not_matched');
  });

  it('matches whatever is near enough with `match: threshold`', async () => {
    const more = { match: 'threshold' };
    expect((await ask(rule('label', 'payments', more), 'login')).status).toBe('matched');
    expect((await ask(rule('label', 'payments'), 'login')).status).toBe('not_matched');
  });

  it('takes the threshold of a label before that of the knowledge base', async () => {
    const strict = { ...base, label_thresholds: { payments: 0.99 } };
    expect(await ask(rule('label', 'payments'), 'transfer', [strict])).toMatchObject({
      status: 'not_matched',
      threshold: 0.99,
    });
  });

  it('has metrics for projections', async () => {
    expect(await ask(rule('group', 'other'), 'rain')).toMatchObject({
      status: 'matched',
      values: {
        best_score: expect.closeTo(0.99, 1),
        best_matched_score: expect.closeTo(0.99, 1),
        business: expect.closeTo(-0.86, 1),
      },
    });
  });

  it('says why it cannot be answered', async () => {
    expect(await ask({ ...rule('label', 'fun'), kb: 'desks' }, 'rain')).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('desks'),
    });
    expect(await ask(rule('label', 'jokes'), 'rain')).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('payments'),
    });
    expect((await outcome(kbFamily, rule('label', 'fun'), 'rain')).status).toBe('unavailable');
  });
});

describe('a knowledge base in a file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vsr-kb-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const inFile = (path: string) => ({ name: 'desk', threshold: 0.6, source: { path } });
  const places = () => ({ places: { baseDir: folder, modelsDir: folder } });

  it('is read from the folder, relative to the configuration', async () => {
    writeFileSync(join(folder, 'labels.json'), JSON.stringify({ version: 1, labels: base.labels }));
    expect((await ask(rule('label', 'payments'), 'transfer', [inFile('.')], places())).status).toBe(
      'matched',
    );
    expect((await ask(rule('label', 'payments'), 'transfer', [inFile('labels.json')], places())).status).toBe(
      'matched',
    );
  });

  it('makes its rules unavailable if it cannot be read', async () => {
    expect(await ask(rule('label', 'payments'), 'transfer', [inFile('nowhere')], places())).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('labels.json'),
    });
    writeFileSync(join(folder, 'labels.json'), '{"labels": {"a": {"exemplars": "text"}}}');
    expect(await ask(rule('label', 'a'), 'transfer', [inFile('.')], places())).toMatchObject({
      reason: expect.stringContaining('labels.a.exemplars'),
    });
  });
});
