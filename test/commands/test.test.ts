import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli, temporaryFolder } from './run-cli.js';

const config = `version: v0.3
listeners: [{port: 8899}]
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "127.0.0.1:1"}]}
    - {name: large, reasoning: {family: qwen3}, backend_refs: [{endpoint: "127.0.0.1:1"}]}
routing:
  signals:
    keywords:
      - {name: code, operator: OR, keywords: [loop, sql]}
      - {name: proof, operator: OR, keywords: [prove]}
      - {name: short, operator: OR, keywords: [briefly]}
    context: [{name: long, min_tokens: 1K}]
  decisions:
    - {name: coding, priority: 100, rules: {type: keyword, name: code}, modelRefs: [{model: large}]}
    - name: thinking
      priority: 50
      rules:
        operator: AND
        conditions:
          - {type: keyword, name: proof}
          - operator: NOT
            conditions: [{type: keyword, name: short}]
      modelRefs: [{model: large, use_reasoning: true, reasoning_effort: high}]
      plugins: [{type: system_prompt, configuration: {system_prompt: Think.}}]
    - {name: archive, priority: 10, rules: {type: context, name: long}, modelRefs: [{model: large}]}
`;

let cwd = '';
beforeAll(async () => {
  cwd = await temporaryFolder('keep');
  await writeFile(join(cwd, 'config.yaml'), config);
  await mkdir(join(cwd, 'tests'));
});

async function run(text: string, ...options: string[]) {
  await writeFile(join(cwd, 'tests', 'policy.test.yaml'), `config: ../config.yaml\n${text}`);
  const result = await runCli(['test', 'tests/policy.test.yaml', ...options], { cwd });
  return { ...result, stdout: result.stdout.replace(/in [\d.]+ s$/m, 'in … s') };
}

const green = `cases:
  - name: code
    prompts: [Fix my loop, Write sql]
    expect: {decision: coding, model: large, reasoning: false, matched: ["keyword:code"]}
  - prompt: Prove it
    expect: {decision: thinking, reasoning: true, reasoning_effort: high, plugins: [system_prompt], min_confidence: 0.5}
  - prompt: Prove it briefly
    expect: {decision: none, model: small, not_matched: ["keyword:code"]}
`;

describe('test', () => {
  it('passes where the configuration does what is expected, and shows what no case reaches', async () => {
    const { code, stdout, stderr } = await run(green);
    expect(stderr).toBe('');
    expect(stdout).toMatchInlineSnapshot(`
      "tests/policy.test.yaml  config.yaml  4 passed

      4 passed in … s
      Coverage 80 %: 2 of 3 decisions won, 7 of 8 outcomes of conditions, 3 of 4 signals matched
        decisions that no case reaches:
          archive
        signals that no case matches:
          context:long
        conditions seen one way only:
          context:long in archive (never matched)
      "
    `);
    expect(code).toBe(0);
  });

  it('shows for a failed case what was expected, why not, and the nearest miss', async () => {
    const { code, stdout } = await run(`cases:
  - {prompt: Prove it briefly, expect: {decision: thinking, model: large}}
  - {prompt: Tell me, skip: not decided yet, expect: {decision: coding}}
`);
    expect(stdout).toMatchInlineSnapshot(`
      "tests/policy.test.yaml  config.yaml  0 passed, 1 failed, 1 skipped

        failed  Prove it briefly  tests/policy.test.yaml:3:5
          decision         expected thinking, got none
          model            expected large, got small
          why              did not match: NOT failed: keyword \`short\` matched
          nearest          keyword \`short\` matched (briefly); had it not matched, \`thinking\` (priority 50) would have won
          signal         outcome  score  threshold  found
          keyword:code   no
          keyword:proof  matched                    prove
          keyword:short  matched                    briefly
          context:long   no           7

      0 passed, 1 failed, 1 skipped in … s
      Coverage 40 %: 0 of 3 decisions won, 4 of 8 outcomes of conditions, 2 of 4 signals matched
        decisions that no case reaches:
          coding, thinking, archive
        signals that no case matches:
          keyword:code, context:long
        conditions seen one way only:
          keyword:code in coding (never matched), keyword:proof in thinking (always matched), keyword:short in thinking (always matched), context:long in archive (never matched)
      "
    `);
    expect(code).toBe(1);
  });

  it('refuses names that the configuration does not have, with their places', async () => {
    const { code, stderr } = await run(`cases:
  - prompt: a
    expect: {decision: codin, model: huge, matched: ["keyword:cod", "domain:math"]}
`);
    expect(stderr).toMatchInlineSnapshot(`
      "Error: 4 errors in tests/policy.test.yaml:
      tests/policy.test.yaml:4:24 error: the configuration has no decision \`codin\`
        did you mean \`coding\`? allowed: \`coding\`, \`thinking\`, \`archive\`, \`none\`
      tests/policy.test.yaml:4:38 error: the configuration has no model \`huge\`
        allowed: \`small\`, \`large\`, \`none\`
      tests/policy.test.yaml:4:54 error: no decision of the configuration asks for a signal \`keyword:cod\`
        did you mean \`keyword:code\`? allowed: \`keyword:code\`, \`keyword:proof\`, \`keyword:short\`, \`context:long\`
      tests/policy.test.yaml:4:69 error: no decision of the configuration asks for a signal \`domain:math\`
        allowed: \`keyword:code\`, \`keyword:proof\`, \`keyword:short\`, \`context:long\`
      "
    `);
    expect(code).toBe(1);
  });

  it('reads conversations, identity and further fields of the request', async () => {
    const { code, stdout } = await run(`cases:
  - messages: [{role: user, content: hello}, {role: assistant, content: hi}, {role: user, content: my loop}]
    identity: {user_id: alice, groups: [staff]}
    metadata: {tier: gold}
    expect: {decision: coding}
  - prompt: a
    request: {messages: none of that counts, tools: [{type: function, function: {name: ${'x'.repeat(5000)}}}]}
    expect: {decision: archive}
`);
    expect(stdout).toContain('2 passed');
    expect(code).toBe(0);
  });

  it('reports as JSON', async () => {
    const { stdout } = await run(green, '--reporter', 'json');
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      total: 4,
      passed: 4,
      failed: 0,
      skipped: 0,
      files: [
        {
          file: 'tests/policy.test.yaml',
          config: { source: 'config.yaml' },
          cases: [
            { name: 'code: Fix my loop', status: 'passed', line: 4, decision: 'coding', model: 'large' },
            { name: 'code: Write sql', matched_signals: { keywords: ['code'] } },
            { reasoning: { enabled: true, effort: 'high' } },
            { decision: 'none', model: 'small', failures: [] },
          ],
        },
      ],
      coverage: [
        {
          config: 'config.yaml',
          decisions: { total: 3, reached: 2, missing: ['archive'] },
          conditions: {
            total: 8,
            reached: 7,
            missing: [{ decision: 'archive', condition: 'context:long', path: 'rules', never: ['matched'] }],
          },
          signals: { total: 4, reached: 3, missing: ['context:long'] },
        },
      ],
    });
  });

  it('writes JUnit into a file and what people read to the terminal', async () => {
    const { code, stdout } = await run(
      `cases:
  - {prompt: "is <a> & b a \\"loop\\"?\\u0007", expect: {decision: thinking}}
  - {prompt: later, skip: true, expect: {decision: coding}}
`,
      '--reporter',
      'junit',
      '--output',
      'report.xml',
    );
    expect(code).toBe(1);
    expect(stdout).toContain('1 failed, 1 skipped');
    const report = await readFile(join(cwd, 'report.xml'), 'utf8');
    expect(
      report
        .replace(/time="[\d.]+"/g, 'time="…"')
        .replace(/name="config_hash" value="\w+"/, 'name="config_hash" value="…"'),
    ).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="vllm-sr test" tests="2" failures="1" errors="0" skipped="1" time="…">
        <testsuite name="tests/policy.test.yaml" tests="2" failures="1" errors="0" skipped="1" time="…">
          <properties>
            <property name="config" value="config.yaml"/>
            <property name="config_hash" value="…"/>
            <property name="coverage" value="0.4000"/>
          </properties>
          <testcase name="is &lt;a&gt; &amp; b a &quot;loop&quot;?�" classname="tests/policy.test.yaml" file="tests/policy.test.yaml" line="3" time="…">
            <failure message="decision: expected thinking, got coding" type="expectation">decision: expected thinking, got coding
      prompt: is &lt;a&gt; &amp; b a "loop"?�
      why: did not match: keyword \`proof\` did not match
      nearest: keyword \`code\` matched (loop), and keyword \`proof\` did not match; had both been the other way round, \`thinking\` (priority 50) would have won</failure>
          </testcase>
          <testcase name="later" classname="tests/policy.test.yaml" file="tests/policy.test.yaml" line="4" time="…">
            <skipped message="skipped"/>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  it('fails below the coverage that is asked for', async () => {
    const { code, stderr } = await run(green, '--min-coverage', '90%');
    expect(code).toBe(1);
    expect(stderr).toContain('The cases reach 80 % of config.yaml; --min-coverage asks for 90 %.');
    expect((await run(green, '--min-coverage', '0.8')).code).toBe(0);
  });

  it('prints the JSON Schema of test files', async () => {
    const { code, stdout } = await runCli(['test', '--schema'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      title: 'vllm-sr policy tests',
      properties: {
        cases: { items: { properties: { expect: { properties: { decision: {}, matched: {} } } } } },
      },
    });
  });

  it.each([
    [['test']],
    [['test', 'tests/policy.test.yaml', '--min-coverage', '90']],
    [['test', 'tests/policy.test.yaml', '--reporter', 'tap']],
  ])('is used wrong with %j', async (words) => {
    expect((await runCli(words, { cwd })).code).toBe(2);
  });

  it('needs to know the configuration', async () => {
    await writeFile(join(cwd, 'bare.yaml'), 'cases: [{prompt: a, expect: {decision: coding}}]');
    const bare = await runCli(['test', 'bare.yaml'], { cwd });
    expect(bare.code).toBe(2);
    expect(bare.stderr).toContain('names no configuration');
    const named = await runCli(['test', 'bare.yaml', '--config', 'config.yaml'], { cwd });
    expect(named.stdout).toContain('1 failed');
  });
});
