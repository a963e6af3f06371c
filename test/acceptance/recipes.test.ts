import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { migrateConfigText } from '../../src/runtime/config/migrate.js';
import { runCli } from '../commands/run-cli.js';
import { judge, lines } from './support.js';

/** Recipes as people publish them, in the names of v0.3 and of 0.4, with prompts whose decision people would expect. */
const cwd = fileURLToPath(new URL('./recipes/', import.meta.url));
const recipes = readdirSync(cwd).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'));
const env = { EXAMPLE_KEY: 'sk-example' };

describe.each(recipes)('%s', (name) => {
  const text = readFileSync(new URL(`./recipes/${name}`, import.meta.url), 'utf8');

  it('loads, and all that is told is what this version does not do', () => {
    const verdict = judge(text, env);
    expect(lines(verdict)).toEqual([]);
    expect(lines(verdict, 'note')).toEqual([]);
    for (const warning of lines(verdict, 'warning')) {
      expect(warning).toMatch(/is not available in this version|nothing says who sends a request/);
    }
  });

  it('means the same once it is migrated', () => {
    const { text: migrated } = migrateConfigText(text, name);
    expect(judge(migrated, env).loaded?.config).toEqual(judge(text, env).loaded?.config);
  });

  it('decides as its prompts expect', async () => {
    const { code, stdout } = await runCli(['test', name.replace('.yaml', '.test.yaml')], { cwd, env });
    expect(stdout).not.toMatch(/^ {2}failed/m);
    expect(code).toBe(0);
  });
});
