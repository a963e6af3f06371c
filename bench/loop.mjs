/**
 * How long the event loop stands still while long texts are classified.
 *
 * The delay of an idle loop in the same process, measured in between, is subtracted: it is the timer's own
 * and the machine's.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { bundleMissing } from './lib/bundle.mjs';
import { startNode } from './lib/processes.mjs';
import { median } from './lib/stats.mjs';

/** @typedef {{p99: number, max: number, texts: number}} Observed */

/** @param {import('./lib/report.mjs').Context} context */
async function run({ quick }) {
  const target = {
    name: 'stall p99 while classifying 512 tokens',
    op: /** @type {const} */ ('<='),
    limit: 10,
    unit: 'ms',
  };
  const missing = bundleMissing();
  if (missing !== undefined) {
    return {
      tables: [],
      targets: [{ ...target, value: undefined, note: missing }],
      figures: {},
      skipped: [missing],
    };
  }
  const durationMs = quick ? 1000 : 2000;
  const script = fileURLToPath(new URL('lib/loop-subject.mjs', import.meta.url));
  const child = startNode([script, String(quick ? 3 : 5), String(durationMs)]);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const line = child.output().trimEnd().split('\n').at(-1) ?? '';
  if (code !== 0) throw new Error(`the measured process ended with ${code}:\n${child.output()}`);
  /** @type {{idle: Observed, workers: Observed, here: Observed}[]} */
  const rounds = JSON.parse(line);
  /** @param {'workers' | 'here'} variant @param {'p99' | 'max'} key */
  const stall = (variant, key) =>
    median(rounds.map((round) => Math.max(0, round[variant][key] - round.idle[key])));
  /** @param {'idle' | 'workers' | 'here'} variant @param {keyof Observed} key */
  const raw = (variant, key) => median(rounds.map((round) => round[variant][key]));
  const figures = {
    stall_p99_ms: stall('workers', 'p99'),
    stall_max_ms: stall('workers', 'max'),
    stall_p99_without_workers_ms: stall('here', 'p99'),
    texts_per_second: raw('workers', 'texts') / (durationMs / 1000),
  };
  return {
    tables: [
      {
        title: 'Event loop while 512-token texts are classified, 8 at a time',
        columns: ['', 'p99, ms', 'max, ms', 'p99 − idle, ms', 'texts/s'],
        rows: [
          ['idle', raw('idle', 'p99'), raw('idle', 'max'), undefined, undefined],
          [
            'in worker threads (ours)',
            raw('workers', 'p99'),
            raw('workers', 'max'),
            figures.stall_p99_ms,
            figures.texts_per_second,
          ],
          [
            'on the event loop itself',
            raw('here', 'p99'),
            raw('here', 'max'),
            figures.stall_p99_without_workers_ms,
            raw('here', 'texts') / (durationMs / 1000),
          ],
        ],
      },
    ],
    targets: [{ ...target, value: figures.stall_p99_ms }],
    figures,
  };
}

/** @type {import('./lib/report.mjs').Bench} */
export const bench = { name: 'loop', summary: 'event-loop stall while classifying', run };
