import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { embeddedBundleDir } from '../../src/runtime/inference/bundle.js';
import { embeddedModels } from '../../src/runtime/inference/embedded-models.js';
import { runCli } from './run-cli.js';

describe.skipIf(!existsSync(embeddedBundleDir()))('models show', () => {
  it.each(embeddedModels().map(({ name }) => name))('prints facts and card of %s', async (name) => {
    const { code, stdout, stderr } = await runCli(['models', 'show', name]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^task +\w+, reads (one text|two texts together)\n/);
    expect(stdout).toMatch(/^size +\d+\.\d MB/m);
    expect(stdout).toMatch(/^licence +Apache-2\.0$/m);
    expect(stdout).toContain(`\n${name}\n`);
    // Marks of Markdown mean nothing to who reads on a terminal.
    expect(stdout).not.toMatch(/^#|\*\*|^\|.*\|$|`/m);
  });

  it('prints tables of the card as tables', async () => {
    const { stdout } = await runCli(['models', 'show', 'mom-domain-classifier']);
    expect(stdout).toMatch(/^source +rows +accuracy\n/m);
    expect(stdout).toContain('Confusion on natural-test');
  });

  it('prints the entry of `models list --json` as JSON', async () => {
    const [list, show] = await Promise.all([
      runCli(['models', 'list', '--json']),
      runCli(['models', 'show', 'mom-domain-classifier', '--json']),
    ]);
    const { models }: { models: { name: string }[] } = JSON.parse(list.stdout);
    expect(JSON.parse(show.stdout)).toEqual(models.find(({ name }) => name === 'mom-domain-classifier'));
  });

  it.each([
    ['mom-domain-clasifier', 'mom-domain-classifier'],
    ['MOM_DOMAIN_CLASSIFIER', 'mom-domain-classifier'],
    ['embedding', 'mom-embedding-light'],
  ])('suggests for %s the name %s', async (name, nearest) => {
    const { code, stdout, stderr } = await runCli(['models', 'show', name]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`There is no model \`${name}\``);
    expect(stderr).toContain(`\`${nearest}\``);
  });

  it('needs a name', async () => {
    expect(await runCli(['models', 'show'])).toMatchObject({ code: 2, stdout: '' });
  });
});
