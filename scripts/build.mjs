// Compiles bin/ and src/ to dist/ and makes the CLI entry executable (npm does that for `bin` on
// install, but not for `node dist/bin/vllm-sr.js` users on a checkout who call the file itself).
import { chmodSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { execaNode } from 'execa';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
rmSync(`${root}dist`, { recursive: true, force: true });
await execaNode(tsc, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
chmodSync(`${root}dist/bin/vllm-sr.js`, 0o755);
