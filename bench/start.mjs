/**
 * How long `vllm-sr serve` takes to be there, and how much memory it holds.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { bundleMissing } from './lib/bundle.mjs';
import { withModelSignals, withoutModelSignals } from './lib/configs.mjs';
import { routerMissing, spawnRouter, startUpstream } from './lib/gateways.mjs';
import { startLoad } from './lib/load.mjs';
import { chatBody } from './lib/payloads.mjs';
import { memoryMegabytes, startNode, stop } from './lib/processes.mjs';
import { interleave, median } from './lib/stats.mjs';

/** A start must not be hidden by connections kept from the one before. */
const agent = new Agent({ pipelining: 0, connectTimeout: 1000 });

/** @param {number} port @param {ReturnType<typeof startNode>} child */
async function untilHealthy(port, child) {
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`the router ended with ${child.exitCode}:\n${child.output()}`);
    try {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}/health`, { dispatcher: agent });
      await body.dump();
      if (statusCode === 200) return;
    } catch {
      // Not open yet.
    }
    await sleep(2);
  }
}

/** @param {number} port */
async function decideOnce(port) {
  const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    dispatcher: agent,
    headers: { 'content-type': 'application/json', 'x-vsr-debug': 'true' },
    body: chatBody(),
  });
  const text = await body.text();
  if (statusCode !== 200)
    throw new Error(`the first request was answered ${statusCode}: ${text.slice(0, 300)}`);
  return headers;
}

/** Time of a Node process that does nothing: the floor of every start. */
async function emptyProcess() {
  const started = performance.now();
  const child = startNode(['-e', '0']);
  await new Promise((resolve) => child.once('exit', resolve));
  return performance.now() - started;
}

/**
 * Memory after the start and after two seconds of requests.
 *
 * @param {string} config
 * @param {{distinct: boolean}} options
 */
async function memoryOf(config, { distinct }) {
  const router = await spawnRouter(config, { core: undefined });
  await untilHealthy(router.port, router.child);
  await decideOnce(router.port);
  await sleep(1000);
  const started = memoryMegabytes(router.child.pid)?.now;
  const load = startLoad();
  const result = await load.run({
    port: router.port,
    connections: 32,
    durationMs: 3000,
    body: chatBody(),
    distinct,
  });
  const used = memoryMegabytes(router.child.pid);
  await stop(load.child);
  await stop(router.child);
  return { started, used: used?.now, peak: used?.peak, requests: result.requests };
}

/** @param {import('./lib/report.mjs').Context} context */
async function run({ quick, log }) {
  const missing = routerMissing();
  const op = /** @type {const} */ ('<=');
  if (missing !== undefined) {
    return {
      tables: [],
      targets: [
        { name: 'port open after `serve`', value: undefined, op, limit: 400, unit: 'ms', note: missing },
      ],
      figures: {},
      skipped: [missing],
    };
  }
  const modelsMissing = bundleMissing();
  const upstream = await startUpstream();
  const plain = withoutModelSignals(upstream.port);
  const models = withModelSignals(upstream.port);
  /** @type {string[]} */
  const skipped = [];

  const starts = {
    empty: async () => ({ healthy: await emptyProcess(), decided: Number.NaN, passes: undefined }),
    plain: () => startOnce(plain),
    models: () => startOnce(models),
  };
  /** @param {string} config */
  async function startOnce(config) {
    const router = await spawnRouter(config, { core: undefined });
    try {
      await untilHealthy(router.port, router.child);
      const healthy = performance.now() - router.spawned;
      const headers = await decideOnce(router.port);
      const decided = performance.now() - router.spawned;
      return { healthy, decided, passes: headers['x-vsr-encoder-passes'] };
    } finally {
      await stop(router.child);
    }
  }
  const names = /** @type {('empty' | 'plain' | 'models')[]} */ (
    modelsMissing === undefined ? ['empty', 'plain', 'models'] : ['empty', 'plain']
  );
  if (modelsMissing !== undefined) skipped.push(`starts with models: ${modelsMissing}`);
  log('starts');
  const runs = await interleave(names, quick ? 5 : 9, (name) => starts[name]());
  const withPass = (runs.get('models') ?? []).every(({ passes }) => passes === '1');
  if (!withPass) skipped.push('first model decision: the router did not report one encoder pass');
  log('memory');
  const plainMemory = await memoryOf(plain, { distinct: true });
  const modelMemory = modelsMissing === undefined ? await memoryOf(models, { distinct: true }) : undefined;
  await stop(upstream.child);

  /** @param {'empty' | 'plain' | 'models'} name @param {'healthy' | 'decided'} key */
  const values = (name, key) => (runs.get(name) ?? []).map((entry) => entry[key]);
  /** @param {'empty' | 'plain' | 'models'} name @param {'healthy' | 'decided'} key */
  const typical = (name, key) => median(values(name, key));
  const figures = {
    empty_process_ms: typical('empty', 'healthy'),
    port_open_ms: typical('plain', 'healthy'),
    port_open_models_ms: typical('models', 'healthy'),
    first_decision_ms: typical('plain', 'decided'),
    first_model_decision_ms: withPass ? typical('models', 'decided') : Number.NaN,
    rss_started_mb: plainMemory.started,
    rss_mb: plainMemory.used,
    rss_models_started_mb: modelMemory?.started,
    rss_models_mb: modelMemory?.used,
  };
  const note = skipped.join('; ');
  return {
    tables: [
      {
        title: 'From the start of the process, ms',
        columns: ['', 'port open', 'fastest', 'slowest', 'first decision'],
        rows: names.map((name) => [
          {
            empty: 'node that does nothing (whole life)',
            plain: 'serve, no model signals',
            models: 'serve, domain and embedding',
          }[name],
          typical(name, 'healthy'),
          Math.min(...values(name, 'healthy')),
          Math.max(...values(name, 'healthy')),
          typical(name, 'decided'),
        ]),
      },
      {
        title: 'Resident memory, MB',
        columns: ['', 'after the first request', 'after 3 s of load', 'highest', 'requests'],
        rows: [
          ['no model signals', plainMemory.started, plainMemory.used, plainMemory.peak, plainMemory.requests],
          [
            'domain and embedding',
            modelMemory?.started,
            modelMemory?.used,
            modelMemory?.peak,
            modelMemory?.requests,
          ],
        ],
      },
    ],
    targets: [
      { name: 'port open after `serve`', value: figures.port_open_ms, op, limit: 400, unit: 'ms' },
      {
        name: 'port open, with model signals',
        value: figures.port_open_models_ms,
        op,
        limit: 400,
        unit: 'ms',
        note,
      },
      {
        name: 'first model decision',
        value: figures.first_model_decision_ms,
        op,
        limit: 2000,
        unit: 'ms',
        note,
      },
      { name: 'memory without models, under load', value: figures.rss_mb, op, limit: 120, unit: 'MB' },
      {
        name: 'memory with the family, under load',
        value: figures.rss_models_mb,
        op,
        limit: 300,
        unit: 'MB',
        note,
      },
    ].map(({ note: why, ...target }) => (why ? { ...target, note: why } : target)),
    figures,
    skipped,
  };
}

/** @type {import('./lib/report.mjs').Bench} */
export const bench = { name: 'start', summary: 'time to the open port, memory', run };
