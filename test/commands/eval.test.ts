import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { OpenModels } from '../../src/runtime/inference/open-models.js';
import { domainLabels } from '../../src/runtime/signals/domain-labels.js';
import { runCli, temporaryFolder } from './run-cli.js';

const closed = vi.hoisted(() => ({ count: 0 }));

/** Models whose encoder takes the first word of a text for its domain. */
vi.mock('../../src/runtime/inference/open-models.js', () => ({
  openModels: (): Pick<OpenModels, 'encoder' | 'close'> => ({
    encoder: {
      state: 'ready',
      heads: ['mom-domain-classifier'],
      tokenHeads: new Map(),
      bundleHash: 'fake',
      ready: async () => undefined,
      encode: async (text) => {
        const probabilities = domainLabels.map((label) => (text.startsWith(label) ? 0.9 : 0.1 / 13));
        const head = { model: 'mom-domain-classifier', labels: domainLabels, probabilities, threshold: 0.5 };
        const heads = new Map([[head.model, head]]);
        const embedding = new Float32Array(4);
        return {
          passes: 1,
          encoded: { embedding, heads, spans: new Map(), tokens: 3, truncated: false, view: 'whole' },
        };
      },
      scan: () => Promise.reject(new Error('nothing scans here')),
      close: async () => undefined,
    },
    close: async () => {
      closed.count++;
    },
  }),
}));

const config = `version: v0.3
listeners: [{port: 8899}]
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "127.0.0.1:1"}]}
    - {name: large, backend_refs: [{endpoint: "127.0.0.1:1"}]}
routing:
  signals:
    keywords: [{name: code, operator: OR, keywords: [loop]}]
  decisions:
    - {name: coding, priority: 100, rules: {type: keyword, name: code}, modelRefs: [{model: large}]}
`;

let cwd: string;
beforeAll(async () => {
  cwd = await temporaryFolder('keep');
  await writeFile(join(cwd, 'rules.yaml'), config);
});

async function evaluate(rows: readonly unknown[], ...options: string[]) {
  const text = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
  await writeFile(join(cwd, 'rows.jsonl'), text);
  return runCli(['eval', 'rows.jsonl', '--config', 'rules.yaml', ...options], { cwd });
}

/** Times differ from run to run. */
const timeless = (text: string) => text.replace(/^Latency.*$/m, 'Latency …');

describe('eval', () => {
  it('counts domain labels in any spelling', async () => {
    const { code, stdout } = await evaluate(
      [
        { prompt: 'computer science: what is a heap?', label: 'computer_science' },
        { prompt: 'math: 1 + 1', label: 'Math' },
        { messages: [{ role: 'user', content: 'math: 2 + 2' }], label: 'physics' },
        { prompt: 'law: may I?', label: 'law' },
      ],
      '--errors',
    );
    expect(timeless(stdout)).toMatchInlineSnapshot(`
      "Accuracy 75.00 % (3 of 4)

      Domain labels, macro F1 0.667
        class             precision  recall     F1  rows
        computer science      1.000   1.000  1.000     1
        law                   1.000   1.000  1.000     1
        math                  0.500   1.000  0.667     1
        physics               0.000   0.000  0.000     1

      Most frequent confusions
        rows  expected  got
           1  physics   math

      Decided wrong
        line  expected  got   prompt
           3  physics   math  math: 2 + 2

      Latency …
      "
    `);
    expect(code).toBe(0);
  });

  it('compares decisions and models, one kind per row', async () => {
    const { code, stdout } = await evaluate(
      [
        { prompt: 'loop', decision: 'coding' },
        { prompt: 'hello', decision: '' },
        { prompt: 'hello', decision: 'none' },
        { prompt: 'hello', decision: 'coding' },
        { prompt: 'loop', model: 'large' },
      ],
      '--json',
      '--errors',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      accuracy: 0.8,
      total: 5,
      correct: 4,
      invalid: 0,
      per_class: {
        'decision:coding': { precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
        'decision:(none)': { precision: 2 / 3, recall: 1, support: 2 },
        'model:large': { f1: 1 },
      },
      confusion: { 'decision:coding': { 'decision:coding': 1, 'decision:(none)': 1 } },
      kinds: { decision: { accuracy: 0.75, per_class: { coding: { support: 2 } } }, model: { accuracy: 1 } },
      latency_ms: { p50: expect.any(Number), p90: expect.any(Number), p99: expect.any(Number) },
      errors: [{ line: 4, kind: 'decision', expected: 'coding', predicted: '(none)', text: 'hello' }],
    });
    expect(code).toBe(0);
  });

  it('reports bad rows with place and fix, and uses all others', async () => {
    const { code, stdout, stderr } = await evaluate(
      [
        'nonsense',
        { prompt: 'loop', decision: 'coding' },
        { prompt: 'loop' },
        { prompt: 'loop', decision: 'coding', model: 'large' },
        { prompt: 'loop', decision: 'codign' },
        { prompt: 'loop', label: 'astrology' },
        { prompt: 'loop', label: '' },
        { prompt: 'loop', model: 5 },
        { decision: 'coding' },
      ],
      '--json',
    );
    expect(stderr).toMatchInlineSnapshot(`
      "Configuration: rules.yaml
      rows.jsonl:1: not valid JSON: Unexpected token 'o', "nonsense" is not valid JSON. Write one JSON object per line, e.g. {"prompt": "…"}.
      rows.jsonl:3: says nothing about what is expected. Add "label", "decision" or "model".
      rows.jsonl:4: has 2 expectations (decision, model). Keep one of them per row.
      rows.jsonl:5: the configuration has no decision \`codign\`. Did you mean \`coding\`?
      rows.jsonl:6: \`astrology\` is no label. Use one of biology, business, chemistry, computer science, economics, engineering, health, history, law, math, other, philosophy, physics, psychology.
      rows.jsonl:7: \`label\` is empty. Labels are biology, business, chemistry, computer science, economics, engineering, health, history, law, math, other, philosophy, physics, psychology.
      rows.jsonl:8: \`model\` is no string. Write the name as a JSON string.
      rows.jsonl:9: has neither \`prompt\` nor \`messages\`. Add "prompt": "…" to the row.
      8 rows could not be used; all others were.
      "
    `);
    expect(JSON.parse(stdout)).toMatchObject({ accuracy: 1, total: 1, invalid: 8 });
    expect(code).toBe(1);
  });

  it('fails below --min-accuracy, after printing the figures', async () => {
    const rows = [
      { prompt: 'loop', decision: 'coding' },
      { prompt: 'hello', decision: 'coding' },
    ];
    expect((await evaluate(rows, '--min-accuracy', '0.5')).code).toBe(0);
    expect((await evaluate(rows, '--min-accuracy', '50%')).code).toBe(0);
    const { code, stdout, stderr } = await evaluate(rows, '--min-accuracy', '0.51');
    expect(stdout).toContain('Accuracy 50.00 % (1 of 2)');
    expect(stderr).toMatchInlineSnapshot(`
      "Configuration: rules.yaml
      Error: Accuracy 0.5000 is below 0.51: 1 of 2 rows are right.
      Hint: See the rows decided wrong with --errors.
      "
    `);
    expect(code).toBe(1);
  });

  it('stops after --limit rows, bad ones included', async () => {
    const rows = Array.from({ length: 50 }, () => ({ prompt: 'loop', decision: 'coding' }));
    const { stdout } = await evaluate(['bad', ...rows], '--limit', '10', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ total: 9, invalid: 1 });
  });

  it('reads stdin and closes the model', async () => {
    closed.count = 0;
    const stdin = '{"prompt": "math: 1", "label": "math"}';
    const { stdout } = await runCli(['eval', '-', '-c', 'rules.yaml', '--json'], { cwd, stdin });
    expect(JSON.parse(stdout)).toMatchObject({ accuracy: 1, model_bundle_hash: 'fake' });
    expect(closed.count).toBe(1);
  });

  it('says what a row looks like when there is none', async () => {
    expect(await evaluate([])).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "Configuration: rules.yaml
      Error: rows.jsonl has no usable row.
      Hint: Write one JSON object per line, e.g. {"prompt": "Integrate x^2", "label": "math"}.
      ",
        "stdout": "",
      }
    `);
  });

  it('explains itself', async () => {
    expect((await runCli(['eval', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: vllm-sr eval [options] <data>

      measure on labelled prompts how often the router decides right

      Arguments:
        data                    JSON Lines with prompt or messages, and one of label,
                                decision, model; - reads stdin

      Options:
        -c, --config <file>     configuration file (default: the built-in
                                configuration)
        --model <name>          virtual model that rows without one ask for, and so
                                the recipe
        --min-accuracy <share>  fail if fewer answers are right, e.g. 0.85 or 85%
        -n, --limit <rows>      use the first rows only
        --concurrency <rows>    rows at a time; 1 measures latency without waiting
                                (default: 4)
        --pull                  first download the models that the configuration names
                                and this machine does not have
        --errors                print the rows that were decided wrong
        --json                  print the figures as JSON
        -h, --help              display help for command

      Examples:
        vllm-sr eval prompts.jsonl --config config.yaml --min-accuracy 0.85
        vllm-sr eval prompts.jsonl --errors
        zcat prompts.jsonl.gz | vllm-sr eval - --json
        a row:  {"prompt": "Integrate x^2", "label": "math"}   or "decision", or "model"
      "
    `);
  });
});
