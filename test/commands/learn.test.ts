import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEncoder } from '../../src/runtime/inference/encoder.js';
import {
  applyHead,
  headFile,
  openLearnedHead,
  requireEncoder,
} from '../../src/runtime/models/learned-head/index.js';
import { runCli, temporaryFolder } from './run-cli.js';

const examples = {
  cooking: [
    'How long do I boil an egg?',
    'Which flour makes the best bread?',
    'My soup is too salty, what now?',
    'Can I freeze cooked rice?',
    'How do I keep basil fresh?',
    'What goes well with roasted carrots?',
    'At what temperature is chicken done?',
    'How do I thicken a sauce?',
  ],
  gardening: [
    'When should I prune roses?',
    'Why do my tomato plants have yellow leaves?',
    'How often do I water a cactus?',
    'Which plants grow in the shade?',
    'How do I get rid of aphids?',
    'When do I sow spinach?',
    'What soil do blueberries need?',
    'How deep do I plant tulip bulbs?',
  ],
  cycling: [
    'How do I fix a flat bicycle tyre?',
    'Which gear should I use uphill?',
    'How high should my saddle be?',
    'My brakes squeal, what can I do?',
    'How often do I oil the chain?',
    'What tyre pressure is right for a road bike?',
    'How do I true a wheel?',
    'Are clipless pedals worth it?',
  ],
} as const;

const rows = Object.entries(examples).flatMap(([label, prompts]) =>
  prompts.map((prompt) => ({ prompt, label })),
);
const jsonl = (data: readonly unknown[]) => data.map((row) => `${JSON.stringify(row)}\n`).join('');

async function workspace(data: readonly unknown[]) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'rows.jsonl'), jsonl(data));
  const env = { VLLM_SR_MODELS_DIR: join(cwd, 'models') };
  const learn = (...words: string[]) => runCli(['learn', ...words], { cwd, env });
  return { cwd, modelsDir: env.VLLM_SR_MODELS_DIR, learn };
}

describe('learn', () => {
  it('trains a head from a few dozen rows that then runs by its name', async () => {
    const { cwd, modelsDir, learn } = await workspace([...rows, rows[0]]);
    const { code, stdout, stderr } = await learn('hobbies', '--data', 'rows.jsonl');
    expect(stderr).toContain('Left out 1 row with a text that came before');
    expect(stdout).toContain('hobbies: 3 classes, 24 rows, 5-fold cross-validation');
    expect(stdout).toContain('Warning: few rows: `cooking` (8), `cycling` (8), `gardening` (8)');
    expect(stdout).toContain('- {name: hobbies, type: local, model: hobbies}');
    expect(code).toBe(0);

    const head = openLearnedHead('hobbies', { modelsDir, baseDir: cwd });
    expect(head.file.metrics.accuracy).toBeGreaterThan(0.7);
    const encoder = createEncoder();
    try {
      requireEncoder(head, encoder);
      const { encoded } = await encoder.encode('How do I repair a bent bicycle wheel?');
      const probabilities = applyHead(head, encoded.embedding);
      expect(head.labels[probabilities.indexOf(Math.max(...probabilities))]).toBe('cycling');
    } finally {
      await encoder.close();
    }
  });

  it('is listed and shown with the other models', async () => {
    const { cwd, modelsDir, learn } = await workspace(rows);
    await learn('hobbies', '--data', 'rows.jsonl', '--description', 'What people do at home');
    const env = { VLLM_SR_MODELS_DIR: modelsDir };
    const list = await runCli(['models', 'list'], { cwd, env });
    expect(list.stdout).toMatch(/hobbies +3 labels +0\.\d+ accuracy \(.+\) +24 +ready/);
    const json = await runCli(['models', 'list', '--json'], { cwd, env });
    expect(JSON.parse(json.stdout)).toMatchObject({ learned: [{ name: 'hobbies', state: 'ready' }] });
    const shown = await runCli(['models', 'show', 'hobbies'], { cwd, env });
    expect(shown.stdout).toContain('hobbies: 3 classes, 24 rows');
    expect(shown.stdout).toContain('What people do at home');

    const file = join(modelsDir, 'hobbies', headFile);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/"sha256": "\w+"/, `"sha256": "${'0'.repeat(64)}"`));
    const outdated = await runCli(['models', 'list'], { cwd, env });
    expect(outdated.stdout).toContain('was trained on another encoder');
    await writeFile(file, '{}');
    expect((await runCli(['models', 'list', '--json'], { cwd, env })).stdout).toContain('"unusable"');
  });

  it('writes the same file for the same rows, and keeps what is there unless told', async () => {
    const { modelsDir, learn } = await workspace(rows);
    const file = join(modelsDir, 'hobbies', headFile);
    expect((await learn('hobbies', '--data', 'rows.jsonl')).code).toBe(0);
    const first = await readFile(file, 'utf8');
    const refused = await learn('hobbies', '--data', 'rows.jsonl');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('--force');
    expect((await learn('hobbies', '--data', 'rows.jsonl', '--force')).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(first);
  });

  it('only measures with --dry-run, and prints JSON', async () => {
    const { modelsDir, learn } = await workspace(rows);
    const { stdout } = await learn('hobbies', '--data', 'rows.jsonl', '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'hobbies',
      labels: ['cooking', 'cycling', 'gardening'],
      path: null,
      training: { rows: 24, balanced: true },
    });
    await expect(readFile(join(modelsDir, 'hobbies', headFile))).rejects.toThrow();
  });

  it.each(['--output', '-o', '--out'])('saves into a folder of choice with %s', async (option) => {
    const { cwd, learn } = await workspace(rows);
    const { stdout } = await learn('hobbies', '--data', 'rows.jsonl', option, 'mine');
    expect(stdout).toContain(`model_path: ${JSON.stringify(join(cwd, 'mine'))}`);
    expect(openLearnedHead('./mine', { modelsDir: '/nowhere', baseDir: cwd }).name).toBe('hobbies');
  });

  it.each([
    ['one class', rows.slice(0, 8), 'only rows of `cooking`; a head tells at least two classes apart'],
    ['a class with few rows', rows.slice(0, 11), 'have fewer than 5 rows: `gardening` 3'],
    ['nothing', [], 'no labelled row'],
  ])('refuses %s', async (_, data, reason) => {
    const { learn } = await workspace(data);
    const { code, stderr } = await learn('hobbies', '--data', 'rows.jsonl');
    expect(stderr).toContain(reason);
    expect(code).toBe(1);
  });

  it('names the line of a row that cannot be used', async () => {
    const { learn } = await workspace([...rows, { prompt: 'no label' }]);
    expect((await learn('hobbies', '--data', 'rows.jsonl')).stderr).toContain(
      'rows.jsonl:25: has no `label`',
    );
    const twice = await workspace([...rows, { prompt: 'When do I  sow spinach?', label: 'cooking' }]);
    expect((await twice.learn('hobbies', '--data', 'rows.jsonl')).stderr).toContain(
      'rows.jsonl:25: the same text is `gardening` in line 14 and `cooking` here',
    );
  });

  it.each([
    [['../up', '--data', 'rows.jsonl']],
    [['mom-domain-classifier', '--data', 'rows.jsonl']],
    [['hobbies']],
  ])('is used wrong with %j', async (words) => {
    const { learn } = await workspace(rows);
    expect((await learn(...words)).code).toBe(2);
  });
});
