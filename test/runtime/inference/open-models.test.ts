import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { classifyHallucination } from '../../../src/runtime/classify/hallucination.js';
import { classifyPii } from '../../../src/runtime/classify/pii.js';
import { classifySecurity } from '../../../src/runtime/classify/security.js';
import {
  type OpenModels,
  type OpenOptions,
  openModels,
  type RuntimeSettings,
} from '../../../src/runtime/inference/open-models.js';
import type { ModelAssignment } from '../../../src/runtime/models/assignment.js';
import { assignmentOf, casesOf, distance, placed, softmaxOf, temporaryFolder } from './published/support.js';

const question = 'What is the capital of France?';

function open(
  assignments: readonly ModelAssignment[],
  settings: RuntimeSettings = {},
  options: OpenOptions = {},
): OpenModels {
  const models = openModels({ assignments, missing: [] }, settings, {
    cacheDir: join(temporaryFolder(), 'cache'),
    ...options,
  });
  onTestFinished(() => models.close());
  return models;
}

function domain(dir: string): Promise<ModelAssignment> {
  return assignmentOf(dir, {
    replaces: 'mom-domain-classifier',
    entry: { name: 'my-domains', threshold: 0.3 },
  });
}

function runsOf(models: OpenModels): Record<string, number> {
  return Object.fromEntries(models.report().map(({ name, input, runs }) => [`${name} ${input}`, runs]));
}

describe('without models of the configuration', () => {
  test('the embedded family answers, and says how it fares', async () => {
    const models = open([]);
    expect(models.report()).toMatchObject([
      { name: 'mom-embedded', input: 'text', state: 'idle', provider: undefined, runs: 0 },
      { name: 'mom-embedded', input: 'pair', state: 'idle' },
    ]);
    const { encoded } = await models.encoder.encode(question, { wants: ['mom-domain-classifier'] });
    expect(encoded.heads.get('mom-domain-classifier')?.model).toBe('mom-domain-classifier');
    const [text] = models.report();
    expect(text).toMatchObject({ state: 'ready', provider: 'cpu', runs: 1, maxTokens: 512 });
    expect(text?.loadMs).toBeGreaterThan(0);
    expect(text?.lastRunMs).toBe(text?.meanRunMs);
    expect(text?.residentBytes).toBeGreaterThan(10_000_000);
  });
});

describe('a model that no decision reads', () => {
  test('is not loaded with the others, and leaves the router ready when it is', async () => {
    const { encoder, report } = open([await domain(placed('bert-domain'))]);
    const states = () =>
      Object.fromEntries(report().map(({ name, input, state }) => [`${name} ${input}`, state]));
    await encoder.ready({ wants: ['mom-jailbreak-classifier'] });
    expect(encoder.state).toBe('ready');
    expect(states()).toMatchObject({ 'mom-embedded text': 'ready', 'my-domains text': 'idle' });
    const loading = encoder.ready({ wants: ['mom-domain-classifier'] });
    expect(states()).toMatchObject({ 'my-domains text': 'loading' });
    expect(encoder.state).toBe('ready');
    await loading;
    expect(states()).toMatchObject({ 'my-domains text': 'ready' });
  });

  test('is the embedded one where others stand in for all that is read', async () => {
    const { encoder, report } = open([await domain(placed('bert-domain'))]);
    const loading = encoder.ready({ wants: ['mom-domain-classifier'] });
    expect(encoder.state).toBe('loading');
    await loading;
    expect(encoder.state).toBe('ready');
    expect(report()[0]).toMatchObject({ name: 'mom-embedded', state: 'idle' });
  });

  test('nor any other: the embedded one is loaded', async () => {
    const { encoder, report } = open([await domain(placed('bert-domain'))]);
    await encoder.ready({ wants: [] });
    expect(encoder.state).toBe('ready');
    expect(report()[0]).toMatchObject({ name: 'mom-embedded', state: 'ready' });
  });
});

describe('a model in the place of an embedded head', () => {
  test('answers under the name of the head, and says which model it is', async () => {
    const models = open([await domain(placed('bert-domain'))]);
    const { encoded, passes } = await models.encoder.encode(question, { wants: ['mom-domain-classifier'] });
    const head = encoded.heads.get('mom-domain-classifier');
    expect(head).toMatchObject({
      model: 'my-domains',
      labels: ['biology', 'business', 'math', 'other'],
      threshold: 0.3,
    });
    const recorded = casesOf('bert-domain').find(({ text }) => text === question);
    expect(distance(head?.probabilities ?? [], softmaxOf(recorded?.output ?? []))).toBeLessThan(1e-4);
    expect(passes).toBe(1);
    expect(encoded.embedding).toHaveLength(0);
    expect(runsOf(models)).toEqual({ 'mom-embedded text': 0, 'mom-embedded pair': 0, 'my-domains text': 1 });
  });

  test('and the embedded graph run once each for everything of a text, and not again', async () => {
    const models = open([await domain(placed('bert-domain'))]);
    const { encoded, passes } = await models.encoder.encode(question);
    expect(passes).toBe(2);
    expect(encoded.heads.get('mom-domain-classifier')?.model).toBe('my-domains');
    expect(encoded.heads.get('mom-jailbreak-classifier')?.model).toBe('mom-jailbreak-classifier');
    expect(encoded.embedding).toHaveLength(384);
    const again = await models.encoder.encode(question, {
      wants: ['mom-halugate-sentinel', 'mom-domain-classifier'],
    });
    expect(again.passes).toBe(0);
    expect(runsOf(models)).toMatchObject({ 'mom-embedded text': 1, 'my-domains text': 1 });
  });

  test('is not loaded for those who want something else', async () => {
    const models = open([await domain(placed('bert-domain'))]);
    await models.encoder.encode(question, { wants: ['mom-jailbreak-classifier'] });
    expect(models.report().map(({ state }) => state)).toEqual(['ready', 'idle', 'idle']);
    expect(models.encoder.state).toBe('ready');
  });

  test('guards a long text in its own windows', async () => {
    const guard = await assignmentOf(placed('modernbert-guard'), {
      replaces: 'mom-jailbreak-classifier',
      maxTokens: 64,
    });
    const models = open([guard]);
    const text = 'why is the sky blue and what does the lazy dog measure? '.repeat(20);
    const reading = await classifySecurity(text, models);
    expect(reading.windows).toBeGreaterThan(4);
    expect([...reading.probabilities.keys()]).toEqual(['benign', 'jailbreak']);
    expect(runsOf(models)['mom-embedded text']).toBe(0);
  });

  test('reads a long text at once where it says what it is about, and in short windows as a guard', async () => {
    const guard = await assignmentOf(placed('modernbert-guard'), { replaces: 'mom-jailbreak-classifier' });
    const models = open([guard]);
    const text = 'why is the sky blue and what does the lazy dog measure? '.repeat(40);
    const before = await classifySecurity(text, models);
    const { encoded } = await models.encoder.encode(text, { wants: ['mom-jailbreak-classifier'] });
    expect(encoded).toMatchObject({ view: 'whole', truncated: false });
    expect(encoded.tokens).toBeGreaterThan(512);
    // Also when memory has the reading of the whole text.
    const after = await classifySecurity(text, models);
    expect(before.windows).toBeGreaterThan(1);
    expect(after).toMatchObject({ windows: before.windows, risk: before.risk, passes: 0 });
  });

  test('with spans takes the labels of its files', async () => {
    const pii = await assignmentOf(placed('mmbert-pii'), {
      replaces: 'mom-pii-classifier',
      threshold: 0.05,
    });
    const models = open([pii]);
    const text = 'Ann Lee met Ångström in Łódź 😀 — naïve, isn’t it?';
    const { entities, thresholds } = await classifyPii(text, models);
    expect(thresholds).toEqual({ PERSON: 0.05, GPE: 0.05 });
    expect(entities.length).toBeGreaterThan(0);
    for (const { start, end, source } of entities) {
      expect(source).toBe('model');
      expect(text.slice(start, end).trim()).toBe(text.slice(start, end));
    }
  });

  test('of embeddings may have another length', async () => {
    const embedding = await assignmentOf(placed('bert-embedding'), { replaces: 'mom-embedding-light' });
    const models = open([embedding]);
    const { encoded } = await models.encoder.encode(question);
    expect(encoded.embedding).toHaveLength(16);
    expect(encoded.heads.has('mom-domain-classifier')).toBe(true);
    const only = await models.encoder.encode('hello', { wants: ['mom-embedding-light'] });
    expect(only.passes).toBe(1);
    expect(only.encoded.heads.size).toBe(0);
  });

  test('makes another bundle hash, the same for the same files', async () => {
    const dir = placed('bert-domain');
    const embedded = open([]).encoder.bundleHash;
    const first = open([await domain(dir)]).encoder.bundleHash;
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(first).not.toBe(embedded);
    expect(open([await domain(dir)]).encoder.bundleHash).toBe(first);
    const weights = join(dir, 'model.safetensors');
    const bytes = readFileSync(weights);
    // One weight of the classifier, as if it had been trained further.
    bytes.writeFloatLE(1, bytes.length - 4);
    writeFileSync(weights, bytes);
    expect(open([await domain(dir)]).encoder.bundleHash).not.toBe(first);
  });
});

describe('a model that replaces none', () => {
  test('answers under its own name those who ask for it', async () => {
    const models = open([await assignmentOf(placed('xlmr-feedback'), { entry: { name: 'my-moods' } })]);
    expect(models.encoder.heads).toContain('my-moods');
    const all = await models.encoder.encode(question);
    expect(all.encoded.heads.has('my-moods')).toBe(false);
    const asked = models.encoder.encode(question, { wants: ['my-moods'] });
    expect(models.report()[2]?.state).toBe('loading');
    expect(models.encoder.state).toBe('ready');
    const { encoded } = await asked;
    expect(encoded.heads.get('my-moods')).toMatchObject({ model: 'my-moods', threshold: 0.5 });
    expect([...encoded.heads.keys()]).toEqual(['my-moods']);
  });
});

describe('models for pairs', () => {
  test('take the place of the heads of the pair graph, each by itself', async () => {
    const detector = await assignmentOf(placed('modernbert-detector'), {
      replaces: 'mom-halugate-detector',
      threshold: 0.01,
      entry: { labels: ['supported', 'hallucinated'] },
    });
    const explainer = await assignmentOf(placed('modernbert-nli'), { replaces: 'mom-halugate-explainer' });
    const models = open([detector, explainer]);
    const answered = { context: 'The sky is blue.', question: 'what?', answer: 'The fox is lazy.' };
    const reading = await classifyHallucination(answered, models, { entailmentThreshold: 2 });
    expect(reading).toMatchObject({ hallucinated: true, threshold: 0.01 });
    expect(['entailment', 'neutral', 'contradiction']).toContain(reading.spans[0]?.label);
    expect(runsOf(models)).toMatchObject({ 'mom-embedded pair': 0, 'modernbert-detector pair': 1 });
    await models.pair.verify('print it', '{"name": "print"}');
    expect(runsOf(models)['mom-embedded pair']).toBe(1);
  });
});

describe('a model that cannot be loaded', () => {
  async function broken(): Promise<ModelAssignment> {
    const dir = placed('bert-domain');
    const assignment = await domain(dir);
    rmSync(join(dir, 'tokenizer.json'));
    return assignment;
  }

  test('leaves the embedded head answering, and that is seen', async () => {
    const problems: string[] = [];
    const models = open([await broken()], {}, { onProblem: (message) => problems.push(message) });
    await models.encoder.ready({ wants: ['mom-domain-classifier'] });
    const { encoded } = await models.encoder.encode(question, { wants: ['mom-domain-classifier'] });
    expect(encoded.heads.get('mom-domain-classifier')?.model).toBe('mom-domain-classifier');
    await models.encoder.encode('again', { wants: ['mom-domain-classifier'] });
    expect(problems).toEqual([
      expect.stringMatching(
        /^global.model_catalog.system.test: my-domains cannot be used, the embedded mom-domain-classifier answers instead: .*no tokenizer.json/,
      ),
    ]);
    expect(models.report()[2]).toMatchObject({
      name: 'my-domains',
      state: 'failed',
      problem: expect.stringContaining('no tokenizer.json'),
      answeredBy: 'mom-domain-classifier',
    });
    expect(models.encoder.state).toBe('ready');
  });

  test('leaves nobody answering if that is what the configuration says', async () => {
    const models = open([await broken()], { fallback: 'none' });
    await expect(models.encoder.encode(question, { wants: ['mom-domain-classifier'] })).rejects.toMatchObject(
      {
        code: 'VSR_INFERENCE_UNAVAILABLE',
        message: expect.stringContaining('no tokenizer.json'),
      },
    );
    const { encoded } = await models.encoder.encode(question, { wants: ['mom-jailbreak-classifier'] });
    expect(encoded.heads.has('mom-jailbreak-classifier')).toBe(true);
    expect(models.report()[2]).toMatchObject({ state: 'failed', answeredBy: undefined });
    expect(models.encoder.state).toBe('failed');
  });

  test('nor is one of another kind than the head whose place it is to take', async () => {
    const assignment = await assignmentOf(placed('bert-domain'), { replaces: 'mom-pii-classifier' });
    const problems: string[] = [];
    const models = open([assignment], {}, { onProblem: (message) => problems.push(message) });
    const { entities } = await classifyPii('Write to Angela Merkel, please.', models);
    expect(entities).toMatchObject([{ type: 'PERSON' }]);
    expect(problems).toEqual([
      expect.stringMatching(/holds a sequence model, where a token model is needed/),
    ]);
  });

  test('does not keep a pair graph from answering', async () => {
    const dir = placed('modernbert-nli');
    const assignment = await assignmentOf(dir, { replaces: 'mom-halugate-explainer' });
    writeFileSync(join(dir, 'model.safetensors'), 'damaged');
    const problems: string[] = [];
    const models = open([assignment], {}, { onProblem: (message) => problems.push(message) });
    const { label } = await models.pair.nli('The sky is blue.', 'The sky is blue.');
    expect(label).toBe('entailment');
    expect(problems).toHaveLength(1);
  });
});

test('a device that is not there leaves the CPU, and the reason', async () => {
  const assignment = await assignmentOf(placed('bert-domain'), {
    replaces: 'mom-domain-classifier',
    device: process.platform === 'darwin' ? 'dml' : 'coreml',
  });
  const models = open([assignment]);
  await models.encoder.ready({ wants: ['mom-domain-classifier'] });
  expect(models.report()[2]).toMatchObject({
    state: 'ready',
    provider: 'cpu',
    refused: [{ reason: expect.stringMatching(/has no (CoreML|DirectML)\.$/) }],
  });
});
