/**
 * Compiles a source file and all it imports, for tests that run it in a process of its own: Node 20 starts no
 * TypeScript.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Address of the compiled `entry` (a path from the repository root), which lies below `out`. */
export async function compileSources(entry: string, out: string): Promise<string> {
  const seen = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = await readFile(join(root, file), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      fileName: file,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    const target = join(out, file.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
    for (const [, path = ''] of outputText.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g)) {
      await visit(resolve('/', dirname(file), `${path}.ts`).slice(1).replaceAll('\\', '/'));
    }
  };
  await visit(entry);
  await writeFile(join(out, 'package.json'), '{ "type": "module", "version": "0.0.0" }\n');
  return pathToFileURL(join(out, entry.replace(/\.ts$/, '.js'))).href;
}
