/**
 * Commands that read rows, on a configuration with several virtual models.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { others, patient } from '../support/step-prompts.js';
import { runCli, temporaryFolder } from './run-cli.js';

const config = `version: v0.3
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "127.0.0.1:1"}]}
    - {name: large, backend_refs: [{endpoint: "127.0.0.1:1"}]}
routing:
  signals:
    keywords: [{name: wordy, operator: OR, keywords: [detail]}]
    embeddings: [{name: steps, threshold: 0.95, candidates: [explain every step]}]
  decisions:
    - {name: careful, priority: 10, rules: {type: embedding, name: steps}, modelRefs: [{model: large}]}
    - {name: rest, priority: 0, rules: {operator: AND, conditions: []}, modelRefs: [{model: small}]}
entrypoints:
  - {model_names: [team/patient], recipe: patient}
recipes:
  - name: patient   # for the support team
    routing:
      signals:
        embeddings:
          - name: steps
            threshold: 0.97   # far too strict
            candidates: [explain every step, reason thoroughly]
      decisions:
        - {name: careful, priority: 10, rules: {type: embedding, name: steps}, modelRefs: [{model: large}]}
        - {name: rest, priority: 0, rules: {operator: AND, conditions: []}, modelRefs: [{model: small}]}
`;

async function run(words: readonly string[], rows: readonly unknown[]) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'config.yaml'), config);
  await writeFile(join(cwd, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { cwd, ...(await runCli(words, { cwd })) };
}

const labelled = (fields: (matches: boolean) => Record<string, unknown>) => [
  ...patient.map((prompt) => ({ prompt, ...fields(true) })),
  ...others.map((prompt) => ({ prompt, ...fields(false) })),
];

describe('tune', () => {
  it.each([
    [
      'rows that ask for it by name',
      ['tune', 'rows.jsonl'],
      (matches: boolean) => ({ model: 'team/patient', signals: { 'embedding:steps': matches } }),
    ],
    [
      'a full name and --model',
      ['tune', 'rows.jsonl', '--model', 'team/patient'],
      (matches: boolean) => ({ label: matches ? 'patient/embedding:steps' : '' }),
    ],
    [
      'the decision of the recipe',
      ['tune', 'rows.jsonl', '--model', 'team/patient'],
      (matches: boolean) => ({ decision: matches ? 'careful' : 'rest' }),
    ],
  ])('writes the threshold of a rule in a recipe, found by %s', async (_, words, fields) => {
    const { cwd, code, stdout, stderr } = await run([...words, '--write', '--json'], labelled(fields));
    expect(stderr).toContain('Rows by recipe: patient 20\n');
    expect(code).toBe(0);
    const [signal, ...further] = JSON.parse(stdout).signals;
    expect(further).toEqual([]);
    expect(signal).toMatchObject({
      signal: 'patient/embedding:steps',
      recipe: 'patient',
      status: 'change',
      threshold: 0.97,
    });
    expect(signal.after.recall).toBeGreaterThan(0.8);
    expect(await readFile(join(cwd, 'config.yaml'), 'utf8')).toBe(
      config.replace('threshold: 0.97   #', `threshold: ${signal.new_threshold}   #`),
    );
  });

  it('tunes rules of the same name apart', async () => {
    const { stdout } = await run(
      ['tune', 'rows.jsonl', '--json'],
      [undefined, 'team/patient'].flatMap((model) =>
        labelled((matches) => ({ model, label: matches ? 'steps' : '' })),
      ),
    );
    const found = JSON.parse(stdout).signals.map(
      ({ signal, positives, negatives }: Record<string, unknown>) => [signal, positives, negatives],
    );
    expect(found).toEqual([
      ['embedding:steps', 10, 10],
      ['patient/embedding:steps', 10, 10],
    ]);
  });

  it('refuses a virtual model that is not there', async () => {
    const { code, stderr } = await run(
      ['tune', 'rows.jsonl', '--model', 'team/pateint'],
      [{ prompt: 'a', label: '' }],
    );
    expect(code).toBe(2);
    expect(stderr).toContain('There is no virtual model `team/pateint`.');
    expect(stderr).toContain('did you mean `team/patient`?');
  });
});

describe('eval', () => {
  it('asks for the recipe that a row names, and takes other models for what is expected', async () => {
    const { code, stdout, stderr } = await run(
      ['eval', 'rows.jsonl', '--config', 'config.yaml', '--json'],
      [
        { prompt: 'explain every step', decision: 'careful' },
        { prompt: 'explain every step', model: 'team/patient', decision: 'careful' },
        { prompt: 'reason thoroughly', model: 'team/patient', decision: 'patient/careful' },
        { prompt: 'reason thoroughly', model: 'small' },
      ],
    );
    expect(stderr).toContain('Rows by recipe: default 2, patient 2\n');
    expect(JSON.parse(stdout)).toMatchObject({ accuracy: 1, total: 4 });
    expect(code).toBe(0);
  });

  it('does not take a decision of another recipe for the expected one', async () => {
    const { stdout } = await run(
      ['eval', 'rows.jsonl', '--config', 'config.yaml', '--model', 'team/patient', '--json'],
      [
        { prompt: 'explain every step', decision: 'default/careful' },
        { prompt: 'explain every step', decision: 'careful' },
      ],
    );
    expect(JSON.parse(stdout).accuracy).toBe(0.5);
  });
});

describe('diff', () => {
  it('asks for the recipe that a row names', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'old.yaml'), config);
    await writeFile(join(cwd, 'new.yaml'), config.replace('threshold: 0.97', 'threshold: 0.3'));
    await writeFile(
      join(cwd, 'rows.jsonl'),
      [
        { prompt: 'Explain each step slowly' },
        { prompt: 'Explain each step slowly', model: 'team/patient' },
        { prompt: 'Explain each step slowly', model: 'of-another-gateway' },
      ]
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    );
    const words = ['diff', 'old.yaml', 'new.yaml', '--traffic', 'rows.jsonl'];
    const { stdout } = await runCli([...words, '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      moved: 1,
      recipes: { default: { before: 2, after: 2 }, patient: { before: 1, after: 1 } },
      moves: [{ from: { decision: 'patient/rest' }, to: { decision: 'patient/careful' } }],
    });
    expect((await runCli(words, { cwd })).stdout).toMatch(/recipe +patient +1/);
  });
});
