/**
 * The toy bundle: graphs whose outputs are tables (see make_graphs.py beside it).
 *
 * @module
 */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WordPieceTokenizer } from '../../../src/runtime/inference/wordpiece.js';

export const toyDir = fileURLToPath(new URL('../../fixtures/inference/toy', import.meta.url));

export const toyTokenizer = new WordPieceTokenizer(readFileSync(join(toyDir, 'tokenizer.json'), 'utf8'));

/** A copy of the bundle with the manifest `name`, its text changed by `change`; remove it when done. */
export function toyCopy(name = 'manifest.json', change = (manifest: string) => manifest) {
  const dir = mkdtempSync(join(tmpdir(), 'vsr-toy-'));
  for (const file of readdirSync(toyDir)) copyFileSync(join(toyDir, file), join(dir, file));
  writeFileSync(join(dir, 'manifest.json'), change(readFileSync(join(toyDir, name), 'utf8')));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
