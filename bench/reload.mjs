/**
 * What a reload takes when the file of a running router is replaced, and what requests notice of it.
 *
 * "compiled": from reading the file to the new rules in force, as the router itself measures it. "in force": from
 * replacing the file to the first answer of the management port with the new hash; it includes the time that the
 * watch waits for the file to come to rest.
 *
 * @module
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { routerMissing, spawnRouter, startUpstream } from './lib/gateways.mjs';
import { startLoad } from './lib/load.mjs';
import { chatBody } from './lib/payloads.mjs';
import { portOpen, scratch, stop } from './lib/processes.mjs';
import { median } from './lib/stats.mjs';

/**
 * A file with many decisions over 400 keyword rules and 20 context rules.
 *
 * @param {number} upstream @param {number} decisions @param {number} round Makes the file another one.
 */
function configuration(upstream, decisions, round) {
  const keywords = Array.from(
    { length: 400 },
    (_, at) => `
      - name: topic_${at}
        operator: OR
        keywords: [alpha${at}, beta${at}, gamma${at}]`,
  );
  const contexts = Array.from(
    { length: 20 },
    (_, at) => `
      - name: size_${at}
        min_tokens: ${at * 1000}`,
  );
  const rules = Array.from(
    { length: decisions },
    (_, at) => `
    # Topic ${at % 400}, but not the next one
    - name: decision_${at}
      description: decision number ${at}
      priority: ${at + 10}
      rules:
        operator: AND
        conditions:
          - {type: keyword, name: topic_${at % 400}}
          - {type: context, name: size_${at % 20}}
          - operator: NOT
            conditions: [{type: keyword, name: topic_${(at + 1) % 400}}]
      modelRefs: [{model: ${at % 2 === 0 ? 'small' : 'big'}, use_reasoning: false}]`,
  );
  return `version: v0.3
providers:
  defaults: {model: small}
  models:
    - name: small
      backend_refs: [{endpoint: "127.0.0.1:${upstream}"}]
    - name: big
      backend_refs: [{endpoint: "127.0.0.1:${upstream}"}]
routing:
  signals:
    keywords:${keywords.join('')}
    context:${contexts.join('')}
  decisions:${rules.join('')}
    - {name: otherwise_${round}, priority: 1, modelRefs: [{model: small}]}
`;
}

/** @param {number} apiPort @param {string} path */
async function get(apiPort, path) {
  const { body } = await request(`http://127.0.0.1:${apiPort}${path}`);
  return body.text();
}

/** @param {number} apiPort */
async function hashOf(apiPort) {
  return /"config_hash":"(\w+)"/.exec(await get(apiPort, '/health'))?.[1];
}

/** Milliseconds spent on reloads so far. @param {number} apiPort */
async function spent(apiPort) {
  const text = await get(apiPort, '/metrics');
  return Number(/^llm_config_reload_duration_seconds_sum (\S+)$/m.exec(text)?.[1] ?? 0) * 1000;
}

/** @param {import('./lib/report.mjs').Context} context */
async function run({ quick, log }) {
  const missing = routerMissing();
  const op = /** @type {const} */ ('<=');
  if (missing !== undefined) {
    const targets = [
      { name: 'reload of 1000 decisions', value: undefined, op, limit: 300, unit: 'ms', note: missing },
    ];
    return { tables: [], targets, figures: {}, skipped: [missing] };
  }
  const upstream = await startUpstream();
  const rounds = quick ? 5 : 11;
  /** @type {{decisions: number, load: boolean, compiled: number, inForce: number, p99: number, failures: number,
   *   requests: number}[]} */
  const rows = [];
  for (const decisions of [10, 100, 1000]) {
    for (const load of [false, true]) {
      log(`${decisions} decisions${load ? ', under load' : ''}`);
      const router = await spawnRouter(configuration(upstream.port, decisions, 0), {});
      await portOpen(router.port, router.child);
      const generator = load ? startLoad() : undefined;
      const measured = generator?.run({
        port: router.port,
        connections: 16,
        durationMs: rounds * 900 + 1000,
        body: chatBody(),
      });
      await sleep(500);
      const compiled = [];
      const inForce = [];
      for (let round = 1; round <= rounds; round++) {
        const file = join(scratch, `config-${router.port}.yaml`);
        const [before, hash] = [await spent(router.apiPort), await hashOf(router.apiPort)];
        writeFileSync(`${file}.new`, configuration(upstream.port, decisions, round));
        const started = performance.now();
        renameSync(`${file}.new`, file);
        while ((await hashOf(router.apiPort)) === hash) await sleep(2);
        inForce.push(performance.now() - started);
        compiled.push((await spent(router.apiPort)) - before);
        await sleep(Math.max(0, 800 - (performance.now() - started)));
      }
      const result = await measured;
      if (generator !== undefined) await stop(generator.child);
      await stop(router.child);
      rows.push({
        decisions,
        load,
        compiled: median(compiled),
        inForce: median(inForce),
        p99: result?.p99 ?? Number.NaN,
        failures: result?.failures ?? 0,
        requests: result?.requests ?? 0,
      });
    }
  }
  await stop(upstream.child);
  const large = rows.filter((row) => row.decisions === 1000);
  return {
    tables: [
      {
        title: `Milliseconds per reload, median of ${rounds}`,
        columns: ['decisions', '', 'compiled', 'in force', 'p99 of requests', 'requests', 'failed'],
        rows: rows.map((row) => [
          row.decisions,
          row.load ? '16 connections' : 'idle',
          row.compiled,
          row.inForce,
          row.p99,
          row.requests || undefined,
          row.load ? row.failures : undefined,
        ]),
        note: 'The router has one core, and reloads every 0.9 s.',
      },
    ],
    targets: [
      {
        name: 'reload of 1000 decisions',
        value: large.find((row) => !row.load)?.compiled,
        op,
        limit: 300,
        unit: 'ms',
      },
      {
        name: 'failed requests while reloading',
        value: rows.reduce((sum, row) => sum + row.failures, 0),
        op,
        limit: 0,
        unit: '',
      },
    ],
    figures: { reloads: rows },
  };
}

/** @type {import('./lib/report.mjs').Bench} */
export const bench = { name: 'reload', summary: 'replacing the file of a running router', run };
