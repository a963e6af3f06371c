import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { embeddedBundleDir } from '../../src/runtime/inference/bundle.js';
import { runCli } from './run-cli.js';

describe.skipIf(!existsSync(embeddedBundleDir()))('models list', () => {
  it('shows name, task, source and licence of every model', async () => {
    const { code, stdout, stderr } = await runCli(['models', 'list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^name +task +gives +accuracy +source +licence\n/);
    expect(stdout).toMatch(/^mom-domain-classifier +sequence +14 labels +0\.\d{3} +embedded +Apache-2\.0$/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
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
        expect.objectContaining({ name: 'mom-domain-classifier', labels: expect.arrayContaining(['math']) }),
      ]),
    });
  });
});
