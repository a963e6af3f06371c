import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedBundleDir } from '../../src/runtime/inference/bundle.js';
import { embeddedModels } from '../../src/runtime/inference/embedded-models.js';
import { runCli, temporaryFolder } from './run-cli.js';

describe.skipIf(!existsSync(embeddedBundleDir()))('models list', () => {
  it('shows what every model is, gives, reached and weighs', async () => {
    const { code, stdout, stderr } = await runCli(['models', 'list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^name +task +input +gives +measured +size +source +licence\n/);
    expect(stdout).toMatch(
      /^mom-domain-classifier +sequence +text +14 labels +0\.\d{3} \S.*\d\.\d MB +embedded +Apache-2\.0$/m,
    );
    for (const { name } of embeddedModels()) expect(stdout).toContain(`\n${name} `);
  });

  it('prints everything as JSON', async () => {
    const { stdout } = await runCli(['models', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      models: expect.arrayContaining([
        expect.objectContaining({
          name: 'mom-embedding-light',
          task: 'embedding',
          dimension: 384,
          source: 'embedded',
        }),
        expect.objectContaining({
          name: 'mom-domain-classifier',
          input: 'text',
          labels: expect.arrayContaining(['math']),
        }),
      ]),
    });
  });

  it('gives every model the same keys', async () => {
    const { stdout } = await runCli(['models', 'list', '--json']);
    const { models }: { models: Record<string, unknown>[] } = JSON.parse(stdout);
    const shapes = new Set(models.map((model) => Object.keys(model).join()));
    expect([...shapes]).toEqual([
      'name,aliases,task,purpose,input,source,state,in_use,configured_at,labels,threshold,thresholds,dimension,' +
        'max_tokens,base,precision,license,size_bytes,accuracy,metrics,bundle,card,embedded_stand_in,hub',
    ]);
  });
});

describe.skipIf(!existsSync(embeddedBundleDir()))('models list with a configuration', () => {
  async function project(system: string): Promise<string> {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'tuned'));
    for (const [name, text] of [
      ['config.json', '{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}'],
      ['tokenizer.json', '{}'],
      ['model.safetensors', 'weights'],
    ] as const) {
      await writeFile(join(cwd, 'tuned', name), text);
    }
    await writeFile(
      join(cwd, 'prod.yaml'),
      `version: v0.3
listeners: [{port: 8899}]
providers: {models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}], defaults: {model: m}}
global: {model_catalog: {system: ${system}}}
`,
    );
    return cwd;
  }

  it('says which models are in use', async () => {
    const cwd = await project('{domain_classifier: ./tuned, prompt_guard: mom-jailbreak-classifier}');
    const env = { HF_HOME: join(cwd, 'hf') };
    const { stdout } = await runCli(['models', 'list', '--config', 'prod.yaml', '--json'], { cwd, env });
    const { config, models }: { config: string; models: { name: string }[] } = JSON.parse(stdout);
    expect(config).toBe('prod.yaml');
    const named = (name: string) => models.find((model) => model.name === name);
    expect(named('tuned')).toMatchObject({
      in_use: true,
      state: 'local',
      purpose: 'domain',
      configured_at: ['global.model_catalog.system.domain_classifier'],
    });
    expect(named('mom-domain-classifier')).toMatchObject({ in_use: false, configured_at: [] });
    expect(named('mom-jailbreak-classifier')).toMatchObject({
      in_use: true,
      configured_at: ['global.model_catalog.system.prompt_guard'],
      hub: { in_use: false, state: 'not_downloaded' },
    });
    const table = (await runCli(['models', 'list', '--config', 'prod.yaml'], { cwd, env })).stdout;
    expect(table).toMatch(/^tuned +local +tuned +global\.model_catalog\.system\.domain_classifier$/m);
    expect(table).toMatch(
      /^mom-jailbreak-classifier +not downloaded +the embedded mom-jailbreak-classifier +global\./m,
    );
    const card = await runCli(['models', 'show', 'mom-domain-classifier', '--config', 'prod.yaml'], {
      cwd,
      env,
    });
    expect(card.stdout).toMatch(/^replaced by +tuned$/m);
  });

  it('refuses one that names what is no model', async () => {
    const cwd = await project('{domain_classifier: models/mom-domain-clasifier}');
    expect(await runCli(['models', 'list', '--config', 'prod.yaml'], { cwd })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('prod.yaml:4:54 error: '),
    });
    expect(await runCli(['validate', '--config', 'prod.yaml'], { cwd })).toMatchObject({ code: 1 });
  });
});
