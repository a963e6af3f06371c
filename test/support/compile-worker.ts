/**
 * Compiles the inference worker for tests that run the TypeScript sources, since Node 20 can't start a
 * `.ts` file as a worker thread. Does nothing when the last result is still good, so it costs next to
 * nothing per run; writes each file by rename, so that test runs at the same time don't disturb each
 * other.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledForTests } from '../../src/runtime/inference/worker-entry.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `entry` and all it imports by relative path; paths from the repository root. */
function closure(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const source = readFileSync(join(root, entry), 'utf8');
  const imports = [
    ...source.matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)\.js';$/gms),
    ...source.matchAll(/\bimport\('(\.[^']+)\.js'\)/g),
  ];
  for (const [, path] of imports) closure(resolve('/', dirname(entry), `${path}.ts`).slice(1), seen);
  return seen;
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, file);
}

export default async function setup(): Promise<void> {
  const out = join(root, compiledForTests);
  const stale = [...closure('src/runtime/inference/worker.ts')].filter((file) => {
    const target = join(out, file.replace(/\.ts$/, '.js'));
    return !existsSync(target) || statSync(target).mtimeMs < statSync(join(root, file)).mtimeMs;
  });
  if (stale.length === 0) return;
  const { default: ts } = await import('typescript');
  write(join(out, 'package.json'), '{ "type": "module" }\n');
  for (const file of stale) {
    const { outputText } = ts.transpileModule(readFileSync(join(root, file), 'utf8'), {
      fileName: file,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    write(join(out, file.replace(/\.ts$/, '.js')), outputText);
  }
}
