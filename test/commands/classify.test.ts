import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { embeddedBundleDir } from '../../src/runtime/inference/bundle.js';
import { runCli, temporaryFolder } from './run-cli.js';

const config = `version: v0.3
listeners: [{port: 8899}]
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "127.0.0.1:1"}]}
    - {name: large, backend_refs: [{endpoint: "127.0.0.1:1"}]}
routing:
  signals:
    keywords:
      - {name: code, operator: OR, keywords: [loop, python]}
      - {name: urgent, operator: OR, keywords: [urgent]}
    context:
      - {name: long, min_tokens: 1000}
  decisions:
    - {name: deep, priority: 200, rules: {type: context, name: long}, modelRefs: [{model: large, use_reasoning: true}]}
    - name: coding
      priority: 100
      rules:
        operator: AND
        conditions: [{type: keyword, name: code}, {operator: NOT, conditions: [{type: keyword, name: urgent}]}]
      modelRefs: [{model: small}]
`;

let cwd: string;
beforeAll(async () => {
  cwd = await temporaryFolder('keep');
  await writeFile(join(cwd, 'rules.yaml'), config);
});

const withRules = ['--config', 'rules.yaml'];
/** What the heads say is another matter, and times differ from run to run. */
const timeless = (text: string) =>
  text
    .replace(/\nhead +label [\s\S]*/, '')
    .replace(/ +\d+\.\d(?= {2}|\n)/g, ' 0.0')
    .replace(/ +ms /, ' ms ')
    .replace(/Took +[\d.]+/, 'Took 0.0')
    .replace(/\([0-9a-f]{12}\)/, '(hash)');

describe('classify', () => {
  it('shows signals, decision, model, and what would have changed it', async () => {
    const result = await runCli(['classify', ...withRules, 'why is', 'my loop slow?'], { cwd });
    expect(timeless(result.stdout)).toMatchInlineSnapshot(`
      "signal   name    outcome  score  threshold ms  found
      context  long    no           8 0.0
      keyword  code    matched 0.0  loop
      keyword  urgent  no 0.0

      Decision  coding (priority 100, confidence 1)
      Model     small
      Why       decision \`coding\` names it first; matched keyword:code
      Took 0.0 ms, 0 encoder passes
      Config    rules.yaml (hash)

      What would have changed it
        context \`long\` did not match; had it matched, \`deep\` (priority 200) would have won.
        keyword \`code\` matched (loop); had it not matched, no decision would have matched, and the default model \`small\` would answer.
        keyword \`urgent\` did not match; had it matched, no decision would have matched, and the default model \`small\` would answer.
      "
    `);
    expect(result.stderr).toBe('Configuration: rules.yaml\n');
    expect(result.code).toBe(0);
  });

  it('says so when nothing matched', async () => {
    const { stdout } = await runCli(['classify', ...withRules, 'urgent: my loop'], { cwd });
    expect(timeless(stdout)).toMatchInlineSnapshot(`
      "signal   name    outcome  score  threshold ms  found
      context  long    no           8 0.0
      keyword  code    matched 0.0  loop
      keyword  urgent  matched 0.0  urgent

      Decision  none matched
      Model     small
      Why       no decision matched, so the default model answers
      Took 0.0 ms, 0 encoder passes
      Config    rules.yaml (hash)

      What would have changed it
        context \`long\` did not match; had it matched, \`deep\` (priority 200) would have won.
        keyword \`urgent\` matched (urgent); had it not matched, \`coding\` (priority 100) would have won.
      "
    `);
  });

  it('prints every decision with --explain', async () => {
    const { stdout } = await runCli(['classify', ...withRules, '--explain', 'loop'], { cwd });
    expect(timeless(stdout.slice(stdout.indexOf('Decisions,')))).toMatchInlineSnapshot(`
      "Decisions, in the order in which they win
        \`deep\` (priority 200): did not match: context \`long\` did not match
          - context \`long\`
        \`coding\` (priority 100): won
          + AND
            + keyword \`code\`
            + NOT
              - keyword \`urgent\`
      "
    `);
  });

  it('reads stdin when there is no prompt', async () => {
    const { stdout } = await runCli(['classify', ...withRules, '--json'], { cwd, stdin: 'python\nloop\n' });
    expect(JSON.parse(stdout)).toMatchObject({ original_text: 'python\nloop', routing_decision: 'coding' });
  });

  it('takes a prompt that looks like an option after --', async () => {
    const { stdout } = await runCli(['classify', ...withRules, '--json', '--', '--loop'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ original_text: '--loop' });
  });

  it('adds rule trees to JSON with --trace only', async () => {
    const plain = await runCli(['classify', ...withRules, '--json', 'loop'], { cwd });
    expect(JSON.parse(plain.stdout)).toMatchObject({
      decision_result: { decision_name: 'coding', matched_signals: { keywords: ['code'] } },
      selected_model: 'small',
    });
    expect(JSON.parse(plain.stdout)).not.toHaveProperty('eval_trace');
    const traced = await runCli(['classify', ...withRules, '--json', '--trace', 'loop'], { cwd });
    expect(JSON.parse(traced.stdout)).toMatchObject({ eval_trace: [{ name: 'deep' }, { name: 'coding' }] });
  });

  it('adds the explanation to JSON with --explain only', async () => {
    const explained = await runCli(['classify', ...withRules, '--json', '--explain', 'loop'], { cwd });
    expect(JSON.parse(explained.stdout)).toMatchObject({
      selected_model: 'small',
      explanation: {
        decisions: [
          { name: 'deep', result: 'lost', lost_by: [{ condition: 'context:long', needs: 'match' }] },
          { name: 'coding', result: 'won' },
        ],
        counterfactuals_complete: true,
      },
    });
    const plain = await runCli(['classify', ...withRules, '--json', 'loop'], { cwd });
    expect(JSON.parse(plain.stdout)).not.toHaveProperty('explanation');
  });

  it('keeps control characters of a prompt from the terminal', async () => {
    const { stdout } = await runCli(['classify', ...withRules, '--explain', '\u001b[2Jloop\u0007'], { cwd });
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('colours only when asked to', async () => {
    const { stdout } = await runCli(['classify', ...withRules, 'loop'], { cwd, color: true });
    expect(stdout).toContain('\u001b[1mcoding\u001b[22m');
  });
});

describe('classify --jsonl', () => {
  const lines = [
    '{"prompt": "loop"}',
    'broken',
    '',
    '{"messages": [{"role": "user", "content": [{"type": "text", "text": "python"}]}]}',
    '{"messages": []}',
    '{"prompt": 7}',
    '{"prompt": "x", "messages": []}',
    '[]',
    '{"prompt": "hello", "model": "large"}',
  ].join('\n');

  it('answers every line in order, bad ones with their error, and exits 1', async () => {
    const { code, stdout, stderr } = await runCli(['classify', ...withRules, '--jsonl'], {
      cwd,
      stdin: `\ufeff${lines}`,
    });
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(answers).toMatchObject([
      { original_text: 'loop', routing_decision: 'coding' },
      { line: 2, error: expect.stringContaining('not valid JSON') },
      { original_text: 'python', routing_decision: 'coding' },
      { line: 5, error: '`messages` must not be empty.' },
      { line: 6, error: '`prompt` is no string' },
      { line: 7, error: 'has both `prompt` and `messages`' },
      { line: 8, error: 'not a JSON object' },
      { original_text: 'hello', requested_model: 'large', selected_model: 'large' },
    ]);
    expect(stderr).toContain('5 lines could not be classified; see "error" in the output.');
    expect(code).toBe(1);
  });

  it('keeps the order of many lines', async () => {
    const stdin = Array.from({ length: 200 }, (_, n) => JSON.stringify({ prompt: `loop ${n}` })).join('\n');
    const { code, stdout } = await runCli(['classify', ...withRules, '--jsonl'], { cwd, stdin });
    const texts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).original_text);
    expect(texts).toEqual(Array.from({ length: 200 }, (_, n) => `loop ${n}`));
    expect(code).toBe(0);
  });

  it('reads a file', async () => {
    await writeFile(join(cwd, 'rows.jsonl'), '{"prompt":"loop"}\r\n');
    const { stdout } = await runCli(['classify', ...withRules, '--jsonl', '--file', 'rows.jsonl'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ original_text: 'loop' });
  });
});

describe('usage', () => {
  it('is explained', async () => {
    expect((await runCli(['classify', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: vllm-sr classify [options] [prompt...]

      show which model would answer a prompt, and why; nothing is sent

      Arguments:
        prompt               the prompt; read from stdin if left out

      Options:
        -c, --config <file>  configuration file (default: the built-in configuration)
        --pull               first download the models that the configuration names
                             and this machine does not have
        --explain            also margins, what lost each decision, and the smallest
                             changes that flip it
        --json               print what POST /api/v1/eval answers
        --trace              with --json or --jsonl: add the rule trees, as
                             ?trace=true does
        --jsonl              read {"prompt"} or {"messages"} per line, print one JSON
                             body per line
        --file <file>        with --jsonl: read this file, not stdin
        --model <name>       what a client would put into \`model\` (default: a name
                             that asks the router to choose)
        --user <name>        whose request it would be, for role_bindings
        --group <names>      groups of that user, separated by commas
        -h, --help           display help for command

      Examples:
        vllm-sr classify "Prove that the square root of 2 is irrational"
        vllm-sr classify --config config.yaml --explain "Why is my loop slow?"
        vllm-sr classify --json < prompt.txt
        vllm-sr classify --jsonl --file prompts.jsonl > routed.jsonl
      "
    `);
  });

  it.each([
    [['classify']],
    [['classify', '--jsonl', 'prompt']],
    [['classify', '--file', 'x', 'prompt']],
    [['classify', '--trace', 'prompt']],
    [['classify', '  ']],
  ])('%j is refused with advice', async (words) => {
    const { code, stdout, stderr } = await runCli(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Error: .+\.\nHint: .+\n$/);
  });

  it('names a file that is not there', async () => {
    expect(await runCli(['classify', '--jsonl', '--file', 'nope.jsonl'], { cwd })).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "Error: There is no file nope.jsonl.
      Hint: Check the path; \`-\` reads stdin.
      ",
        "stdout": "",
      }
    `);
    expect(await runCli(['classify', '--jsonl', '--file', '.'], { cwd })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('. cannot be read: it is a folder.'),
    });
    expect(await runCli(['classify', '--config', 'nope.yaml', 'x'], { cwd })).toMatchObject({
      code: 1,
      stdout: '',
    });
  });
});

describe.skipIf(!existsSync(embeddedBundleDir()))('with the embedded model', () => {
  it('uses the built-in configuration and says so', async () => {
    const { code, stdout, stderr } = await runCli([
      'classify',
      '--json',
      'Prove that the square root of 2 is irrational',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      category: 'math',
      routing_decision: 'math_reasoning',
      encoder_passes: 1,
    });
    expect(stderr).toContain('Configuration: the built-in one');
    expect(code).toBe(0);
  });
});
