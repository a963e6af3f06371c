// Compiles bin/ and src/ to build/, where the scripts and benches of the repository find single modules, and
// bundles that to dist/bin, which is what the package holds. One file instead of hundreds opens faster, and zod,
// bundled with it, brings only what is used: as a package it loads its messages in fifty languages, 4 MB with
// every start. All other packages stay packages, so that those who install the router see and audit them.
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaNode } from 'execa';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
for (const folder of ['build', 'dist']) rmSync(join(root, folder), { recursive: true, force: true });
await execaNode(tsc, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

const { output } = await build({
  cwd: root,
  platform: 'node',
  input: {
    'vllm-sr': join(root, 'build/bin/vllm-sr.js'),
    // Started as a thread, by its name, from beside the chunk that starts it.
    worker: join(root, 'build/src/runtime/inference/worker.js'),
  },
  external: (id) => !id.startsWith('.') && !isAbsolute(id) && id !== 'zod' && !id.startsWith('zod/'),
  // The table of commands is imported late by one of its commands, against a cycle and not to load less.
  checks: { ineffectiveDynamicImport: false },
  output: { dir: 'dist/bin', format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
});

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const imports = output.flatMap((chunk) =>
  'imports' in chunk ? [...chunk.imports, ...chunk.dynamicImports] : [],
);
const packages = imports
  .filter((id) => !id.endsWith('.js') && !isBuiltin(id))
  .map((id) => id.match(/^(?:@[^/]+\/)?[^/]+/)[0]);
const undeclared = [...new Set(packages)].filter((name) => !(name in dependencies));
if (undeclared.length > 0) {
  throw new Error(`package.json lacks dependencies that the bundle imports: ${undeclared.join(', ')}`);
}

// npm makes `bin` executable when it installs, but not for who calls the file of a checkout itself.
chmodSync(join(root, 'dist/bin/vllm-sr.js'), 0o755);
