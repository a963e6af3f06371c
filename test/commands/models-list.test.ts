import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { embeddedBundleDir } from '../../src/runtime/inference/bundle.js';
import { embeddedModels } from '../../src/runtime/models/registry.js';
import { runCli } from './run-cli.js';

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
});
