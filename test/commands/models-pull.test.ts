import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../src/runtime/models/catalog/catalog.js';
import { bytesOf, type HubServer, repoOf, startHubServer } from '../support/hub-server.js';
import { runCli, temporaryFolder } from './run-cli.js';

const domain = 'LLM-Semantic-Router/lora_intent_classifier_bert-base-uncased_model';
const files = {
  'config.json':
    '{"model_type": "bert", "architectures": ["BertForSequenceClassification"], "id2label": {"0": "a", "1": "b"}}',
  'tokenizer.json': '{}',
  'label_mapping.json': '{}',
  'model.safetensors': bytesOf('weights', 20_000),
  'README.md': '#',
};

let server: HubServer;
let env: Record<string, string>;
let home: string;

beforeEach(async () => {
  server = await startHubServer();
  server.repos.set(domain, repoOf(files));
  home = await temporaryFolder();
  env = { HF_ENDPOINT: server.url, HF_HOME: home };
});
afterEach(() => server.close());

const cli = (...words: string[]) => runCli(['models', ...words], { env, cwd: home });

describe('models pull', () => {
  it('brings a model and prints where it lies', async () => {
    const { code, stdout, stderr } = await cli('pull', 'models/intent-classifier');
    expect(code).toBe(0);
    const dir = /^mom-domain-classifier {2}(.*)\n$/.exec(stdout)?.[1] ?? '';
    expect((await readdir(dir)).sort()).toEqual(
      ['config.json', 'label_mapping.json', 'model.safetensors', 'tokenizer.json'].sort(),
    );
    expect(stderr).toContain('4 files, 20.1 kB from LLM-Semantic-Router/');
    expect(stderr).toContain('  model.safetensors  20.0 kB\n');
    expect((await cli('path', 'mom-domain-classifier')).stdout).toBe(`${dir}\n`);
  });

  it('says with --dry-run what would come, and writes nothing', async () => {
    const { code, stdout } = await cli('pull', 'mom-domain-classifier', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}model\.safetensors +weights +20\.0 kB +to download$/m);
    expect(stdout).toContain('20.1 kB to download');
    expect(server.downloads()).toEqual([]);
    expect(existsSync(join(home, 'hub'))).toBe(false);
  });

  it('prints JSON, of failures too', async () => {
    server.repos.set('google/embeddinggemma-300m', { ...repoOf(files), gated: true });
    const { code, stdout, stderr } = await cli(
      'pull',
      'mom-embedding-flash',
      'mom-domain-classifier',
      '--json',
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      models: [
        {
          name: 'mom-embedding-flash',
          state: 'failed',
          error: {
            code: 'VSR_HUB_GATED',
            hint: expect.stringContaining(`${server.url}/google/embeddinggemma-300m`),
          },
        },
        { name: 'mom-domain-classifier', state: 'downloaded', path: expect.stringContaining(home) },
      ],
    });
    expect(stderr).toContain('1 of 2 models failed');
  });

  it('pulls with an adapter the base that it sits on', async () => {
    server.repos.set(
      'llm-semantic-router/mmbert32k-intent-classifier-lora',
      repoOf({ 'adapter_config.json': '{}', 'adapter_model.safetensors': bytesOf('a', 99) }),
    );
    server.repos.set(
      'llm-semantic-router/mmbert-32k-yarn',
      repoOf({ ...files, 'onnx/model.onnx': bytesOf('x', 9) }),
    );
    const { code, stdout } = await cli('pull', 'mmbert32k-intent', '--json');
    expect(code).toBe(0);
    const { models }: { models: { name: string; files: { path: string }[] }[] } = JSON.parse(stdout);
    expect(models.map(({ name }) => name)).toEqual(['mmbert32k-intent-classifier-lora', 'mmbert-32k-yarn']);
    expect(models[1]?.files.map(({ path }) => path)).toContain('model.safetensors');
  });

  it('pulls all of the catalogue that is published', async () => {
    const published = openCatalog().entries.filter(({ source }) => source.kind === 'hub');
    const { code, stdout } = await cli('pull', '--all', '--dry-run', '--json');
    expect(code).toBe(1);
    const { models }: { models: { name: string; state: string }[] } = JSON.parse(stdout);
    expect(models.map(({ name }) => name)).toEqual(published.map(({ name }) => name));
    expect(models.filter(({ state }) => state === 'planned')).toHaveLength(1);
  });

  it('pulls what the configuration names, by the repositories that it says', async () => {
    server.repos.set('acme/domains', repoOf(files));
    await writeFile(
      join(home, 'config.yaml'),
      `version: v0.3
providers: {models: [{name: m, backend_refs: [{endpoint: 127.0.0.1:1}]}], defaults: {model: m}}
global:
  model_catalog:
    registry: {models/mom-domain-classifier: acme/domains}
    modules:
      classifier:
        domain: {model_id: models/mom-domain-classifier, category_mapping_path: models/mom-domain-classifier/category_mapping.json}
      prompt_guard: {enabled: false, model_id: models/mom-jailbreak-classifier}
`,
    );
    const { code, stdout, stderr } = await cli('pull', '--from-config', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      models: [{ name: 'mom-domain-classifier', repo: 'acme/domains' }],
    });
    expect(JSON.parse(stdout).models).toHaveLength(1);
    expect(stderr).not.toContain('error');
  });

  it('refuses a configuration that names what is no model', async () => {
    await writeFile(
      join(home, 'config.yaml'),
      `version: v0.3
providers: {models: [{name: m, backend_refs: [{endpoint: 127.0.0.1:1}]}], defaults: {model: m}}
global:
  model_catalog:
    system: {pii_classifier: models/mom-pi-classifier}
`,
    );
    expect(await cli('pull', '--from-config')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /config\.yaml:5:30 error: .*mom-pi-classifier.*\n.*`mom-pii-classifier`/i,
      ),
    });
  });

  it('brings the base of an adapter, which only the adapter names', async () => {
    server.repos.set(
      'acme/adapter',
      repoOf({
        'adapter_config.json': '{"base_model_name_or_path": "acme/base", "task_type": "SEQ_CLS"}',
        'adapter_model.safetensors': bytesOf('adapter', 500),
      }),
    );
    server.repos.set(
      'acme/base',
      repoOf({
        'config.json': '{"model_type": "bert"}',
        'tokenizer.json': '{}',
        'model.onnx': bytesOf('graph', 500),
        'model.safetensors': bytesOf('base', 500),
      }),
    );
    const { code, stdout } = await cli('pull', 'acme/adapter', '--json');
    expect(code).toBe(0);
    const { models }: { models: { name: string; files: { path: string }[] }[] } = JSON.parse(stdout);
    expect(models.map(({ name }) => name)).toEqual(['acme/adapter', 'acme/base']);
    // Adapters change weights; a graph could not be opened up for them.
    expect(models[1]?.files.map(({ path }) => path).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
  });

  it('works offline with what is there, and says so of what is not', async () => {
    await cli('pull', 'mom-domain-classifier');
    await server.close();
    env.HF_HUB_OFFLINE = '1';
    expect(await cli('pull', 'mom-domain-classifier')).toMatchObject({ code: 0 });
    expect(await cli('pull', 'mom-pii-classifier')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('HF_HUB_OFFLINE'),
    });
  });

  it.each([
    [['pull'], 'No model is named'],
    [['pull', 'mom-domain-clasifier'], 'Did you mean `mom-domain-classifier`?'],
    [['pull', '--all', 'mom-pii-classifier'], 'exclude each other'],
    [['pull', '--all', '--revision', 'x'], 'is for one model'],
    [['path', 'mom-pii'], '`mom-pii-classifier`'],
    [['import', '.'], 'needs a name'],
  ])('refuses %j', async (words, message) => {
    expect(await cli(...words)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  it('sends generative models to a model server', async () => {
    expect(await cli('pull', 'mom-expert-math-flash')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('providers.models'),
    });
  });
});

describe('the state of models of the hub', () => {
  const stateIn = async (name: string) => {
    const { models }: { models: { name: string; state: string; hub: { state: string } | null }[] } =
      JSON.parse((await cli('list', '--json')).stdout);
    const model = models.find((each) => each.name === name);
    return [model?.state, model?.hub?.state];
  };

  it('is shown by list and show', async () => {
    expect(await stateIn('mom-domain-classifier')).toEqual(['embedded', 'not_downloaded']);
    expect(await stateIn('mmbert32k-pii-detector-merged')).toEqual(['not_downloaded', 'not_downloaded']);
    await cli('pull', 'mom-domain-classifier');
    expect(await stateIn('mom-domain-classifier')).toEqual(['embedded', 'cached']);
    expect((await cli('list')).stdout).toMatch(
      /^mom-domain-classifier +sequence +14 labels +cached +20\.1 kB/m,
    );
    expect((await cli('show', 'mom-domain-classifier')).stdout).toMatch(
      /^on the hub +LLM-Semantic-Router\/.*cached$/m,
    );
    expect((await cli('show', 'mmbert32k-pii')).stdout).toMatch(/^state +not downloaded$/m);
  });

  it('lists every name once', async () => {
    const { models }: { models: { name: string }[] } = JSON.parse((await cli('list', '--json')).stdout);
    const names = models.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name } of openCatalog().entries) expect(names).toContain(name);
  });
});

describe('models verify', () => {
  it('finds what was spoiled, and a pull mends it', async () => {
    const { stdout } = await cli('pull', 'mom-domain-classifier');
    const dir = stdout.trim().split('  ')[1] ?? '';
    expect(await cli('verify', 'mom-domain-classifier')).toMatchObject({
      code: 0,
      stdout: 'mom-domain-classifier: ok\n',
    });
    await writeFile(join(dir, 'model.safetensors'), bytesOf('spoiled', 20_000));
    expect(await cli('verify', 'mom-domain-classifier')).toMatchObject({
      code: 1,
      stdout: 'mom-domain-classifier: model.safetensors is damaged\n',
      stderr: expect.stringContaining('models pull mom-domain-classifier'),
    });
    await cli('pull', 'mom-domain-classifier');
    expect(await cli('verify', 'mom-domain-classifier')).toMatchObject({ code: 0 });
  });

  it('needs the model to be there', async () => {
    expect(await cli('verify', 'mom-domain-classifier')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('models pull'),
    });
  });
});

describe('models prune', () => {
  it('gives back superseded commits and unfinished files, and keeps what is in use', async () => {
    await cli('pull', 'mom-domain-classifier');
    server.repos.set(domain, repoOf({ ...files, 'model.safetensors': bytesOf('newer', 30_000) }, '2'));
    const { stdout } = await cli('pull', 'mom-domain-classifier');
    const dir = stdout.trim().split('  ')[1] ?? '';
    const cache = join(home, 'hub', `models--${domain.replace('/', '--')}`);
    await writeFile(join(cache, 'blobs', `${'0'.repeat(64)}.vllm-sr.incomplete`), 'part');
    expect((await cli('prune', '--dry-run')).stdout).toContain('could be freed');
    expect(await readdir(join(cache, 'snapshots'))).toHaveLength(2);
    expect((await cli('prune')).stdout).toContain('20.0 kB freed');
    expect(await readdir(join(cache, 'snapshots'))).toHaveLength(1);
    expect((await readdir(join(cache, 'blobs'))).filter((name) => name.includes('incomplete'))).toEqual([]);
    expect((await readFile(join(dir, 'model.safetensors'))).length).toBe(30_000);
    expect(await cli('verify', 'mom-domain-classifier')).toMatchObject({ code: 0 });
    expect((await cli('prune')).stdout).toBe('Nothing to remove.\n');
  });

  it('removes a model that is named, and nothing of other tools', async () => {
    await cli('pull', 'mom-domain-classifier');
    const foreign = join(home, 'hub', 'models--someone--else', 'blobs');
    await mkdir(foreign, { recursive: true });
    await writeFile(join(foreign, 'a'.repeat(64)), 'theirs');
    await cli('prune');
    await cli('prune', 'mom-domain-classifier');
    expect(await readdir(join(home, 'hub'))).not.toContain(`models--${domain.replace('/', '--')}`);
    expect(await readFile(join(foreign, 'a'.repeat(64)), 'utf8')).toBe('theirs');
  });
});

describe('models import', () => {
  it('takes a folder as the model of that name', async () => {
    const folder = join(home, 'exported');
    await mkdir(join(folder, 'onnx'), { recursive: true });
    await writeFile(join(folder, 'config.json'), files['config.json']);
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    await writeFile(join(folder, 'onnx', 'model.onnx'), 'graph');
    await writeFile(join(folder, 'notes.txt'), 'not needed');
    const { code, stdout, stderr } = await cli('import', 'exported', '--name', 'domain-classifier');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('bert, sequence, 3 files') });
    const dir = stdout.trim();
    expect((await readdir(dir)).sort()).toEqual(['config.json', 'onnx', 'tokenizer.json']);
    expect((await lstat(join(dir, 'onnx', 'model.onnx'))).isFile()).toBe(true);
    expect((await cli('path', 'mom-domain-classifier')).stdout).toBe(`${dir}\n`);
  });

  it('says what a folder lacks', async () => {
    await mkdir(join(home, 'empty'));
    expect(await cli('import', 'empty', '--name', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds no model'),
    });
  });
});

describe('models of no catalogue', () => {
  it('are listed, shown, verified and found as well', async () => {
    server.repos.set('acme/guard', repoOf(files));
    await cli('pull', 'acme/guard');
    const folder = join(home, 'exported');
    await mkdir(folder);
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const imported = (await cli('import', folder, '--name', 'our-guard')).stdout;
    expect((await cli('path', 'our-guard')).stdout).toBe(imported);
    expect((await cli('path', folder)).stdout).toBe(`${folder}\n`);
    const listed = (await cli('list')).stdout;
    expect(listed).toMatch(/^acme\/guard +sequence +2 labels +cached/m);
    expect(listed).toMatch(/^our-guard +sequence +2 labels +local/m);
    const names = (text: string): unknown =>
      JSON.parse(text).models.map(({ name }: { name: string }) => name);
    expect(names((await cli('list', '--json')).stdout)).toEqual(
      expect.arrayContaining(['acme/guard', 'our-guard']),
    );
    expect((await cli('show', 'acme/guard')).stdout).toMatch(/^gives +2 labels: a, b$/m);
    expect((await cli('verify')).stdout).toMatch(/^acme\/guard: ok$/m);
    const [blob = ''] = (await readdir(join(home, 'hub/models--acme--guard/blobs'))).filter(
      (name) => name.length === 64,
    );
    await writeFile(join(home, 'hub/models--acme--guard/blobs', blob), bytesOf('spoiled', 20_000));
    const spoiled = await cli('verify');
    expect(spoiled).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('vllm-sr models pull acme/guard'),
    });
  });
});
