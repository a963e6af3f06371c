import { appendFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type OpenModels,
  openModels,
  type RuntimeSettings,
} from '../../../src/runtime/inference/open-models.js';
import { OpenedModels } from '../../../src/runtime/inference/shared-models.js';
import type { ModelAssignment } from '../../../src/runtime/models/assignment.js';
import { assignmentOf, placed, temporaryFolder } from './published/support.js';

const domain = 'mom-domain-classifier';

/** Opens sets one after the other, as reloads do. */
function opener(): (assignments: readonly ModelAssignment[], settings?: RuntimeSettings) => OpenModels {
  const opened = new OpenedModels();
  const cacheDir = join(temporaryFolder(), 'cache');
  return (assignments, settings = {}) => {
    const models = openModels({ assignments, missing: [] }, settings, { cacheDir, opened });
    onTestFinished(() => models.close());
    return models;
  };
}

const named = (dir: string, threshold = 0.3) => assignmentOf(dir, { replaces: domain, threshold });

const statesOf = (models: OpenModels) =>
  models.report().map(({ name, input, state }) => `${name} ${input} ${state}`);

describe('a set that follows another', () => {
  test('has the embedded model as it is, loaded and with what it remembers', async () => {
    const open = opener();
    const first = open([]);
    await first.encoder.encode('hello');
    const second = open([await named(placed('bert-domain'))]);
    expect(statesOf(second)).toEqual([
      'mom-embedded text ready',
      'mom-embedded pair idle',
      'bert-domain text idle',
    ]);
    await first.close();
    const { passes } = await second.encoder.encode('hello', { wants: ['mom-jailbreak-classifier'] });
    expect(passes).toBe(0);
  });

  test('ends what it does not need any more with the set before, and nothing else', async () => {
    const open = opener();
    const first = open([await named(placed('bert-domain'))]);
    await first.encoder.encode('hello');
    const second = open([]);
    await first.close();
    await first.close();
    expect(statesOf(first)).toEqual([
      'mom-embedded text ready',
      'mom-embedded pair idle',
      'bert-domain text closed',
    ]);
    expect((await second.encoder.encode('hello')).passes).toBe(0);
    await second.close();
    expect(second.encoder.state).toBe('closed');
  });

  test('may read the same model with another threshold', async () => {
    const open = opener();
    const dir = placed('bert-domain');
    const sets = [open([await named(dir, 0.3)]), open([await named(dir, 0.6)])];
    const thresholds = await Promise.all(
      sets.map(async ({ encoder }) => {
        const { encoded } = await encoder.encode('hello', { wants: [domain] });
        return encoded.heads.get(domain)?.threshold;
      }),
    );
    expect(thresholds).toEqual([0.3, 0.6]);
    expect(sets.map((models) => models.report()[2]?.runs)).toEqual([1, 1]);
    expect(sets[0]?.identity).not.toBe(sets[1]?.identity);
  });

  test('has a model of its own where the files or the settings are others', async () => {
    const open = opener();
    const dir = placed('bert-domain');
    const first = open([await named(dir)]);
    await first.encoder.ready({ wants: [domain] });
    expect(open([await named(dir)]).identity).toBe(first.identity);
    expect(statesOf(open([await named(dir)], { threadsPerWorker: 2 }))).toContain('bert-domain text idle');
    appendFileSync(join(dir, 'model.safetensors'), ' ');
    expect(statesOf(open([await named(dir)]))).toContain('bert-domain text idle');
  });

  test('has one where weights of the same length were written anew', async () => {
    const open = opener();
    const dir = placed('bert-domain');
    const first = open([await named(dir)]);
    await first.encoder.ready({ wants: [domain] });
    const weights = join(dir, 'model.safetensors');
    const { mtime } = statSync(weights);
    utimesSync(weights, mtime, new Date(mtime.getTime() + 1000));
    expect(statesOf(open([await named(dir)]))).toContain('bert-domain text idle');
  });

  test('tries anew what has failed', async () => {
    const open = opener();
    const dir = placed('bert-domain');
    const broken = { ...(await named(dir)), dir: temporaryFolder() };
    const first = open([broken]);
    await first.encoder.ready({ wants: [domain] });
    expect(first.report()[2]?.state).toBe('failed');
    const second = open([broken]);
    expect(second.report()[2]?.state).toBe('idle');
  });
});
