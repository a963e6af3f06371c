import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli, temporaryFolder } from './run-cli.js';

const fetched = vi.spyOn(globalThis, 'fetch');

function config(keywords: string, decisions = ''): string {
  return `version: v0.3
listeners: [{port: 8899}]
providers:
  defaults: {model: small}
  models:
    - {name: small, pricing: {prompt_per_1m: 1, completion_per_1m: 2}, backend_refs: [{endpoint: "127.0.0.1:1"}]}
    - {name: large, pricing: {prompt_per_1m: 10, completion_per_1m: 20}, reasoning: {family: qwen3}, backend_refs: [{endpoint: "127.0.0.1:1"}]}
    - {name: local, backend_refs: [{endpoint: "127.0.0.1:1"}]}
routing:
  signals:
    keywords:
      - {name: code, operator: OR, keywords: [${keywords}]}
      - {name: private, operator: OR, keywords: [salary]}
  decisions:
    - {name: private, priority: 200, rules: {type: keyword, name: private}, modelRefs: [{model: local}]}
${decisions || '    - {name: coding, priority: 100, rules: {type: keyword, name: code}, modelRefs: [{model: large}]}\n'}`;
}

const thinking =
  '    - {name: coding, priority: 100, rules: {type: keyword, name: code}, modelRefs: [{model: large, use_reasoning: true, reasoning_effort: low}], plugins: [{type: system_prompt, configuration: {system_prompt: Think.}}]}\n';

let cwd = '';
beforeAll(async () => {
  cwd = await temporaryFolder('keep');
  await writeFile(join(cwd, 'old.yaml'), config('loop, query'));
  await writeFile(join(cwd, 'new.yaml'), config('loop, array'));
  await writeFile(join(cwd, 'thinking.yaml'), config('loop, query', thinking));
});

const rows = [
  { prompt: 'Fix my loop' },
  { prompt: 'Speed up this query', usage: { prompt_tokens: 100, completion_tokens: 1000 } },
  { prompt: 'Another query' },
  { messages: [{ role: 'user', content: 'Sort an array' }], model: 'gpt-unknown' },
  { prompt: 'What is my salary?' },
  { prompt: 'This query is for the small model', model: 'small' },
];

async function diff(names: readonly string[], data: readonly unknown[], ...options: string[]) {
  const text = data.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('');
  return runCli(['diff', ...names, '--traffic', '-', ...options], { cwd, stdin: text });
}

describe('diff', () => {
  it('shows which requests move, from where to where, and what that costs', async () => {
    const { code, stdout, stderr } = await diff(['old.yaml', 'new.yaml'], rows);
    expect(stderr).toBe('');
    expect(stdout.replace(/p50 .*ms \(\S+\), p95 .*ms \(\S+\)/, 'p50 …, p95 …')).toMatchInlineSnapshot(`
      "3 of 6 requests would move (50 %)  old.yaml → new.yaml
      3 change their decision, 3 their model

      Moves
        requests    share  from            to
               2  33.33 %  coding (large)  (none) (small)
               1  16.67 %  (none) (small)  coding (large)

      Examples
        line  move                             prompt
           2  coding (large) → (none) (small)  Speed up this query
           3  coding (large) → (none) (small)  Another query
           4  (none) (small) → coding (large)  Sort an array

      Who answers
                  name          before        after  change
        model     large       3 (50 %)  2 (33.33 %)      -1
        model     small    2 (33.33 %)     3 (50 %)      +1
        model     local    1 (16.67 %)  1 (16.67 %)       0
        decision  coding      3 (50 %)  2 (33.33 %)      -1
        decision  (none)   2 (33.33 %)     3 (50 %)      +1
        decision  private  1 (16.67 %)  1 (16.67 %)       0

      Cost
        USD 0.03436 → 0.01546, -0.0189 (-55 %); -3.15 per 1000 requests
        prompt tokens by estimate unless the row has usage.prompt_tokens; 300 completion tokens for the 5 rows without usage.completion_tokens (--completion-tokens); the same answer length for every model, reasoning or not; without 1 request before and 1 after to models without \`pricing\`

      Signals
        p50 …, p95 …; encoder pass for 0 → 0 requests
      "
    `);
    expect(code).toBe(0);
    expect(fetched).not.toHaveBeenCalled();
  });

  it('has everything in its JSON', async () => {
    const { stdout } = await diff(['old.yaml', 'new.yaml'], rows, '--json', '--completion-tokens', '0');
    expect(JSON.parse(stdout)).toMatchObject({
      before: { source: 'old.yaml' },
      after: { source: 'new.yaml' },
      requests: 6,
      moved: 3,
      moved_share: 0.5,
      changed: { decision: 3, model: 3, reasoning: 0, plugins: 0 },
      models: {
        small: { before: 2, after: 3 },
        large: { before: 3, after: 2 },
        local: { before: 1, after: 1 },
      },
      moves: [
        {
          from: { decision: 'coding', model: 'large' },
          to: { decision: null, model: 'small' },
          count: 2,
          examples: [{ line: 2, text: 'Speed up this query' }, { line: 3 }],
        },
        { from: { decision: null }, to: { decision: 'coding' }, count: 1, examples: [{ line: 4 }] },
      ],
      unpriced: { before: 1, after: 1 },
      tokens: { assumed: 5, completion: 1000 },
      encoder: { before: 0, after: 0 },
      assumptions: { completion_tokens: 0 },
    });
  });

  it('counts changes of reasoning and plugins as no move', async () => {
    const { stdout } = await diff(['old.yaml', 'thinking.yaml'], rows);
    expect(stdout).toContain('0 of 6 requests would move (0 %)');
    expect(stdout).toContain('3 their reasoning, 3 their plugins');
    expect(stdout).toContain('reasoning or plugins only');
    expect(stdout).toContain('system_prompt');
  });

  it('fails for CI if more requests move than allowed', async () => {
    const refused = await diff(['old.yaml', 'new.yaml'], rows, '--fail-on-moves', '10%');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('50 % of the requests move (3 of 6); --fail-on-moves allows 10 %');
    expect((await diff(['old.yaml', 'new.yaml'], rows, '--fail-on-moves', '0.5')).code).toBe(0);
    expect((await diff(['old.yaml', 'old.yaml'], rows, '--fail-on-moves', '0')).code).toBe(0);
  });

  it('says so when nothing but the layout differs', async () => {
    expect((await diff(['old.yaml', 'old.yaml'], rows)).stderr).toContain('route the same');
  });

  it('uses the rows that can be used', async () => {
    const { code, stdout, stderr } = await diff(['old.yaml', 'new.yaml'], ['nonsense', { prompt: 'hello' }]);
    expect(stdout).toContain('0 of 1 request would move');
    expect(stderr).toContain('<stdin>:1: not valid JSON');
    expect(code).toBe(1);
    expect((await diff(['old.yaml', 'new.yaml'], ['{}'])).stderr).toContain('has no usable row');
  });

  it.each([
    [['diff', 'old.yaml', '--traffic', '-']],
    [['diff', 'old.yaml', 'new.yaml']],
    [['diff', 'old.yaml', 'new.yaml', '--traffic', '-', '--fail-on-moves', 'few']],
  ])('is used wrong with %j', async (words) => {
    expect((await runCli(words, { cwd, stdin: '' })).code).toBe(2);
  });
});
