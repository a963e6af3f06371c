/**
 * Child processes of a bench: started on a chosen core, awaited until they answer, accounted, stopped.
 *
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

const canPin = (() => {
  if (availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Whether processes are kept on cores of their own. */
export const pinning = canPin;

/** Cores of the two sides, so that what is measured and what measures it do not compete. */
export const cores = { subject: 0, load: 1 };

/** @type {Set<ChildProcess>} */
const running = new Set();

/** Folder for config files and outputs of this run; removed at the end. */
export const scratch = mkdtempSync(join(tmpdir(), 'vllm-sr-bench-'));
let outputs = 0;

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.once(signal, () => process.exit(130));

/**
 * Starts `node` with `args`. Output goes to a file, so that reading logs costs the bench nothing.
 *
 * @param {readonly string[]} args
 * @param {{core?: number | undefined, env?: Record<string, string>, ipc?: boolean, cwd?: string}} [options]
 * @returns {ChildProcess & {readonly pid: number, output(): string}}
 */
export function startNode(args, { core, env = {}, ipc = false, cwd } = {}) {
  const pin = canPin && core !== undefined ? ['taskset', '-c', String(core)] : [];
  const [command, ...rest] = [...pin, process.execPath, ...args];
  const log = join(scratch, `output-${outputs++}`);
  const out = openSync(log, 'w');
  const child = spawn(/** @type {string} */ (command), rest, {
    // Without NODE_OPTIONS and the like, so that what is measured does not depend on the caller's shell.
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', out, out, ...(ipc ? /** @type {const} */ (['ipc']) : [])],
    ...(cwd !== undefined && { cwd }),
  });
  closeSync(out);
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (child.pid === undefined) throw new Error(`could not start ${command}`);
  return Object.assign(child, { pid: child.pid, output: () => readFileSync(log, 'utf8').slice(-4000) });
}

/** @param {ChildProcess} child */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await exited;
  clearTimeout(timer);
}

/** @returns {Promise<number>} A port nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/**
 * Waits until something listens on `port`.
 *
 * @param {number} port
 * @param {ReturnType<typeof startNode>} child Its death ends the wait.
 * @param {number} [timeoutMs]
 */
export async function portOpen(port, child, timeoutMs = 30_000) {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`process ended with ${child.exitCode}:\n${child.output()}`);
    if (await connects(port)) return;
    await sleep(5);
  }
  throw new Error(`nothing listens on the port after ${timeoutMs} ms:\n${child.output()}`);
}

/** @param {number} port @returns {Promise<boolean>} */
function connects(port) {
  return new Promise((resolve) => {
    const socket = new Socket();
    /** @param {boolean} open */
    const end = (open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
    socket.connect(port, '127.0.0.1');
  });
}

const ticksPerSecond = 100;

/**
 * CPU time a process has used so far, all threads, µs; undefined where the system does not tell.
 * Counted in ticks of 10 ms: meaningful over a second or more.
 *
 * @param {number} pid
 */
export function cpuMicros(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name in parentheses may contain spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
  } catch {
    return undefined;
  }
}

/**
 * Memory of a process now and at its highest, MB; undefined where the system does not tell.
 *
 * @param {number} pid
 */
export function memoryMegabytes(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    /** @param {string} key */
    const read = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
    return { now: read('VmRSS'), peak: read('VmHWM') };
  } catch {
    return undefined;
  }
}
