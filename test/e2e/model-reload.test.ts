/**
 * Other models while requests are served: somebody edits the file or sends a change, and the router goes on.
 */
import { readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../commands/run-cli.js';
import { casesOf, distance, filesIn, placed, softmaxOf } from '../runtime/inference/published/support.js';
import { type HubServer, repoOf, startHubServer } from '../support/hub-server.js';
import { type Serving, serve } from '../support/serving.js';

/** Its decision fails a request that the model cannot judge, so that no lost model goes unnoticed. */
function configuration(catalog = '{}', decision = 'maths'): string {
  return `version: v0.3
listeners: [{name: main, address: 127.0.0.1, port: 8899}]
providers:
  defaults: {model: echo}
  models: [{name: echo, backend_refs: [{provider: echo}]}]
routing:
  signals: {domains: [{name: math}]}
  decisions:
    - name: ${decision}
      rules: {type: domain, name: math, on_unknown: fail_request}
      modelRefs: [{model: echo}]
global:
  model_catalog: ${catalog}
`;
}

/** A catalogue that has the work of the domain head done by the model in a folder. */
function domainOf(dir: string, more = ''): string {
  return `{system: {domain_classifier: ${JSON.stringify(dir)}}${more}}`;
}

async function replace({ folder }: Serving, text: string): Promise<void> {
  await writeFile(join(folder, 'router.yaml.new'), text);
  await rename(join(folder, 'router.yaml.new'), join(folder, 'router.yaml'));
}

async function ready({ management }: Serving): Promise<void> {
  await expect.poll(async () => (await fetch(`${management}/ready`)).status, { timeout: 20_000 }).toBe(200);
}

async function json(url: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
  const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const answer: Record<string, unknown> = Object(await response.json());
  return { status: response.status, body: answer };
}

async function ask({ endpoint }: Serving, content: string): Promise<number> {
  const { status } = await json(`${endpoint}/chat/completions`, {
    model: 'auto',
    messages: [{ role: 'user', content }],
  });
  return status;
}

/** How far what the router says of recorded texts is from what the authors' library says; 0 for the same. */
async function farFrom(model: string, { management }: Serving): Promise<number> {
  const distances = casesOf(model)
    .slice(0, 3)
    .map(async ({ text, output }) => {
      const { body } = await json(`${management}/api/v1/classify/intent`, {
        text,
        options: { return_probabilities: true },
      });
      return distance(Object.values(Object(body.probabilities)).map(Number), softmaxOf(output));
    });
  return Math.max(...(await Promise.all(distances)));
}

async function namesInUse({ management }: Serving): Promise<string[]> {
  const { body } = await json(`${management}/info/models`);
  const models = Array.isArray(body.models) ? body.models : [];
  return models.filter(({ in_use }) => in_use === true).map(({ name }) => String(name));
}

const reloads = ({ stderr }: Serving) => stderr().split('Reloaded router.yaml').length - 1;

describe('models that are named in the file', () => {
  it('take over without a restart, and give the work back', async () => {
    const serving = await serve(configuration());
    await ready(serving);
    expect(await farFrom('bert-domain', serving)).toBeGreaterThan(0.1);
    await replace(serving, configuration(domainOf(placed('bert-domain'))));
    await expect.poll(() => serving.stderr(), { timeout: 20_000 }).toContain('Its models have changed.');
    expect(await farFrom('bert-domain', serving)).toBeLessThan(1e-3);
    expect(await namesInUse(serving)).not.toContain('mom-domain-classifier');
    expect((await json(`${serving.management}/ready`)).status).toBe(200);
    await replace(serving, configuration());
    await expect.poll(() => reloads(serving), { timeout: 20_000 }).toBe(2);
    expect(await farFrom('bert-domain', serving)).toBeGreaterThan(0.1);
    expect(await namesInUse(serving)).toContain('mom-domain-classifier');
    expect(serving.stderr()).not.toContain('Not in force');
    const { code } = await serving.stop();
    expect(code).toBe(0);
  });

  it('cost no request, however often they change under load', { timeout: 60_000 }, async () => {
    const first = domainOf(placed('bert-domain'));
    const second = domainOf(placed('bert-domain'), ', inference: {cache_entries: 0, workers: 2}');
    const serving = await serve(configuration());
    await ready(serving);
    let over = false;
    let asked = 0;
    const failures: number[] = [];
    const client = async (_: unknown, number: number) => {
      while (!over) {
        asked += 1;
        // Never the same text: each needs a pass.
        const status = await ask(serving, `What is ${asked} plus ${number} times the length of this text?`);
        if (status !== 200) failures.push(status);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (const [index, catalog] of [first, second, '{}', first].entries()) {
      await replace(serving, configuration(catalog));
      await expect.poll(() => reloads(serving), { timeout: 20_000 }).toBe(index + 1);
    }
    over = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(clients.length);
    expect(await farFrom('bert-domain', serving)).toBeLessThan(1e-3);
  });

  it('stay what they are while only rules change', async () => {
    const catalog = domainOf(placed('bert-domain'));
    const serving = await serve(configuration(catalog));
    await ready(serving);
    const runtime = async () => {
      const { body } = await json(`${serving.management}/info/models`);
      return Array.isArray(body.models) ? body.models.at(-1)?.runtime : undefined;
    };
    await farFrom('bert-domain', serving);
    const { load_ms, runs } = await runtime();
    expect(runs).toBeGreaterThan(0);
    await replace(serving, configuration(catalog, 'sums'));
    await expect.poll(() => serving.stderr(), { timeout: 20_000 }).toContain('Reloaded');
    expect(serving.stderr()).not.toContain('models have changed');
    expect(await runtime()).toMatchObject({ load_ms, runs });
  });

  it('that have come since are found by a reload that somebody asks for', async () => {
    const dir = placed('bert-domain');
    await rename(join(dir, 'config.json'), join(dir, 'later.json'));
    await rename(dir, `${dir}-away`);
    const serving = await serve(configuration(domainOf(dir)));
    await ready(serving);
    await expect.poll(serving.stderr).toContain('models are loaded');
    const told = serving.stderr();
    expect(told).toContain('`mom-domain-classifier` answers instead');
    await rename(`${dir}-away`, dir);
    await rename(join(dir, 'later.json'), join(dir, 'config.json'));
    const { body } = await json(`${serving.management}/config/router/reload`, {});
    expect(body).toMatchObject({ status: 'reloaded', models_changed: true });
    expect(await farFrom('bert-domain', serving)).toBeLessThan(1e-3);
    const again = await json(`${serving.management}/config/router/reload`, {});
    expect(again.body).toMatchObject({ status: 'unchanged', models_changed: false });
    expect(serving.stderr()).toBe(told);
  });
});

it('examples are compared with texts by the embedding model in force alone', async () => {
  const semantic = (dir: string) => `{embeddings: {semantic: {embedding_model: ${JSON.stringify(dir)}}}}`;
  const withExamples = (catalog?: string) =>
    configuration(catalog)
      .replace(
        '{domains: [{name: math}]}',
        '{embeddings: [{name: near, threshold: 0.999, candidates: [a cat]}]}',
      )
      .replace('type: domain, name: math', 'type: embedding, name: near');
  const serving = await serve(withExamples());
  await ready(serving);
  const decision = async () => {
    const { body } = await json(`${serving.management}/api/v1/eval?trace=true`, { text: 'a cat' });
    return Object(body.decision_result).decision_name;
  };
  const embedding = async (): Promise<unknown> => {
    const { body } = await json(`${serving.management}/api/v1/embeddings`, { texts: ['a cat'] });
    const [first] = Array.isArray(body.embeddings) ? body.embeddings : [];
    return Array.isArray(first?.embedding) ? first.embedding.length : body;
  };
  // Of 384 numbers, of 16, and of 384 again: what was computed by one of them fits no other.
  for (const [index, catalog] of [undefined, semantic(placed('bert-embedding')), undefined].entries()) {
    await replace(serving, withExamples(catalog));
    if (index > 0) await expect.poll(() => reloads(serving), { timeout: 20_000 }).toBe(index);
    expect(await decision()).toBe('maths');
    expect(await embedding()).toBe(catalog === undefined ? 384 : 16);
    expect(await ask(serving, 'a cat')).toBe(200);
  }
});

describe('models that read two texts', () => {
  const nli = ({ management }: Serving) =>
    json(`${management}/api/v1/nli`, { premise: 'The sky is blue.', hypothesis: 'The sky is green.' });

  it('take over as well, loaded if those before them were', async () => {
    const serving = await serve(configuration());
    const embedded = await nli(serving);
    expect(embedded.status).toBe(200);
    const catalog = `{system: {hallucination_explainer: ${JSON.stringify(placed('modernbert-nli'))}}}`;
    const yaml = configuration(catalog);
    expect((await json(`${serving.management}/config/router`, { yaml }, 'PUT')).status).toBe(200);
    const { body } = await json(`${serving.management}/info/models`);
    expect(Array.isArray(body.models) ? body.models.at(-1) : undefined).toMatchObject({
      replaces: 'mom-halugate-explainer',
      state: 'ready',
    });
    const other = await nli(serving);
    expect(other.status).toBe(200);
    expect(other.body).not.toEqual(embedded.body);
  });
});

describe('models of the hub', () => {
  let hub: HubServer;
  beforeEach(async () => {
    hub = await startHubServer();
    const folder = placed('bert-domain');
    const files = filesIn(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
    hub.repos.set('acme/domains', repoOf(Object.fromEntries(files)));
  });
  afterEach(() => hub.close());

  const catalog = '{download: missing, system: {domain_classifier: acme/domains}}';
  const put = ({ management }: Serving) =>
    json(`${management}/config/router`, { yaml: configuration(catalog) }, 'PUT');

  it('are downloaded where the file says so, while the old ones answer', async () => {
    const env = { HF_ENDPOINT: hub.url, HF_HOME: await temporaryFolder() };
    const serving = await serve(configuration(), [], env);
    await ready(serving);
    const [written, status] = await Promise.all([put(serving), ask(serving, 'one and one')]);
    expect([written.status, status]).toEqual([200, 200]);
    expect(written.body).toMatchObject({ missing_models: [] });
    expect(await farFrom('bert-domain', serving)).toBeLessThan(1e-3);
  });

  it('whose download fails change nothing', async () => {
    hub.fault = ({ path }) => (path.includes('domains') ? { status: 404 } : undefined);
    const env = { HF_ENDPOINT: hub.url, HF_HOME: await temporaryFolder() };
    const serving = await serve(configuration(), [], env);
    await ready(serving);
    const { status, body } = await put(serving);
    expect({ status, body }).toMatchObject({
      status: 502,
      body: { error: { message: expect.stringContaining('acme/domains') } },
    });
    expect(await readFile(join(serving.folder, 'router.yaml'), 'utf8')).toBe(configuration());
    expect(await ask(serving, 'one and one')).toBe(200);
  });
});

it('files that the configuration names are read anew by a reload that somebody asks for', async () => {
  const folder = await temporaryFolder();
  const desk = (...exemplars: string[]) =>
    writeFile(join(folder, 'labels.json'), JSON.stringify({ labels: { hit: { exemplars } } }));
  await desk('a sick cat');
  const text = configuration(
    `{kbs: [{name: desk, threshold: 0.8, source: {path: ${JSON.stringify(folder)}}}]}`,
  )
    .replace('{domains: [{name: math}]}', '{kb: [{name: hit, kb: desk, target: {kind: label, value: hit}}]}')
    .replace('type: domain, name: math', 'type: kb, name: hit');
  const serving = await serve(text);
  await ready(serving);
  const decision = async () => {
    const { body } = await json(`${serving.management}/api/v1/eval`, { text: 'the terms of a contract' });
    return Object(body.decision_result).decision_name ?? null;
  };
  expect(await decision()).toBeNull();
  await desk('the terms of a contract');
  serving.hangup();
  await expect.poll(() => serving.stderr(), { timeout: 20_000 }).toContain('in force already');
  expect(await decision()).toBe('maths');
});

it('a router that is stopped while models load ends', async () => {
  const serving = await serve(configuration());
  await replace(serving, configuration(domainOf(placed('bert-domain'))));
  const asked = json(`${serving.management}/config/router/reload`, {}).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { code } = await serving.stop();
  expect(code).toBe(0);
  await asked;
});

describe('models that cannot run', () => {
  async function damaged(): Promise<string> {
    const dir = placed('bert-domain');
    await rm(join(dir, 'tokenizer.json'));
    return dir;
  }

  it('leave the old ones in force, and are told with their place', async () => {
    const serving = await serve(configuration(domainOf(placed('bert-domain'))));
    await ready(serving);
    await replace(serving, configuration(domainOf(await damaged())));
    await expect.poll(() => serving.stderr(), { timeout: 20_000 }).toContain('stays in force');
    expect(serving.stderr()).toMatch(
      /router\.yaml:13:\d+ error: `global\.model_catalog\.system\.domain_classifier`: .* cannot be used: .*no tokenizer\.json/,
    );
    expect(serving.stderr()).not.toContain('answers instead');
    expect(await farFrom('bert-domain', serving)).toBeLessThan(1e-3);
    const metrics = await (await fetch(`${serving.management}/metrics`)).text();
    expect(metrics).toContain('llm_config_last_reload_successful 0');
  });

  it('are refused over HTTP, and the file stays as it was', async () => {
    const text = configuration(domainOf(placed('bert-domain')));
    const serving = await serve(text);
    await ready(serving);
    const yaml = configuration(domainOf(await damaged()));
    expect(await json(`${serving.management}/config/router`, { yaml }, 'PUT')).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'CONFIG_VALIDATION_ERROR',
          diagnostics: [{ path: 'global.model_catalog.system.domain_classifier', line: 13 }],
        },
      },
    });
    expect(await readFile(join(serving.folder, 'router.yaml'), 'utf8')).toBe(text);
    expect(await farFrom('bert-domain', serving)).toBeLessThan(1e-3);
  });

  it('and could not at the start are no reason to refuse other changes', async () => {
    const catalog = domainOf(await damaged());
    const serving = await serve(configuration(catalog));
    await ready(serving);
    expect(serving.stderr()).toContain('answers instead');
    await replace(serving, configuration(catalog, 'sums'));
    await expect.poll(() => serving.stderr(), { timeout: 20_000 }).toContain('Reloaded');
    expect(serving.stderr().split('answers instead')).toHaveLength(2);
    expect(await ask(serving, 'one and one')).toBe(200);
  });
});

describe('models that are not on this machine', () => {
  it('are named in the answer to the change, with who answers meanwhile', async () => {
    const serving = await serve(configuration());
    await ready(serving);
    const yaml = configuration('{system: {domain_classifier: acme/domains}}');
    const missing = [{ name: 'acme/domains', stand_in: 'mom-domain-classifier' }];
    const checked = await json(`${serving.management}/config/router/validate`, { yaml });
    expect(checked.body).toMatchObject({ valid: true, missing_models: missing });
    const { status, body } = await json(`${serving.management}/config/router`, { yaml }, 'PUT');
    expect({ status, body }).toMatchObject({ status: 200, body: { missing_models: missing } });
    expect(serving.stderr()).toContain('vllm-sr models pull acme/domains');
    expect(await ask(serving, 'one and one')).toBe(200);
  });

  it('are refused where nobody may answer for them', async () => {
    const serving = await serve(configuration());
    await ready(serving);
    const yaml = configuration('{fallback: none, system: {domain_classifier: acme/domains}}');
    const { status, body } = await json(`${serving.management}/config/router`, { yaml }, 'PUT');
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { error: { message: expect.stringContaining('acme/domains') } },
    });
    expect(await readFile(join(serving.folder, 'router.yaml'), 'utf8')).toBe(configuration());
    expect(await ask(serving, 'one and one')).toBe(200);
  });
});
