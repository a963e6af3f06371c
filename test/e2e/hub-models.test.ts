/**
 * From a hub to a verdict: a model is pulled, a configuration names it, the router serves it, and what it says
 * is what its authors' library says.
 */
import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliResult, runCli, temporaryFolder } from '../commands/run-cli.js';
import { type HubServer, repoOf, startHubServer } from '../support/hub-server.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const tolerance = 1e-3;

let hub: HubServer;
let home: string;
let env: Record<string, string>;
const stops: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  hub = await startHubServer();
  home = await temporaryFolder();
  env = { HF_ENDPOINT: hub.url, HF_HOME: join(home, 'hf'), XDG_CACHE_HOME: join(home, 'caches') };
  hub.repos.set('acme/domains', repoOf(await filesOf('bert-domain')));
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await hub.close();
});

interface Case {
  readonly text: string;
  readonly output: readonly number[];
}

async function recorded(
  model: string,
): Promise<{ readonly tokenizer: string; readonly cases: readonly Case[] }> {
  return JSON.parse(await readFile(join(fixtures, 'published', model, 'cases.json'), 'utf8'));
}

/** What a repository of the tiny model holds. */
async function filesOf(model: string): Promise<Record<string, string | Buffer>> {
  const files = await folderFiles(join(fixtures, 'published', model));
  const { tokenizer } = await recorded(model);
  files['tokenizer.json'] = await readFile(
    join(fixtures, 'tokenizers', `${tokenizer}.tokenizer.json`),
    'utf8',
  );
  return files;
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

async function configure(catalog: string): Promise<void> {
  await writeFile(
    join(home, 'config.yaml'),
    `version: v0.3
listeners: [{port: 8899}]
providers: {models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}], defaults: {model: m}}
routing:
  signals: {domains: [{name: math}]}
  decisions: [{name: maths, rules: {type: domain, name: math}, modelRefs: [{model: m}]}]
global:
  model_catalog: ${catalog}
`,
  );
}

interface Served {
  readonly url: string;
  readonly stop: () => Promise<CliResult>;
}

async function serve(...options: string[]): Promise<Served> {
  const stop = new AbortController();
  let finished: Promise<CliResult> | undefined;
  const url = await new Promise<string>((resolve, reject) => {
    finished = runCli(
      ['serve', '--port', '0', '--api-port', '0', '--log-level', 'silent', '--no-watch', ...options],
      {
        cwd: home,
        env,
        signal: stop.signal,
        onStdout: (text) => {
          const [, address] = /management\s+(\S+)/.exec(text) ?? [];
          if (address !== undefined && text.includes('Try it:')) resolve(address);
        },
      },
    );
    finished.then(({ stderr }) => reject(new Error(`serve ended: ${stderr}`)), reject);
  });
  const end = async (): Promise<CliResult> => {
    stop.abort();
    if (finished === undefined) throw new Error('never started');
    return finished;
  };
  stops.push(end);
  while ((await fetch(`${url}/ready`)).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { url, stop: end };
}

async function json(url: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  return Object(await response.json());
}

/** The intent API answers what the reference says, for every recorded text. */
async function expectReference({ url }: Served, model = 'bert-domain'): Promise<void> {
  const { cases } = await recorded(model);
  for (const { text, output } of cases.slice(0, 4)) {
    const answer = await json(`${url}/api/v1/classify/intent`, {
      text,
      options: { return_probabilities: true },
    });
    const found = Object.values(Object(answer.probabilities)).map(Number);
    const expected = softmax(output);
    expect(found).toHaveLength(expected.length);
    for (const [index, probability] of found.entries()) {
      expect(Math.abs(probability - (expected[index] ?? Number.NaN)), text).toBeLessThan(tolerance);
    }
  }
}

const cli = (...words: string[]) => runCli(words, { env, cwd: home });

describe('a model of the hub', () => {
  it('is pulled, named and served, offline too', async () => {
    expect(await cli('models', 'pull', 'acme/domains')).toMatchObject({ code: 0 });
    await configure('{system: {domain_classifier: acme/domains}}');
    env.HF_HUB_OFFLINE = '1';
    await hub.close();
    const served = await serve();
    await expectReference(served);
    const { models, missing } = await json(`${served.url}/info/models`);
    expect(missing).toEqual([]);
    expect(models).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'mom-domain-classifier',
          in_use: false,
          replaced_by: 'acme/domains',
        }),
        expect.objectContaining({ name: 'mom-pii-classifier', in_use: true }),
        expect.objectContaining({
          name: 'acme/domains',
          state: 'ready',
          in_use: true,
          replaces: 'mom-domain-classifier',
        }),
      ]),
    );
    const { code, stderr } = await served.stop();
    expect(code).toBe(0);
    expect(stderr).not.toContain('not on this machine');
  });

  it('is pulled by `serve --pull`, and then stays', async () => {
    await configure('{system: {domain_classifier: acme/domains}}');
    const served = await serve('--pull');
    await expectReference(served);
    expect((await served.stop()).stderr).toMatch(/acme\/domains: 4 files, .* from acme\/domains@/);
    const downloads = hub.downloads().length;
    await expectReference(await serve('--pull'));
    expect(hub.downloads()).toHaveLength(downloads);
  });

  it('is pulled because the configuration says so', async () => {
    await configure('{download: missing, system: {domain_classifier: acme/domains}}');
    await expectReference(await serve());
  });

  it('that is not here has a stand-in, which is said with the line that brings it', async () => {
    await configure('{system: {domain_classifier: acme/domains, prompt_guard: mom-jailbreak-classifier}}');
    const served = await serve();
    const { missing, models } = await json(`${served.url}/info/models`);
    expect(missing).toMatchObject([
      { name: 'mom-jailbreak-classifier', stand_in: 'mom-jailbreak-classifier' },
      { name: 'acme/domains', stand_in: 'mom-domain-classifier', pull: ['acme/domains'] },
    ]);
    expect(models).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'mom-domain-classifier',
          in_use: true,
          stands_in_for: ['acme/domains'],
        }),
      ]),
    );
    const { stderr } = await served.stop();
    expect(stderr).toMatch(
      /^ +acme\/domains +the embedded mom-domain-classifier +vllm-sr models pull acme\/domains$/m,
    );
    expect(stderr).toMatch(
      /^ +mom-jailbreak-classifier +~600\.0 MB .* vllm-sr models pull mom-jailbreak-classifier$/m,
    );
    expect(stderr).toContain('All of them: vllm-sr models pull --from-config\n');
    expect(hub.log).toEqual([]);
  });

  it('runs from a cache of links that another tool has made', async () => {
    await cli('models', 'pull', 'acme/domains');
    const repository = join(home, 'hf', 'hub', 'models--acme--domains');
    await rm(join(repository, 'vllm-sr'), { recursive: true });
    const [commit = ''] = await readdir(join(repository, 'snapshots'));
    const snapshot = join(repository, 'snapshots', commit);
    expect((await lstat(join(snapshot, 'model.safetensors'))).isSymbolicLink()).toBe(true);
    await configure('{system: {domain_classifier: acme/domains}}');
    await expectReference(await serve());
  });

  it('runs from a cache that may only be read', async () => {
    await cli('models', 'pull', 'acme/domains');
    const repository = join(home, 'hf', 'hub', 'models--acme--domains');
    await rm(join(repository, 'vllm-sr'), { recursive: true });
    // Root may write everywhere: a file in the way keeps the folder from being made.
    await writeFile(join(repository, 'vllm-sr'), '');
    await chmod(repository, 0o555);
    await configure('{system: {domain_classifier: acme/domains}}');
    await expectReference(await serve());
    await chmod(repository, 0o755);
  });

  it('is read by a rule that names it, and replaces nothing', async () => {
    await writeFile(
      join(home, 'config.yaml'),
      `version: v0.3
listeners: [{port: 8899}]
providers: {models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}], defaults: {model: m}}
routing:
  signals: {classifiers: [{name: topic, model: acme/domains}]}
  decisions:
    - name: about_business
      rules: {type: classifier, name: topic, label: business, predicate: {gte: 0.4}}
      modelRefs: [{model: m}]
`,
    );
    const served = await serve('--pull');
    const { cases } = await recorded('bert-domain');
    const { text = '', output = [] } = cases[1] ?? {};
    // The order of the labels is that of their file: biology, business, math, other.
    const [, business = 0] = softmax(output);
    const { decision_result: result } = await json(`${served.url}/api/v1/eval`, { text });
    expect(result).toMatchObject({ decision_name: business >= 0.4 ? 'about_business' : null });
    expect(business).toBeGreaterThan(0.4);
    const { models } = await json(`${served.url}/info/models`);
    expect(models).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'mom-domain-classifier', in_use: true }),
        expect.objectContaining({ name: 'acme/domains', purpose: 'other', state: 'ready' }),
      ]),
    );
  });

  it('answers in classify as well', async () => {
    await configure('{system: {domain_classifier: acme/domains}}');
    const missing = await cli('classify', '--config', 'config.yaml', '--json', 'hello');
    expect(missing.code).toBe(0);
    expect(missing.stderr).toContain('vllm-sr models pull acme/domains');
    const pulled = await cli('classify', '--config', 'config.yaml', '--json', '--pull', 'hello');
    expect(pulled.code).toBe(0);
    expect(pulled.stderr).not.toContain('not on this machine');
    expect(JSON.parse(pulled.stdout)).not.toEqual(JSON.parse(missing.stdout));
  });
});

describe('a model of this machine', () => {
  it('in a folder beside the configuration is served', async () => {
    const folder = join(home, 'tuned');
    await mkdir(folder);
    for (const [name, content] of Object.entries(await filesOf('bert-domain'))) {
      await writeFile(join(folder, name), content);
    }
    await configure('{modules: {classifier: {domain: {model_id: ./tuned}}}}');
    await expectReference(await serve());
    expect(hub.log).toEqual([]);
  });

  it('that is an adapter runs on the base it names', async () => {
    const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'integrate', 'x', 'over', 'the', 'line'];
    const tokenizer = JSON.stringify({
      version: '1.0',
      added_tokens: words.slice(0, 4).map((content, id) => ({
        id,
        content,
        special: true,
        normalized: false,
        lstrip: false,
        rstrip: false,
        single_word: false,
      })),
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      },
    });
    const graphs = join(fixtures, 'graphs');
    hub.repos.set(
      'acme/base',
      repoOf({ ...(await folderFiles(join(graphs, 'bert-base'))), 'tokenizer.json': tokenizer }),
    );
    hub.repos.set('acme/adapter', repoOf(await folderFiles(join(graphs, 'bert-adapter'))));
    await configure(
      '{registry: {mine: {repo: acme/adapter, base: acme/base}}, system: {domain_classifier: mine}}',
    );
    const served = await serve('--pull');
    const answer = await json(`${served.url}/api/v1/classify/intent`, {
      text: 'Integrate x over the line',
      options: { return_probabilities: true },
    });
    expect(Object.keys(Object(answer.probabilities))).toEqual([
      'biology',
      'computer science',
      'math',
      'other',
      'law',
    ]);
    const { models } = await json(`${served.url}/info/models`);
    expect(models).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'mine', state: 'ready', replaces: 'mom-domain-classifier' }),
      ]),
    );
  });
});

async function folderFiles(dir: string): Promise<Record<string, string | Buffer>> {
  const files: Record<string, string | Buffer> = {};
  for (const name of await readdir(dir)) {
    if (name === 'cases.json') continue;
    const content = await readFile(join(dir, name));
    files[name] = name.endsWith('.json') ? content.toString() : content;
  }
  return files;
}

describe('what ends the start', () => {
  it.each([
    [
      'a name nobody knows',
      '{system: {domain_classifier: models/mom-domain-clasifier}}',
      [],
      /config\.yaml:8:47 error: .*no model/i,
    ],
    [
      'a model for something else',
      '{system: {domain_classifier: mom-pii-classifier}}',
      [],
      /config\.yaml:8:47 error: .*finds personal data; .*tells fields of knowledge apart/,
    ],
    [
      'a download that fails',
      '{system: {domain_classifier: acme/gone}}',
      ['--pull'],
      /no repository acme\/gone/,
    ],
    [
      'nobody who may answer',
      '{fallback: none, system: {domain_classifier: acme/domains}}',
      [],
      /VSR_MODEL_NOT_DOWNLOADED|Not on this machine: `acme\/domains`/,
    ],
  ] as const)('%s', async (_, catalog, options, message) => {
    await configure(catalog);
    const { code, stderr } = await cli('serve', '--port', '0', '--api-port', '0', ...options);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  it('--pull, where the environment forbids it', async () => {
    await configure('{system: {domain_classifier: acme/domains}}');
    env.HF_HUB_OFFLINE = '1';
    const { code, stderr } = await cli('serve', '--pull');
    expect(stderr).toContain('`--pull` is to download `acme/domains`, and HF_HUB_OFFLINE forbids it.');
    expect(code).toBe(1);
  });

  it('not a download that fails if the embedded model may answer', async () => {
    await configure('{fallback: embedded, system: {domain_classifier: acme/gone}}');
    const served = await serve('--pull');
    const { stderr } = await served.stop();
    expect(stderr).toMatch(/^Warning: .*no repository acme\/gone/m);
    expect(stderr).toContain('the embedded mom-domain-classifier');
  });
});
