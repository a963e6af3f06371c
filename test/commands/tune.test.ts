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
    embeddings:
      - name: steps
        threshold: 0.95   # a guess
        candidates: [explain every step, reason thoroughly]
  decisions:
    - {name: careful, priority: 10, rules: {type: embedding, name: steps}, modelRefs: [{model: large}]}
    - {name: rest, priority: 0, rules: {operator: AND, conditions: []}, modelRefs: [{model: small}]}
`;

async function tune(rows: readonly unknown[], ...options: string[]) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'config.yaml'), config);
  await writeFile(join(cwd, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { cwd, ...(await runCli(['tune', 'rows.jsonl', ...options], { cwd })) };
}

const labelled = (label: (matches: boolean) => Record<string, unknown>) => [
  ...patient.map((prompt) => ({ prompt, ...label(true) })),
  ...others.map((prompt) => ({ prompt, ...label(false) })),
];

interface Report {
  readonly signals: readonly { readonly new_threshold?: number; readonly status: string }[];
  readonly decisions: { readonly before: number; readonly after: number } | null;
}

describe('tune', () => {
  it('writes a better threshold into the file and leaves the rest of it alone', async () => {
    const rows = labelled((matches) => ({ signals: { 'embedding:steps': matches } }));
    const { code, cwd, stdout } = await tune(rows, '--write');
    expect(code).toBe(0);
    expect(stdout).toContain('embedding:steps  10+ 10-       0.95');
    expect(stdout).toContain('Wrote 1 threshold to config.yaml; the file as it was is config.yaml.bak');
    const written = await readFile(join(cwd, 'config.yaml'), 'utf8');
    const [, threshold = ''] = /threshold: (\S+) {3}# a guess/.exec(written) ?? [];
    expect(Number(threshold)).toBeGreaterThan(0.2);
    expect(Number(threshold)).toBeLessThan(0.7);
    expect(written.replace(threshold, '0.95')).toBe(config);
    expect(await readFile(join(cwd, 'config.yaml.bak'), 'utf8')).toBe(config);
    const again = await runCli(['tune', 'rows.jsonl', '--write'], { cwd });
    expect(again.stdout).toContain('Nothing to change.');
  });

  it('tells what it found though the file cannot be edited', async () => {
    const rows = labelled((matches) => ({ signals: { 'embedding:steps': matches } }));
    const cwd = await temporaryFolder();
    const text = config.replace('0.95', `$\{T:-0.95}`);
    await writeFile(join(cwd, 'config.yaml'), text);
    await writeFile(join(cwd, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { code, stdout, stderr } = await runCli(['tune', 'rows.jsonl', '--write'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain('embedding:steps  10+ 10-       0.95');
    expect(stderr).toContain('config.yaml was left as it is');
    expect(await readFile(join(cwd, 'config.yaml'), 'utf8')).toBe(text);
  });

  it.each([
    ['labels', labelled((matches) => ({ label: matches ? 'steps' : '' }))],
    ['decisions', labelled((matches) => ({ decision: matches ? 'careful' : 'rest' }))],
  ])('reads rows with %s too', async (kind, rows) => {
    const { stdout } = await tune(rows, '--json');
    const report: Report = JSON.parse(stdout);
    expect(report.signals).toMatchObject([
      {
        signal: 'embedding:steps',
        status: 'change',
        positives: 10,
        negatives: 10,
        threshold: 0.95,
        cross_validated: {
          precision: expect.any(Number),
          recall_interval: [expect.any(Number), expect.any(Number)],
        },
      },
    ]);
    if (kind === 'decisions') {
      expect(report.decisions?.before).toBeLessThan(report.decisions?.after ?? 0);
    }
  });

  it('keeps a precision', async () => {
    const rows = labelled((matches) => ({ label: matches ? 'steps' : '' }));
    const { stdout } = await tune(rows, '--precision', '95%', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ goal: { kind: 'precision', at_least: 0.95 } });
  });

  it('says how many rows are missing', async () => {
    const rows = labelled((matches) => ({ label: matches ? 'steps' : '' })).slice(5, 15);
    const { code, stderr } = await tune(rows);
    expect(code).toBe(1);
    expect(stderr).toContain('embedding:steps has 5 that should match and 5 that should not');
    expect(stderr).toContain('at least 8 rows of either kind');
  });

  it('names what rows get wrong', async () => {
    const { code, stderr } = await tune([
      ...labelled((matches) => ({ label: matches ? 'steps' : '' })),
      { prompt: 'a', label: 'stepz' },
      { prompt: 'b', decision: 'carefull' },
      { prompt: 'c', signals: { steps: 'yes' } },
      { prompt: 'd' },
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'rows.jsonl:21: no decision asks for a signal `stepz`. Allowed: `embedding:steps`.',
    );
    expect(stderr).toContain('rows.jsonl:22: the configuration has no decision `carefull`');
    expect(stderr).toContain('rows.jsonl:23: `signals.steps` is neither true nor false');
    expect(stderr).toContain('rows.jsonl:24: says nothing about what should match');
  });
});
