import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, temporaryFolder } from './run-cli.js';

const policy = `# Who answers what
MODEL big { param_size: "32B" }
SIGNAL keyword urgent { operator: OR keywords: ["asap", "urgent"] }
SIGNAL domain math { mmlu_categories: ["math"] }

ROUTE hurry { PRIORITY 100 WHEN keyword("urgent") MODEL big }
ROUTE sums { PRIORITY 50 WHEN domain("math") MODEL big (reasoning = true) }
ROUTE rest { MODEL small }
MODEL small { param_size: "8B" }

TEST basics {
  "Please do it asap" -> hurry
  "Prove that the square root of 2 is irrational" -> sums
}
RECIPE calm {
  ROUTE all { MODEL small }
  TEST quiet { "Please do it asap" -> all }
}
ENTRYPOINT { model_names: ["vllm-sr/calm"] recipe: calm }
`;

const infra = `version: v0.3
listeners: [{name: main, address: 127.0.0.1, port: 8899}]   # one port
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "127.0.0.1:8000"}]}
    - name: big
      reasoning: {family: qwen3}
      backend_refs: [{endpoint: "127.0.0.1:8001"}]
`;

/** A folder with `policy.dsl`, `infra.yaml` and whatever else is given. */
async function folderWith(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await temporaryFolder();
  const all = { 'policy.dsl': policy, 'infra.yaml': infra, ...files };
  await Promise.all(Object.entries(all).map(([name, text]) => writeFile(join(folder, name), text)));
  return folder;
}

describe('dsl validate', () => {
  it('says that a good file is valid', async () => {
    const cwd = await folderWith();
    expect(await runCli(['dsl', 'validate', 'policy.dsl'], { cwd })).toEqual({
      code: 0,
      stdout: 'policy.dsl is valid.\n',
      stderr: '',
    });
    expect((await runCli(['dsl', 'validate', 'policy.dsl', '--base', 'infra.yaml'], { cwd })).code).toBe(0);
    expect((await runCli(['dsl', 'validate', '-'], { cwd, stdin: policy })).stdout).toBe('- is valid.\n');
  });

  it('shows every problem with its place, and fails', async () => {
    const wrong = policy.replace('keyword("urgent")', 'keyword("urgnet")').replace('-> sums', '-> sum');
    const cwd = await folderWith({ 'policy.dsl': wrong });
    expect(await runCli(['dsl', 'validate', 'policy.dsl'], { cwd })).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "policy.dsl:6:41 error: unknown keyword signal \`urgnet\`
        did you mean \`urgent\`? declared with \`SIGNAL keyword\`: \`urgent\`
      policy.dsl:13:54 warning: TEST basics expects the unknown route \`sum\`
        did you mean \`sums\`?
      policy.dsl: 1 error, 1 warning
      ",
        "stdout": "",
      }
    `);
  });

  it('takes warnings for errors with --strict', async () => {
    const cwd = await folderWith({ 'policy.dsl': policy.replace('-> sums', '-> sum') });
    expect((await runCli(['dsl', 'validate', 'policy.dsl'], { cwd })).code).toBe(0);
    const { code, stderr } = await runCli(['dsl', 'validate', 'policy.dsl', '--strict'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('policy.dsl: 1 warning, refused by --strict\n');
  });

  it('prints findings with quick fixes as JSON', async () => {
    const cwd = await folderWith({ 'policy.dsl': policy.replace('-> sums', '-> sum') });
    const { code, stdout, stderr } = await runCli(['dsl', 'validate', 'policy.dsl', '--json'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      valid: true,
      source: 'policy.dsl',
      diagnostics: [
        {
          severity: 'warning',
          message: 'TEST basics expects the unknown route `sum`',
          hint: 'did you mean `sums`?',
          line: 13,
          column: 54,
          fix: { line: 13, column: 54, endLine: 13, endColumn: 57, text: 'sums' },
        },
      ],
    });
  });

  it('runs the tests with the models of the package, those of recipes by the recipe', async () => {
    const cwd = await folderWith();
    expect(await runCli(['dsl', 'validate', 'policy.dsl', '--run-tests'], { cwd })).toEqual({
      code: 0,
      stdout: `ok    basics: "Please do it asap" -> hurry
ok    basics: "Prove that the square root of 2 is irrational" -> sums
ok    calm/quiet: "Please do it asap" -> all
3 of 3 tests passed.
policy.dsl is valid.
`,
      stderr: '',
    });
  });

  it('fails if a test does', async () => {
    const cwd = await folderWith({ 'policy.dsl': policy.replace('-> hurry', '-> rest') });
    const args = ['dsl', 'validate', 'policy.dsl', '--run-tests', '--base', 'infra.yaml'];
    const { code, stdout } = await runCli(args, { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain(`FAIL  basics: "Please do it asap" -> expected \`rest\`, got \`hurry\`
      policy.dsl:12:3
`);
    const json: unknown = JSON.parse((await runCli([...args, '--json'], { cwd })).stdout);
    expect(json).toMatchObject({
      valid: true,
      tests: [
        {
          test: 'basics',
          query: 'Please do it asap',
          expected: 'rest',
          actual: 'hurry',
          passed: false,
          line: 12,
          column: 3,
        },
        { passed: true },
        { passed: true, recipe: 'calm' },
      ],
    });
  });

  it('says so if there are no tests, or no file', async () => {
    const cwd = await folderWith({ 'none.dsl': 'ROUTE r { MODEL m }' });
    expect((await runCli(['dsl', 'validate', 'none.dsl', '--run-tests'], { cwd })).stdout).toBe(
      'none.dsl has no TEST blocks.\nnone.dsl is valid.\n',
    );
    expect(await runCli(['dsl', 'validate', 'missing.dsl'], { cwd })).toMatchObject({
      code: 1,
      stderr: 'Error: There is no file missing.dsl.\nHint: Check the path; `-` reads stdin.\n',
    });
  });
});

describe('dsl compile', () => {
  it('prints the routing part, or writes it', async () => {
    const cwd = await folderWith({ 'small.dsl': 'ROUTE all { MODEL small }' });
    const yaml = `routing:
  decisions:
    - name: all
      rules:
        operator: AND
        conditions: []
      modelRefs:
        - model: small
`;
    expect(await runCli(['dsl', 'compile', 'small.dsl'], { cwd })).toEqual({
      code: 0,
      stdout: yaml,
      stderr: '',
    });
    const json = await runCli(['dsl', 'compile', 'small.dsl', '--format', 'json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ routing: { decisions: [{ name: 'all' }] } });
    expect((await runCli(['dsl', 'compile', 'small.dsl', '-o', 'out.yaml'], { cwd })).code).toBe(0);
    expect(await readFile(join(cwd, 'out.yaml'), 'utf8')).toBe(yaml);
    const again = await runCli(['dsl', 'compile', 'small.dsl', '-o', 'out.yaml'], { cwd });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('--force');
  });

  it('with a base gives a configuration that routes', async () => {
    const cwd = await folderWith();
    const args = ['dsl', 'compile', 'policy.dsl', '--base', 'infra.yaml', '--output', 'config.yaml'];
    expect(await runCli(args, { cwd })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Wrote config.yaml. Check it with: vllm-sr validate --config config.yaml\n',
    });
    expect(await readFile(join(cwd, 'config.yaml'), 'utf8')).toContain('# one port');
    expect((await runCli(['validate', '--config', 'config.yaml'], { cwd })).code).toBe(0);
    const { stdout } = await runCli(['classify', '--config', 'config.yaml', '--json', 'do it asap'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ decision_result: { decision_name: 'hurry' } });
  });

  it('refuses a file with errors and writes nothing', async () => {
    const cwd = await folderWith({ 'bad.dsl': 'ROUTE a { MODEL }' });
    const { code, stdout, stderr } = await runCli(['dsl', 'compile', 'bad.dsl', '-o', 'out.yaml'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'Error: 1 error in bad.dsl:\nbad.dsl:1:17 error: expected the name of a model; found `}`\n  example: `MODEL "qwen3-8b" (reasoning = true)`\n',
    );
    await expect(readFile(join(cwd, 'out.yaml'))).rejects.toThrow();
  });
});

describe('dsl decompile', () => {
  it('writes a file that compiles to the same routing', async () => {
    const cwd = await folderWith();
    await runCli(['dsl', 'compile', 'policy.dsl', '--base', 'infra.yaml', '-o', 'config.yaml'], { cwd });
    const result = await runCli(['dsl', 'decompile', 'config.yaml', '-o', 'back.dsl'], { cwd });
    expect(result).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'Not in the DSL: `listeners`, `providers`. Keep config.yaml for `vllm-sr dsl compile --base config.yaml`.\n',
    });
    const compiled = async (file: string) => (await runCli(['dsl', 'compile', file], { cwd })).stdout;
    expect(await compiled('back.dsl')).toBe(await compiled('policy.dsl'));
    // What comes out of it is formatted.
    expect((await runCli(['dsl', 'fmt', 'back.dsl', '--check'], { cwd })).code).toBe(0);
  });
});

describe('dsl fmt', () => {
  it('formats in place, keeps line ends, and is done then', async () => {
    const cwd = await folderWith({ 'crlf.dsl': '# c\r\nROUTE a { MODEL m }\r\n' });
    expect((await runCli(['dsl', 'fmt', 'policy.dsl', '--check'], { cwd })).code).toBe(1);
    expect(await readFile(join(cwd, 'policy.dsl'), 'utf8')).toBe(policy);
    expect((await runCli(['dsl', 'fmt', 'policy.dsl'], { cwd })).stderr).toBe('Formatted policy.dsl.\n');
    expect(await runCli(['dsl', 'fmt', 'policy.dsl'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await runCli(['dsl', 'fmt', 'policy.dsl', '--check'], { cwd })).code).toBe(0);
    await runCli(['dsl', 'fmt', 'crlf.dsl'], { cwd });
    expect(await readFile(join(cwd, 'crlf.dsl'), 'utf8')).toBe('# c\r\nROUTE a {\r\n  MODEL m\r\n}\r\n');
  });

  it('prints, or writes elsewhere', async () => {
    const cwd = await folderWith();
    const formatted = 'ROUTE a {\n  MODEL m\n}\n';
    const stdin = 'ROUTE a{MODEL m}';
    expect((await runCli(['dsl', 'fmt', '-', '--stdout'], { cwd, stdin })).stdout).toBe(formatted);
    await runCli(['dsl', 'fmt', '-', '-o', 'out.dsl'], { cwd, stdin });
    expect(await readFile(join(cwd, 'out.dsl'), 'utf8')).toBe(formatted);
    expect((await runCli(['dsl', 'fmt', '-'], { cwd, stdin })).code).toBe(2);
    expect((await runCli(['dsl', 'fmt', 'policy.dsl', '--check', '--stdout'], { cwd })).code).toBe(2);
  });

  it('leaves a file with syntax errors alone', async () => {
    const cwd = await folderWith({ 'bad.dsl': 'ROUTE a {' });
    const { code, stderr } = await runCli(['dsl', 'fmt', 'bad.dsl'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('bad.dsl:1:9 error: `}` is missing: ROUTE a is not closed');
    expect(await readFile(join(cwd, 'bad.dsl'), 'utf8')).toBe('ROUTE a {');
  });
});

it.each([
  ['serve', '--config'],
  ['classify', 'hello', '--config'],
  ['validate', '--config'],
  ['dsl', 'decompile'],
])('%s says that a DSL file has to be compiled first', async (...args) => {
  const cwd = await folderWith();
  const { code, stderr } = await runCli([...args.filter((word) => word !== undefined), 'policy.dsl'], {
    cwd,
  });
  expect(code).toBe(2);
  expect(stderr).toContain(
    'Hint: Compile it first: vllm-sr dsl compile policy.dsl --base FILE --output config.yaml\n',
  );
});
