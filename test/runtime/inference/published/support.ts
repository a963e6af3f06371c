/** Puts the tiny models of test/fixtures/published where a test may use them. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Engine } from '../../../../src/runtime/inference/engine.js';
import type { EncodeAnswer, Job, WordsAnswer } from '../../../../src/runtime/inference/messages.js';
import { loadPublished } from '../../../../src/runtime/inference/published/load.js';
import type { PublishedSettings } from '../../../../src/runtime/inference/published/settings.js';
import { excerptOf } from '../../../../src/runtime/inference/text-view.js';
import type { ModelAssignment } from '../../../../src/runtime/models/assignment.js';
import { classifierFiles } from '../../../../src/runtime/models/catalog/file-rules.js';
import { discoverModel, listFolder } from '../../../../src/runtime/models/catalog/local-folder.js';
import { selectFiles } from '../../../../src/runtime/models/hub/select.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

export interface Case {
  readonly text?: string;
  readonly pair?: readonly [string, string];
  readonly ids: readonly number[];
  readonly offsets: readonly (readonly [number, number])[];
  /** -1 for tokens of the frame, else 0 or 1. */
  readonly sources: readonly number[];
  readonly output: readonly number[];
}

interface Recorded {
  readonly tokenizer: string;
  readonly cases: readonly Case[];
}

function recorded(model: string): Recorded {
  return JSON.parse(readFileSync(join(fixtures, 'published', model, 'cases.json'), 'utf8'));
}

export function casesOf(model: string): readonly Case[] {
  return recorded(model).cases;
}

export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'published-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of a model with its tokenizer, as a repository has it. */
export function placed(model: string, folder: string = temporaryFolder()): string {
  const dir = join(folder, model);
  cpSync(join(fixtures, 'published', model), dir, { recursive: true });
  rmSync(join(dir, 'cases.json'), { force: true });
  putTokenizer(dir, recorded(model).tokenizer);
  return dir;
}

function putTokenizer(dir: string, name: string): void {
  cpSync(join(fixtures, 'tokenizers', `${name}.tokenizer.json`), join(dir, 'tokenizer.json'));
}

/** `bert-domain` as a repository with a published graph: `half`, `external` or `fixed`. */
export function placedGraph(variant: string): string {
  const dir = join(temporaryFolder(), variant);
  cpSync(join(fixtures, 'published', 'onnx', variant), dir, { recursive: true });
  for (const name of ['config.json', 'category_mapping.json']) {
    cpSync(join(fixtures, 'published', 'bert-domain', name), join(dir, name));
  }
  putTokenizer(dir, 'bert-uncased');
  return dir;
}

/** Changes the fields of a JSON file; undefined takes one out. */
export function editJson(file: string, fields: Readonly<Record<string, unknown>>): void {
  const values: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...values, ...fields }));
}

/** The model of a folder, as a configuration would name it. */
export async function assignmentOf(
  dir: string,
  given: Partial<Omit<ModelAssignment, 'entry'>> & {
    readonly entry?: Partial<ModelAssignment['entry']>;
  } = {},
): Promise<ModelAssignment> {
  const found = await discoverModel(dir);
  if (found === undefined) throw new Error(`no model in ${dir}`);
  const files = selectFiles((await listFolder(dir)) ?? [], classifierFiles).files;
  return {
    purpose: 'other',
    replaces: undefined,
    dir,
    files,
    base: undefined,
    path: 'global.model_catalog.system.test',
    threshold: undefined,
    device: 'cpu',
    maxTokens: undefined,
    dimension: undefined,
    ...given,
    entry: { ...found, ...given.entry },
  };
}

export async function settingsOf(
  dir: string,
  given: Partial<PublishedSettings> = {},
): Promise<PublishedSettings> {
  const { entry, files } = await assignmentOf(dir);
  return {
    input: 'published',
    output: entry.name,
    name: entry.name,
    dir,
    files,
    base: undefined,
    task: entry.task === 'sequence' || entry.task === 'token' ? entry.task : 'embedding',
    question: undefined,
    labels: [],
    family: [],
    madeFor: undefined,
    maxTokens: undefined,
    dimension: undefined,
    threads: 1,
    device: 'cpu',
    cacheDir: join(temporaryFolder(), 'cache'),
    keepOptimised: false,
    ...given,
  };
}

/** The model, loaded on this thread until the test ends. */
export async function load(settings: PublishedSettings) {
  const loaded = await loadPublished(settings);
  onTestFinished(() => loaded.engine.close());
  return loaded;
}

/** Answers of an engine, whose jobs wait together. */
async function answersOf(engine: Engine, jobs: readonly Job[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  const take = (outcome: ReturnType<Engine['take']>): void => {
    if (outcome?.type === 'error') throw new Error(outcome.message);
    if (outcome !== undefined) answers[outcome.id] = outcome.answer;
  };
  for (const [id, job] of jobs.entries()) take(engine.take(id, job));
  while (engine.waiting) for (const outcome of await engine.step()) take(outcome);
  return answers;
}

export async function encodeAll(engine: Engine, texts: readonly string[]): Promise<EncodeAnswer[]> {
  const jobs = texts.map((text): Job => ({ type: 'encode', excerpt: excerptOf(text) }));
  return (await answersOf(engine, jobs)) as EncodeAnswer[];
}

export async function wordsOf(engine: Engine, job: Job): Promise<WordsAnswer> {
  const [answer] = await answersOf(engine, [job]);
  return answer as WordsAnswer;
}

/** Largest difference of two rows of numbers; infinite if they have different lengths. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

export function softmaxOf(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

export function filesIn(dir: string): string[] {
  return readdirSync(dir).sort();
}
