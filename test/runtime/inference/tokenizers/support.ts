import { readdirSync, readFileSync } from 'node:fs';
import { createTokenizer, type TextTokenizer } from '../../../../src/runtime/inference/tokenizers/index.js';

const folder = new URL('../../../fixtures/tokenizers/', import.meta.url);

/** A file of test/fixtures/tokenizers. */
export function fixture(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

/** Names of the tokenizers there. */
export const families: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.tokenizer.json'))
  .map((name) => name.slice(0, -'.tokenizer.json'.length));

export function family(name: string): TextTokenizer {
  return createTokenizer(fixture(`${name}.tokenizer.json`));
}

/** Values as the fixtures have them: runs of one value as value*length. */
export function packed(values: Iterable<number | string>): string {
  const runs: { value: string; length: number }[] = [];
  for (const item of values) {
    const value = String(item);
    const last = runs.at(-1);
    if (last?.value === value) last.length++;
    else runs.push({ value, length: 1 });
  }
  return runs.map(({ value, length }) => (length === 1 ? value : `${value}*${length}`)).join(' ');
}

/** Stretches as the fixtures have them: how far each is from the end of the one before, and its length. */
export function packedOffsets(offsets: ArrayLike<number>): string {
  const steps: string[] = [];
  for (let i = 0; i < offsets.length; i += 2) {
    const [start = 0, end = 0] = [offsets[i], offsets[i + 1]];
    steps.push(`${start - (i === 0 ? 0 : (offsets[i - 1] ?? 0))},${end - start}`);
  }
  return packed(steps);
}

/** The smallest file there can be, with sections changed. */
export function tinyFile(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2, '<unk>': 3 }, merges: ['a b'], unk_token: '<unk>' },
    ...changes,
  });
}
