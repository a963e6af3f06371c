import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, temporaryFolder } from './run-cli.js';

const old = `# ours
version: v0.1
listeners: [{name: main, address: 127.0.0.1, port: 8899}]
signals:
  # words of lawyers
  keywords: [{name: legal, operator: OR, keywords: [contract, tort]}]
decisions:
  - {name: lawyers, description: law, priority: 10, rules: {operator: OR, conditions: [{type: keyword, name: legal}]}, modelRefs: [{model: small}]}
providers:
  default_model: small
  models:
    - {name: small, access_key: sk-one, endpoints: [{name: a, weight: 1, endpoint: "127.0.0.1:8000"}]}
`;

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe('config migrate --in-place', () => {
  it('rewrites the file, keeps the old one and all comments', async () => {
    const cwd = await folderWith({ 'config.yaml': old, 'config.yaml.bak': 'older still' });
    const { code, stderr } = await runCli(['config', 'migrate', '--in-place'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('Rewrote config.yaml; the old one is config.yaml.bak1.');
    expect(await readFile(join(cwd, 'config.yaml.bak1'), 'utf8')).toBe(old);
    expect(await readFile(join(cwd, 'config.yaml.bak'), 'utf8')).toBe('older still');
    const written = await readFile(join(cwd, 'config.yaml'), 'utf8');
    expect(written).toMatch(/^# ours\nversion: v0.3\n/);
    expect(written).toContain('    # words of lawyers\n    keywords:');
    expect((await runCli(['validate', '--strict'], { cwd })).code).toBe(0);
    const again = await runCli(['config', 'migrate', '--in-place'], { cwd });
    expect(again.stderr).toContain('config.yaml is in the canonical layout already.');
    expect((await readdir(cwd)).sort()).toEqual(['config.yaml', 'config.yaml.bak', 'config.yaml.bak1']);
  });

  it('is not for --output', async () => {
    const cwd = await folderWith({ 'config.yaml': old });
    expect((await runCli(['config', 'migrate', '--in-place', '-o', 'x.yaml'], { cwd })).code).toBe(2);
  });
});

describe('validate', () => {
  it('warns of a learned head that is not on this machine, in its place', async () => {
    const cwd = await folderWith({
      'config.yaml': `version: v0.3
listeners: [{port: 8899}]
providers:
  defaults: {model: one}
  models: [{name: one, backend_refs: [{provider: echo}]}]
routing:
  signals:
    classifiers: [{name: ours, type: local, model: nowhere}]
  decisions:
    - {name: d, priority: 1, rules: {type: classifier, name: ours, label: a}, modelRefs: [{model: one}]}
`,
    });
    const { code, stderr } = await runCli(['validate'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /config\.yaml:8:52 warning: .*there is no learned head `nowhere`\n {2}Train it with/,
    );
    expect((await runCli(['validate', '--strict'], { cwd })).code).toBe(1);
  });
});

describe('config diff', () => {
  it('finds nothing between a file and its migration', async () => {
    const cwd = await folderWith({ 'old.yaml': old });
    await runCli(['config', 'migrate', '-c', 'old.yaml', '-o', 'new.yaml'], { cwd });
    const { code, stdout, stderr } = await runCli(['config', 'diff', 'old.yaml', 'new.yaml'], { cwd });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: 'They mean the same.\n' });
  });

  it('names what was added, removed and changed, and no secret', async () => {
    const changed = old
      .replace('priority: 10', 'priority: 20')
      .replace('contract, tort', 'contract, lawsuit')
      .replace('sk-one', 'sk-two')
      .replace(
        'decisions:',
        'decisions:\n  - {name: rest, description: all, priority: 1, rules: {operator: AND, conditions: []}, modelRefs: [{model: small}]}',
      );
    const cwd = await folderWith({ 'a.yaml': old, 'b.yaml': changed });
    const { code, stdout } = await runCli(['config', 'diff', 'a.yaml', 'b.yaml'], { cwd });
    expect(code).toBe(1);
    const lines = stdout.split('\n').map((line) => line.replace(/: .*/, ''));
    expect(lines).toEqual([
      '~ providers.models[small].backend_refs[a].api_key',
      '~ routing.signals.keywords[legal].keywords',
      '~ routing.decisions[lawyers].priority',
      '+ routing.decisions[rest]',
      '',
    ]);
    expect(stdout).toContain('routing.decisions[lawyers].priority: 10 → 20\n');
    expect(stdout).toContain('api_key: "***" → "***"\n');
    expect(stdout).not.toContain('sk-');
    const json = await runCli(['config', 'diff', 'b.yaml', 'a.yaml', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({
      same: false,
      differences: expect.arrayContaining([
        {
          kind: 'removed',
          path: 'routing.decisions[rest]',
          before: expect.objectContaining({ name: 'rest' }),
        },
      ]),
    });
  });

  it('counts the order of outputs, of which the first that fits is taken, and no operator around a single condition', async () => {
    const outputs = ['{name: some, gt: 0}', '{name: much, gt: 0.5}'];
    const text = (order: readonly string[], rules: string) => `version: v0.3
providers: {models: [{name: small, backend_refs: [{provider: echo}]}]}
routing:
  signals: {keywords: [{name: k, operator: OR, keywords: [k]}]}
  projections:
    scores: [{name: s, method: weighted_sum, inputs: [{type: keyword, name: k, weight: 1}]}]
    mappings: [{name: m, source: s, method: threshold_bands, outputs: [${order.join(', ')}]}]
  decisions: [{name: d, rules: ${rules}, modelRefs: [{model: small}]}]
`;
    const leaf = '{type: projection, name: some}';
    const cwd = await folderWith({
      'a.yaml': text(outputs, leaf),
      'b.yaml': text(outputs.toReversed(), leaf),
      'c.yaml': text(outputs, `{operator: AND, conditions: [${leaf}]}`),
    });
    const { stdout } = await runCli(['config', 'diff', 'a.yaml', 'b.yaml'], { cwd });
    expect(stdout).toBe('~ routing.projections.mappings[m].outputs: ["some","much"] → ["much","some"]\n');
    expect((await runCli(['config', 'diff', 'a.yaml', 'c.yaml'], { cwd })).code).toBe(0);
  });

  it('fails if a file cannot be read', async () => {
    const cwd = await folderWith({ 'a.yaml': old });
    expect((await runCli(['config', 'diff', 'a.yaml', 'none.yaml'], { cwd })).code).toBe(1);
    expect((await runCli(['config', 'diff', 'a.yaml'], { cwd })).code).toBe(2);
  });
});
