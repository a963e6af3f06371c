import { lstat, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Purpose } from '../../../src/runtime/models/catalog/types.js';
import { hubSettings } from '../../../src/runtime/models/hub/settings.js';
import { planModels } from '../../../src/runtime/models/plan.js';
import type { ModelCatalogSettings, ModelRequest } from '../../../src/runtime/models/requests.js';
import { temporaryHome } from './hub/support.js';

interface Asked extends Partial<ModelRequest> {
  readonly reference: string;
  readonly purpose: Purpose;
}

function ask(request: Asked): ModelRequest {
  return {
    path: ['global', 'model_catalog', 'system', request.purpose],
    mayBeHead: false,
    threshold: undefined,
    device: undefined,
    maxTokens: undefined,
    dimension: undefined,
    layer: undefined,
    revision: undefined,
    ...request,
  };
}

async function plan(
  home: string,
  requests: readonly Asked[],
  registry: ModelCatalogSettings['registry'] = {},
) {
  return planModels(
    { requests: requests.map(ask), registry, download: 'never', fallback: undefined },
    { settings: settingsOf(home), cwd: join(home, 'project') },
  );
}

function settingsOf(home: string) {
  return hubSettings({ HF_HOME: join(home, 'hf'), XDG_CACHE_HOME: join(home, 'caches') });
}

const classifier =
  '{"model_type": "bert", "architectures": ["BertForSequenceClassification"], "id2label": {"0": "a", "1": "b"}}';
const tagger =
  '{"model_type": "bert", "architectures": ["BertForTokenClassification"], "id2label": {"0": "O", "1": "B-X"}}';
const weights = { 'tokenizer.json': '{}', 'model.safetensors': 'weights' };

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

const commit = 'c'.repeat(40);

/** A repository in the cache as Hugging Face's tools leave it: a snapshot of links to blobs. */
async function cache(home: string, repo: string, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = join(home, 'hf', 'hub', `models--${repo.replaceAll('/', '--')}`);
  await write(dir, { 'refs/main': commit });
  for (const [index, [path, text]] of Object.entries(files).entries()) {
    const blob = String(index).padStart(64, '0');
    await write(join(dir, 'blobs'), { [blob]: text });
    const file = join(dir, 'snapshots', commit, path);
    await mkdir(dirname(file), { recursive: true });
    await symlink(join(dir, 'blobs', blob), file);
  }
  return dir;
}

describe('a plan', () => {
  it('is empty if nothing is asked for', async () => {
    expect(await plan('/nowhere', [])).toEqual({
      plan: { assignments: [], missing: [] },
      problems: [],
      absent: [],
    });
  });

  it('has what is in the cache, as real files', async () => {
    const home = await temporaryHome();
    await cache(home, 'llm-semantic-router/mmbert32k-pii-detector-merged', {
      'config.json': tagger,
      ...weights,
    });
    const { plan: found, problems } = await plan(home, [
      {
        reference: 'models/pii-detector-32k-merged',
        purpose: 'pii',
        threshold: 0.8,
        device: 'cpu',
        maxTokens: 256,
      },
    ]);
    expect(problems).toEqual([]);
    expect(found.missing).toEqual([]);
    expect(found.assignments).toMatchObject([
      {
        purpose: 'pii',
        entry: { name: 'mmbert32k-pii-detector-merged' },
        replaces: 'mom-pii-classifier',
        base: undefined,
        path: 'global.model_catalog.system.pii',
        threshold: 0.8,
        device: 'cpu',
        maxTokens: 256,
      },
    ]);
    const dir = found.assignments[0]?.dir ?? '';
    expect((await readdir(dir)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    for (const name of await readdir(dir)) expect((await lstat(join(dir, name))).isFile()).toBe(true);
  });

  it('says what is missing, who answers meanwhile, and what has to come', async () => {
    const home = await temporaryHome();
    const { plan: found } = await plan(home, [
      { reference: 'mom-jailbreak-classifier', purpose: 'jailbreak' },
      { reference: 'mmbert32k-intent-classifier-lora', purpose: 'domain' },
      { reference: 'acme/mine', purpose: 'other' },
    ]);
    expect(found.assignments).toEqual([]);
    expect(
      found.missing.map(({ entry, standIn, reason, pull }) => [
        entry.name,
        standIn,
        reason,
        pull.map(({ name }) => name),
      ]),
    ).toEqual([
      [
        'mom-jailbreak-classifier',
        'mom-jailbreak-classifier',
        '`mom-jailbreak-classifier` is not downloaded.',
        ['mom-jailbreak-classifier'],
      ],
      [
        'mmbert32k-intent-classifier-lora',
        'mom-domain-classifier',
        '`mmbert32k-intent-classifier-lora` is not downloaded.',
        ['mmbert32k-intent-classifier-lora', 'mmbert-32k-yarn'],
      ],
      ['acme/mine', undefined, '`acme/mine` is not downloaded.', ['acme/mine']],
    ]);
  });

  it.each([
    ['a relative folder', './own'],
    ['a folder without a dot', 'own'],
    ['a deeper folder', 'own/../own'],
    ['a folder in models/', 'models/tuned'],
    ['the folder of a known name', 'models/mom-domain-classifier'],
    ['the folder of an alias', 'models/intent-classifier'],
    ['a name of the registry', 'tuned-domains'],
  ])('finds %s', async (_, reference) => {
    const home = await temporaryHome();
    const project = join(home, 'project');
    for (const name of ['own', 'models/tuned', 'models/mom-domain-classifier', 'models/intent-classifier'])
      await write(join(project, name), { 'config.json': classifier, ...weights });
    const { plan: found, problems } = await plan(home, [{ reference, purpose: 'domain' }], {
      'tuned-domains': './own',
    });
    expect(problems).toEqual([]);
    expect(found.assignments).toMatchObject([
      {
        purpose: 'domain',
        entry: { purpose: 'domain', task: 'sequence' },
        replaces: 'mom-domain-classifier',
      },
    ]);
    const expected = reference === 'tuned-domains' ? 'own' : reference;
    expect(found.assignments[0]?.dir).toBe(join(project, expected));
  });

  it('finds an imported model by its name', async () => {
    const home = await temporaryHome();
    const dir = await write(join(home, 'hf', 'vllm-sr-models', 'mine'), {
      'config.json': classifier,
      ...weights,
    });
    const { plan: found } = await plan(home, [{ reference: 'mine', purpose: 'jailbreak' }]);
    expect(found.assignments).toMatchObject([{ dir, entry: { labels: ['a', 'b'] } }]);
  });

  it('joins an adapter with the base it names', async () => {
    const home = await temporaryHome();
    const adapter = {
      'adapter_config.json': '{"base_model_name_or_path": "acme/base", "task_type": "SEQ_CLS"}',
      'adapter_model.safetensors': 'adapter',
    };
    await write(join(home, 'project', 'adapter'), adapter);
    const asked = [{ reference: './adapter', purpose: 'domain' }] as const;
    const { plan: without } = await plan(home, asked);
    expect(without.missing).toMatchObject([
      {
        reason: '`acme/base`, which `adapter` is an adapter of, is not downloaded.',
        pull: [{ name: 'acme/base' }],
      },
    ]);
    await cache(home, 'acme/base', {
      'config.json': '{"model_type": "bert"}',
      'model.onnx': 'graph',
      ...weights,
    });
    const { plan: found } = await plan(home, asked);
    expect(found.assignments).toMatchObject([
      { dir: join(home, 'project', 'adapter'), base: { name: 'acme/base' } },
    ]);
    // A graph could not be opened up for the adapter.
    expect(found.assignments[0]?.base?.files.map(({ path }) => path).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
  });

  it('joins an adapter with the base that the registry names', async () => {
    const home = await temporaryHome();
    await cache(home, 'acme/adapter', {
      'adapter_config.json': '{}',
      'adapter_model.safetensors': 'adapter',
    });
    await cache(home, 'llm-semantic-router/mmbert-32k-yarn', {
      'config.json': '{"model_type": "modernbert"}',
      ...weights,
    });
    const { plan: found, problems } = await plan(home, [{ reference: 'mine', purpose: 'feedback' }], {
      mine: { repo: 'acme/adapter', base: 'mmbert-32k-yarn' },
    });
    expect(problems).toEqual([]);
    expect(found.assignments).toMatchObject([{ base: { name: 'mmbert-32k-yarn' } }]);
  });

  it('takes the layer that is wanted', async () => {
    const home = await temporaryHome();
    await cache(home, 'llm-semantic-router/mmbert-embed-32k-2d-matryoshka', {
      'config.json': '{"model_type": "modernbert"}',
      'tokenizer.json': '{}',
      'onnx/layer-6/model.onnx': 'six',
      'onnx/layer-22/model.onnx': 'all',
    });
    for (const [layer, path] of [
      [6, 'onnx/layer-6/model.onnx'],
      [undefined, 'onnx/layer-22/model.onnx'],
    ] as const) {
      const { plan: found } = await plan(home, [{ reference: 'mmbert', purpose: 'embedding', layer }]);
      const graphs = found.assignments[0]?.files.filter(({ role }) => role === 'graph');
      expect(graphs?.map((file) => file.path)).toEqual([path]);
    }
  });

  it('lies somewhere else if the cache may only be read', async () => {
    const home = await temporaryHome();
    const dir = await cache(home, 'acme/mine', { 'config.json': classifier, ...weights });
    // In the place of the folder of real files: nothing can be put into it.
    await write(dir, { 'vllm-sr': 'a file' });
    const { plan: found } = await plan(home, [{ reference: 'acme/mine', purpose: 'domain' }]);
    expect(found.assignments[0]?.dir).toBe(
      join(home, 'caches', 'vllm-sr', 'models', 'models--acme--mine', commit),
    );
    // And is found there again.
    const { plan: again } = await plan(home, [{ reference: 'acme/mine', purpose: 'domain' }]);
    expect(again).toEqual(found);
  });
});

describe('a model that a rule names', () => {
  const asked = (reference: string, mayBeHead: boolean) =>
    [
      { reference, purpose: 'other', mayBeHead, path: ['routing', 'signals', 'classifiers', 0, 'model'] },
    ] as const;

  it('answers under the name that the rule has written', async () => {
    const home = await temporaryHome();
    await write(join(home, 'project', 'own'), { 'config.json': classifier, ...weights });
    const { plan: found } = await plan(home, asked('./own', true));
    expect(found.assignments).toMatchObject([
      {
        entry: { name: './own', labels: ['a', 'b'] },
        replaces: undefined,
        path: 'routing.signals.classifiers[0].model',
      },
    ]);
  });

  it.each([
    ['a learned head', 'tickets', true],
    ['an embedded model', 'mom-domain-classifier', true],
  ])('is nothing to plan if it is %s', async (_, reference, mayBeHead) => {
    const home = await temporaryHome();
    await write(join(home, 'hf', 'vllm-sr-models', 'tickets'), { 'head.json': '{}' });
    expect(await plan(home, asked(reference, mayBeHead))).toEqual({
      plan: { assignments: [], missing: [] },
      problems: [],
      absent: [],
    });
  });

  it('is absent if it is neither a head of this machine nor a model', async () => {
    const home = await temporaryHome();
    await write(join(home, 'hf', 'vllm-sr-models', 'tickets'), { 'head.json': '{}' });
    expect(await plan(home, asked('tickest', true))).toMatchObject({
      plan: { assignments: [], missing: [] },
      problems: [],
      absent: [
        { message: 'There is no learned head `tickest`.', hint: expect.stringContaining('`tickets`') },
      ],
    });
  });

  it('is absent if only a model can be meant and there is none', async () => {
    const { problems, absent } = await plan(await temporaryHome(), asked('tickets', false));
    expect(problems).toEqual([]);
    expect(absent).toMatchObject([{ message: expect.stringContaining('no model `tickets`') }]);
  });

  it('is called as its signal knows it where the task has one model', async () => {
    const home = await temporaryHome();
    await write(join(home, 'project', 'own'), { 'config.json': classifier, ...weights });
    const { plan: found } = await plan(home, [{ reference: './own', purpose: 'modality' }]);
    expect(found.assignments).toMatchObject([{ entry: { name: 'mmbert32k-modality-router-merged' } }]);
  });
});

describe('what a configuration cannot mean', () => {
  it.each([
    [
      { reference: 'models/mom-domain-clasifier', purpose: 'domain' },
      /no model `models\/mom-domain-clasifier`/,
      /`mom-domain-classifier`/,
    ],
    [
      { reference: 'mom-pii-classifier', purpose: 'jailbreak' },
      /`mom-pii-classifier` is a model that finds personal data; what is needed here is one that recognises attacks/,
      /`mom-jailbreak-classifier`/,
    ],
    [{ reference: 'mom-brain-pro', purpose: 'domain' }, /generative model/, /providers\.models/],
    [{ reference: './empty', purpose: 'domain' }, /holds no model/, /config\.json/],
    [{ reference: './broken', purpose: 'domain' }, /no configuration of a model/, /Save the model again/],
    [
      { reference: './tagger', purpose: 'domain' },
      /labels single words; .* labels whole texts/,
      /architectures/,
    ],
    [
      { reference: './classifier', purpose: 'pii' },
      /labels whole texts; .* labels single words/,
      /architectures/,
    ],
    [{ reference: 'declared', purpose: 'domain' }, /`declared` is not in .*nowhere/, /config\.json/],
    [{ reference: './orphan', purpose: 'domain' }, /adapter and does not say of which model/, /base: NAME/],
  ] as const)('%j', async (asked, message, hint) => {
    const home = await temporaryHome();
    const project = join(home, 'project');
    await mkdir(join(project, 'empty'), { recursive: true });
    await write(join(project, 'broken'), { 'config.json': 'no JSON', ...weights });
    await write(join(project, 'tagger'), { 'config.json': tagger, ...weights });
    await write(join(project, 'classifier'), { 'config.json': classifier, ...weights });
    await write(join(project, 'orphan'), { 'adapter_config.json': '{}', 'adapter_model.safetensors': 'x' });
    const { plan: found, problems } = await plan(home, [asked], { declared: './nowhere' });
    expect(found).toEqual({ assignments: [], missing: [] });
    expect(problems).toMatchObject([
      { message: expect.stringMatching(message), hint: expect.stringMatching(hint) },
    ]);
  });

  it.each([
    ['./nothing', /no folder `\.\/nothing`; `mom-domain-classifier` answers instead/],
    ['models/our-own-classifier', /no model `models\/our-own-classifier`; `mom-domain-classifier` answers/],
  ])('may be on another machine: %s', async (reference, message) => {
    const home = await temporaryHome();
    const found = await plan(home, [{ reference, purpose: 'domain' }]);
    expect(found.problems).toEqual([]);
    expect(found.absent).toMatchObject([{ message: expect.stringMatching(message) }]);
  });
});
