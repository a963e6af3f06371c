/**
 * Learned heads in `models list` and `models show`.
 *
 * @module
 */
import { join } from 'node:path';
import { messageOf } from '../../runtime/errors.js';
import { embeddedBundleDir, readBundle } from '../../runtime/inference/bundle.js';
import {
  encoderMismatch,
  findLearnedHead,
  type LearnedHead,
  learnedHeadNames,
  readLearnedHead,
} from '../../runtime/models/learned-head/index.js';
import { headWarnings } from '../../runtime/policy/learn/head-file.js';
import type { CommandContext } from '../command.js';
import { headReport } from './learn/report.js';
import { paletteFor } from './output.js';
import { renderTable } from './table.js';
import { terminalWidth } from './text.js';

interface Listed {
  readonly name: string;
  readonly dir: string;
  /** Undefined if the file cannot be used. */
  readonly head: LearnedHead | undefined;
  /** Why it cannot run; undefined if it can. */
  readonly problem: string | undefined;
}

/** The heads of a models folder; a damaged one is listed with what is wrong. */
export function learnedHeads(modelsDir: string): Listed[] {
  const names = learnedHeadNames(modelsDir);
  if (names.length === 0) return [];
  const bundleHash = readBundle(embeddedBundleDir()).text.file.sha256;
  return names.map((name) => {
    const dir = join(modelsDir, name);
    try {
      const head = readLearnedHead(dir);
      return { name, dir, head, problem: encoderMismatch(head, bundleHash)?.advice };
    } catch (error) {
      return { name, dir, head: undefined, problem: messageOf(error) };
    }
  });
}

/** One entry in snake case, without the weights. */
export function learnedJson({ name, dir, head, problem }: Listed): Record<string, unknown> {
  const base = { name, source: 'learned', path: dir, state: problem === undefined ? 'ready' : 'unusable' };
  const reason = problem === undefined ? {} : { problem };
  if (head === undefined) return { ...base, ...reason };
  const { weights: _, bias: __, ...facts } = head.file;
  return { ...base, ...reason, task: 'sequence', ...facts, name, warnings: headWarnings(head.file) };
}

/** The table under a heading of its own; '' without heads. */
export async function learnedTable(modelsDir: string, context: CommandContext): Promise<string> {
  const palette = await paletteFor(context);
  return renderTable(
    [
      { header: 'learned here' },
      { header: 'gives' },
      { header: 'measured' },
      { header: 'rows', align: 'right' },
      { header: 'state', flexible: true },
    ],
    learnedHeads(modelsDir).map(({ name, head, problem }) => {
      const state = problem ?? 'ready';
      if (head === undefined) return [name, '', '', '', state];
      const { metrics, training } = head.file;
      const [low, high] = metrics.accuracy_interval;
      const measured = `${metrics.accuracy.toFixed(3)} accuracy (${low.toFixed(2)} to ${high.toFixed(2)})`;
      return [name, `${head.labels.length} labels`, measured, String(training.rows), state];
    }),
    { width: terminalWidth(context.stdout), paintHeader: palette.dim },
  );
}

/** What `models show` prints of a learned head; undefined if there is none of that name. */
export async function learnedCard(
  name: string,
  modelsDir: string,
  json: boolean,
  context: CommandContext,
): Promise<string | undefined> {
  const dir = findLearnedHead(name, { modelsDir, baseDir: context.cwd });
  if (dir === undefined) return undefined;
  const head = readLearnedHead(dir);
  const bundleHash = readBundle(embeddedBundleDir()).text.file.sha256;
  const problem = encoderMismatch(head, bundleHash)?.advice;
  if (json) return `${JSON.stringify(learnedJson({ name: head.name, dir, head, problem }), null, 2)}\n`;
  const palette = await paletteFor(context);
  const { file } = head;
  const facts = [
    ...(file.description === undefined ? [] : [['about', file.description]]),
    ['base', `${file.encoder.name} (${file.encoder.sha256.slice(0, 12)})`],
    ['made by', `${file.training.tool}, data ${file.training.data_sha256.slice(0, 12)}`],
    ['folder', dir],
    ...(problem === undefined ? [] : [['state', palette.yellow(problem)]]),
  ].map(([label = '', text = '']) => `  ${palette.dim(label.padEnd(12))} ${text}\n`);
  const report = headReport(file, { width: terminalWidth(context.stdout), palette });
  return `${report}\n${facts.join('')}`;
}
