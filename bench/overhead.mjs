/**
 * What the router adds to a request, next to a bare proxy and another gateway.
 *
 * Every gateway runs on one core, the model server and the load generator on the other. Variants are
 * interleaved, ratios are taken within a round, and the figures are medians over the rounds. CPU time per
 * request stands beside the wall figures: waiting for a core that other processes use is not in it.
 *
 * @module
 */
import { request } from 'undici';
import { withModelSignals, withoutModelSignals } from './lib/configs.mjs';
import { routerMissing, startBare, startPortkey, startRouter, startUpstream } from './lib/gateways.mjs';
import { startLoad } from './lib/load.mjs';
import { chatBody } from './lib/payloads.mjs';
import { memoryMegabytes, pinning, stop } from './lib/processes.mjs';
import { interleave, median } from './lib/stats.mjs';

/**
 * @typedef {import('./lib/gateways.mjs').Gateway} Gateway
 * @typedef {import('./lib/load.mjs').Measured} Measured
 * @typedef {{id: string, label: string, gateway: Gateway, distinct: boolean,
 *   streams: boolean}} Variant
 * @typedef {{name: string, connections: number, stream: boolean}} Mode
 */

/** @type {Mode[]} */
const modes = [
  { name: 'json1', connections: 1, stream: false },
  { name: 'json32', connections: 32, stream: false },
  { name: 'sse1', connections: 1, stream: true },
  { name: 'sse32', connections: 32, stream: true },
];

/**
 * A gateway that answers wrongly is no gateway: one request of each kind is looked at before measuring.
 *
 * @param {Gateway} gateway
 * @param {boolean} stream
 */
async function verify({ port, headers }, stream) {
  const answer = await request(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: chatBody({ stream }),
  });
  const text = await answer.body.text();
  const complete = stream
    ? text.includes('word18') && text.trimEnd().endsWith('data: [DONE]')
    : JSON.parse(text).choices?.length === 1;
  if (answer.statusCode !== 200 || !complete) {
    throw new Error(`answered ${answer.statusCode}: ${text.slice(0, 300)}`);
  }
}

/** @param {unknown} error On one line. */
const reasonOf = (error) =>
  (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ').slice(0, 300);

/**
 * @param {number} upstream
 * @param {import('./lib/report.mjs').Context} context
 */
async function startVariants(upstream, { log }) {
  /** @type {Variant[]} */
  const variants = [];
  /** @type {string[]} */
  const skipped = [];
  /**
   * @param {string} what
   * @param {() => Promise<Gateway>} start
   * @param {readonly {id: string, label: string, distinct?: boolean}[]} uses
   */
  const add = async (what, start, uses) => {
    try {
      const gateway = await start();
      await verify(gateway, false);
      const streams = await verify(gateway, true).then(
        () => true,
        (error) => {
          skipped.push(`${what}, streamed: ${reasonOf(error)}`);
          return false;
        },
      );
      variants.push(...uses.map((use) => ({ distinct: false, ...use, gateway, streams })));
    } catch (error) {
      const reason = reasonOf(error);
      skipped.push(`${what}: ${reason}`);
      log(`${what} is skipped: ${reason}`);
    }
  };
  const missing = routerMissing();
  /** @param {string} config */
  const router = (config) => () => (missing ? Promise.reject(new Error(missing)) : startRouter(config));

  await add('bare proxy', () => startBare(upstream), [{ id: 'bare', label: 'bare node:http + undici' }]);
  await add('router', router(withoutModelSignals(upstream)), [
    { id: 'ours', label: 'ours: keyword, context, language', distinct: true },
  ]);
  await add('router without language rules', router(withoutModelSignals(upstream, { language: false })), [
    { id: 'ours_keyword', label: 'ours: keyword, context', distinct: true },
  ]);
  await add('router with model signals', router(withModelSignals(upstream)), [
    { id: 'ours_repeated', label: 'ours: + domain, embedding; repeated prompt' },
    { id: 'ours_model', label: 'ours: + domain, embedding; every prompt new', distinct: true },
  ]);
  await add('Portkey', () => startPortkey(upstream, log), [{ id: 'portkey', label: 'Portkey gateway' }]);
  return { variants, skipped };
}

/** @param {readonly number[]} a @param {readonly number[]} b @param {(a: number, b: number) => number} of */
const paired = (a, b, of) => median(a.map((value, index) => of(value, b[index] ?? Number.NaN)));

/** @param {number} a @param {number} b */
const quotient = (a, b) => a / b;

/** @param {import('./lib/report.mjs').Context} context */
async function run(context) {
  const { quick, log } = context;
  const [rounds, durationMs] = quick ? [3, 800] : [5, 1500];
  const upstream = await startUpstream();
  const load = startLoad();
  const { variants, skipped } = await startVariants(upstream.port, context);
  /** @type {Variant[]} */
  const all = [
    { id: 'direct', label: 'direct', gateway: upstream, distinct: false, streams: true },
    ...variants,
  ];

  /** @type {Map<string, Map<string, Measured[]>>} By mode, then variant. */
  const measured = new Map();
  for (const mode of modes) {
    log(`${mode.stream ? 'SSE' : 'JSON'}, ${mode.connections} connection(s), ${rounds} rounds`);
    const job = { connections: mode.connections, body: chatBody(mode) };
    const measure = (/** @type {Variant} */ { gateway, distinct }, /** @type {number} */ ms) =>
      load.run({
        ...job,
        port: gateway.port,
        headers: gateway.headers,
        distinct,
        durationMs: ms,
        account: gateway.child.pid,
      });
    const able = all.filter(({ streams }) => streams || !mode.stream);
    for (const variant of able) await measure(variant, quick ? 500 : 1000);
    const results = await interleave(able, rounds, (variant) => measure(variant, durationMs));
    measured.set(mode.name, new Map([...results].map(([variant, runs]) => [variant.id, runs])));
  }
  const memory = new Map(all.map(({ id, gateway }) => [id, memoryMegabytes(gateway.child.pid)?.now]));
  for (const gateway of new Set(all.map((variant) => variant.gateway))) await stop(gateway.child);
  await stop(load.child);

  for (const [mode, runs] of measured) {
    for (const [id, results] of runs) {
      const failed = results.find(({ failures }) => failures > 0);
      if (failed) skipped.push(`${id} ${mode}: ${failed.failures} failed requests (${failed.firstFailure})`);
    }
  }
  /** @param {string} mode @param {string} id @param {keyof Measured} key */
  const series = (mode, id, key) =>
    (measured.get(mode)?.get(id) ?? []).map((entry) => /** @type {number} */ (entry[key] ?? Number.NaN));
  /** @param {string} mode @param {string} id */
  const added = (mode, id) => {
    const direct = series(mode, 'direct', 'p50');
    return series(mode, id, 'p50').map((value, index) => value - (direct[index] ?? Number.NaN));
  };

  /** @param {boolean} stream */
  const table = (stream) => {
    const [one, many] = stream ? ['sse1', 'sse32'] : ['json1', 'json32'];
    return {
      title: stream ? 'Streamed answers (21 events)' : 'JSON answers (about 720 bytes)',
      columns: [
        '',
        'p50 at 1, ms',
        'added, ms',
        'requests/s at 32',
        'p99 at 32, ms',
        'CPU µs/request',
        'CPU × bare',
        'RSS, MB',
      ],
      rows: all.map(({ id, label }) => [
        label,
        median(series(one, id, 'p50')),
        id === 'direct' ? undefined : median(added(one, id)),
        median(series(many, id, 'perSecond')),
        median(series(many, id, 'p99')),
        median(series(many, id, 'cpuMicros')),
        id === 'direct'
          ? undefined
          : paired(series(many, id, 'cpuMicros'), series(many, 'bare', 'cpuMicros'), quotient),
        memory.get(id),
      ]),
    };
  };

  const figures = {
    added_latency_ms: median(added('json1', 'ours')),
    added_latency_ours_over_bare: paired(added('json1', 'ours'), added('json1', 'bare'), quotient),
    added_latency_ours_over_portkey: paired(added('json1', 'ours'), added('json1', 'portkey'), quotient),
    added_latency_model_new_ms: median(added('json1', 'ours_model')),
    added_latency_model_repeated_ms: median(added('json1', 'ours_repeated')),
    throughput_per_second: median(series('json32', 'ours', 'perSecond')),
    throughput_ours_over_bare: paired(
      series('json32', 'ours', 'perSecond'),
      series('json32', 'bare', 'perSecond'),
      quotient,
    ),
    throughput_ours_over_portkey: paired(
      series('json32', 'ours', 'perSecond'),
      series('json32', 'portkey', 'perSecond'),
      quotient,
    ),
    cpu_micros: median(series('json32', 'ours', 'cpuMicros')),
    cpu_bare_over_ours: paired(
      series('json32', 'bare', 'cpuMicros'),
      series('json32', 'ours', 'cpuMicros'),
      quotient,
    ),
    cpu_portkey_over_ours: paired(
      series('json32', 'portkey', 'cpuMicros'),
      series('json32', 'ours', 'cpuMicros'),
      quotient,
    ),
    cpu_bare_over_ours_repeated: paired(
      series('json32', 'bare', 'cpuMicros'),
      series('json32', 'ours_repeated', 'cpuMicros'),
      quotient,
    ),
    sse_cpu_bare_over_ours: paired(
      series('sse32', 'bare', 'cpuMicros'),
      series('sse32', 'ours', 'cpuMicros'),
      quotient,
    ),
    sse_cpu_portkey_over_ours: paired(
      series('sse32', 'portkey', 'cpuMicros'),
      series('sse32', 'ours', 'cpuMicros'),
      quotient,
    ),
  };
  const note = skipped.length > 0 ? skipped.join('; ').slice(0, 200) : 'no data';
  /** @param {number} value */
  const orNote = (value) => (Number.isNaN(value) ? { value: undefined, note } : { value });
  return {
    tables: [
      {
        ...table(false),
        note: pinning
          ? 'Gateways on one core; model server and load generator on the other.'
          : 'Processes are not pinned to cores.',
      },
      {
        ...table(true),
        note: 'The model server and the load generator saturate their core first here: compare CPU time.',
      },
    ],
    targets: [
      {
        name: 'added latency, ours / Portkey',
        op: '<=',
        limit: 0.15,
        ...orNote(figures.added_latency_ours_over_portkey),
      },
      {
        name: 'throughput, ours / Portkey',
        op: '>=',
        limit: 12,
        ...orNote(figures.throughput_ours_over_portkey),
      },
      { name: 'throughput, ours / bare', op: '>=', limit: 0.8, ...orNote(figures.throughput_ours_over_bare) },
      {
        name: 'throughput per CPU second, ours / Portkey',
        op: '>=',
        limit: 12,
        ...orNote(figures.cpu_portkey_over_ours),
      },
      {
        name: 'throughput per CPU second, ours / bare',
        op: '>=',
        limit: 0.8,
        ...orNote(figures.cpu_bare_over_ours),
      },
    ],
    figures: {
      ...figures,
      variants: Object.fromEntries(
        all.map(({ id }) => [
          id,
          Object.fromEntries(
            modes.map(({ name }) => [
              name,
              Object.fromEntries(
                /** @type {const} */ (['p50', 'p99', 'perSecond', 'cpuMicros']).map((key) => [
                  key,
                  Number(median(series(name, id, key)).toPrecision(4)),
                ]),
              ),
            ]),
          ),
        ]),
      ),
    },
    skipped,
  };
}

/** @type {import('./lib/report.mjs').Bench} */
export const bench = { name: 'overhead', summary: 'latency and CPU time the router adds to a request', run };
