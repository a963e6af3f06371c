/**
 * Handle of the load generator's process.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { cores, cpuMicros, startNode } from './processes.mjs';

/**
 * @typedef {{requests: number, failures: number, firstFailure: string, perSecond: number, p50: number,
 *   p99: number, cpuMicros: number | undefined}} Measured
 *   Latencies in milliseconds; `cpuMicros` of the accounted process per request.
 */

/** Starts the load generator on its core. */
export function startLoad() {
  const child = startNode([fileURLToPath(new URL('load-worker.mjs', import.meta.url))], {
    core: cores.load,
    ipc: true,
  });

  /**
   * @param {Omit<import('./load-worker.mjs').Job, 'headers' | 'path' | 'body' | 'distinct'> &
   *   {headers?: Record<string, string>, path?: string, body: Buffer, distinct?: boolean,
   *   account?: number | undefined}} options `account`: process whose CPU time is counted.
   * @returns {Promise<Measured>}
   */
  async function run({
    account,
    body,
    headers = {},
    path = '/v1/chat/completions',
    distinct = false,
    ...job
  }) {
    const before = account === undefined ? undefined : cpuMicros(account);
    const result = await ask({ ...job, headers, path, distinct, body: body.toString() });
    const after = account === undefined ? undefined : cpuMicros(account);
    return {
      requests: result.requests,
      failures: result.failures,
      firstFailure: result.firstFailure,
      perSecond: (result.requests / result.elapsedMs) * 1000,
      p50: result.p50,
      p99: result.p99,
      cpuMicros: before === undefined || after === undefined ? undefined : (after - before) / result.requests,
    };
  }

  /**
   * @param {import('./load-worker.mjs').Job} job
   * @returns {Promise<import('./load-worker.mjs').Result>}
   */
  function ask(job) {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error(`the load generator ended:\n${child.output()}`));
      child.once('exit', ended);
      child.once('message', (result) => {
        child.off('exit', ended);
        resolve(/** @type {import('./load-worker.mjs').Result} */ (result));
      });
      child.send(job);
    });
  }

  return { run, child };
}
