/**
 * The servers that the overhead bench compares, each started in front of the same upstream.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cores, freePort, portOpen, scratch, startNode } from './processes.mjs';

/**
 * @typedef {ReturnType<typeof startNode>} Child
 * @typedef {{child: Child, port: number, headers: Record<string, string>}} Gateway
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(root, 'dist/bin/vllm-sr.js');

/** The compiled router, or why it cannot be measured. */
export function routerMissing() {
  return existsSync(cli) ? undefined : 'dist/ is missing: run `npm run build` first';
}

/** @returns {Promise<Gateway>} */
export async function startUpstream() {
  const port = await freePort();
  const child = startNode([fileURLToPath(new URL('upstream.mjs', import.meta.url)), String(port)], {
    core: cores.load,
  });
  await portOpen(port, child);
  return { child, port, headers: {} };
}

/** @param {number} upstream @returns {Promise<Gateway>} */
export async function startBare(upstream) {
  const port = await freePort();
  const script = fileURLToPath(new URL('bare-proxy.mjs', import.meta.url));
  const child = startNode([script, String(port), String(upstream)], { core: cores.subject });
  await portOpen(port, child);
  return { child, port, headers: {} };
}

/**
 * `vllm-sr serve` with the given configuration.
 *
 * @param {string} config YAML text
 * @param {{core?: number | undefined, nodeArgs?: readonly string[]}} [options]
 * @returns {Promise<Gateway & {apiPort: number, spawned: number}>} As soon as the process is spawned.
 */
export async function spawnRouter(config, { core = cores.subject, nodeArgs = [] } = {}) {
  const [port, apiPort] = [await freePort(), await freePort()];
  const file = join(scratch, `config-${port}.yaml`);
  writeFileSync(file, config);
  const spawned = performance.now();
  const child = startNode(
    [...nodeArgs, cli, 'serve', '--config', file, '--port', String(port), '--api-port', String(apiPort)],
    { core, cwd: scratch },
  );
  return { child, port, apiPort, spawned, headers: {} };
}

/** @param {string} config @param {Parameters<typeof spawnRouter>[1]} [options] */
export async function startRouter(config, options) {
  const router = await spawnRouter(config, options);
  await portOpen(router.port, router.child);
  return router;
}

/**
 * The gateway of the npm package `@portkey-ai/gateway`, installed in bench/ on first use.
 *
 * @param {number} upstream
 * @param {(line: string) => void} log
 * @returns {Promise<Gateway>}
 */
export async function startPortkey(upstream, log) {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const script = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (!existsSync(script)) {
    log('installing the peer gateway: npm ci --prefix bench');
    // Its install script only patches packages for development.
    execFileSync('npm', ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
  const port = await freePort();
  const child = startNode([script, `--port=${port}`, '--headless'], { core: cores.subject });
  await portOpen(port, child);
  return {
    child,
    port,
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstream}/v1`,
      authorization: 'Bearer bench',
    },
  };
}
