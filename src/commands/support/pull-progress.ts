/**
 * What a download looks like while it runs: bars on a terminal, lines elsewhere.
 *
 * @module
 */
import { WriteStream } from 'node:tty';
import type { PullObserver, PullPlan } from '../../runtime/models/hub/pull.js';
import type { CommandContext } from '../command.js';
import { bytesText, plural } from './output.js';

export interface PullProgress extends PullObserver {
  /** The download of this plan is over; without it bars would go on turning. */
  end(failed: boolean): Promise<void>;
}

/** A bar with its figures does not fit into less. */
const leastColumns = 50;

/** Shows the files of a plan as they come in. */
export async function startPullProgress(plan: PullPlan, context: CommandContext): Promise<PullProgress> {
  const { entry, repo, commit, files } = plan;
  const missing = files.filter(({ cached }) => !cached);
  const bytes = missing.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const there = files.length - missing.length;
  const what =
    missing.length === 0 ? 'nothing to download' : `${plural(missing.length, 'file')}, ${bytesText(bytes)}`;
  const also = there === 0 ? '' : `, ${there} already there`;
  context.stderr.write(`${entry.name}: ${what} from ${repo}@${commit.slice(0, 12)}${also}\n`);
  // A terminal of unknown width, as in some containers, would get a line per letter.
  const { stderr, interactive } = context;
  if (interactive && stderr instanceof WriteStream && stderr.columns >= leastColumns)
    return bars(plan, stderr);
  const cached = new Set(files.filter((file) => file.cached).map(({ path }) => path));
  const sizes = new Map<string, number>();
  return {
    onBytes: (path, _, total) => sizes.set(path, total),
    onDone: (path) => {
      if (cached.has(path)) return;
      context.stderr.write(`  ${path}  ${bytesText(sizes.get(path) ?? 0)}\n`);
    },
    onWait: (path, why) => context.stderr.write(`  ${path ?? entry.name}: ${why}\n`),
    end: async () => undefined,
  };
}

interface Line {
  readonly done: Promise<void>;
  finish(error?: Error): void;
  show(text: string): void;
  attach(show: (text: string) => void): void;
}

function line(): Line {
  let finish: Line['finish'] = () => undefined;
  let shown: (text: string) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    finish = (error) => (error === undefined ? resolve() : reject(error));
  });
  // A failure may come before anybody waits.
  done.catch(() => undefined);
  return {
    done,
    finish: (error) => finish(error),
    show: (text) => shown(text),
    attach: (show) => {
      shown = show;
    },
  };
}

async function bars(plan: PullPlan, stream: WriteStream): Promise<PullProgress> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
  const width = Math.min(40, Math.max(...plan.files.map(({ path }) => path.length)));
  const lines = new Map(plan.files.map(({ path }) => [path, line()]));
  const tasks = new Listr(
    plan.files.map(({ path }) => ({
      title: path,
      task: async (_: unknown, task: { title: string }) => {
        const own = lines.get(path);
        own?.attach((text) => {
          task.title = `${path.padEnd(width)}  ${text}`;
        });
        await own?.done;
      },
    })),
    {
      concurrent: true,
      // The error is told once, below the bars, with its hint.
      exitOnError: false,
      // Ctrl-C ends the download itself, which then ends the bars.
      registerSignalListeners: false,
      rendererOptions: {
        showErrorMessage: false,
        collapseErrors: false,
        formatOutput: 'truncate',
        logger: new ListrLogger({ processOutput: new ProcessOutput(stream, stream) }),
      },
    },
  );
  const running = tasks.run();
  return {
    onBytes: (path, bytes, total) => lines.get(path)?.show(bar(bytes, total)),
    onDone: (path) => lines.get(path)?.finish(),
    onWait: (path, why) => {
      if (path !== undefined) lines.get(path)?.show(why);
    },
    end: async (failed) => {
      for (const each of lines.values()) each.finish(failed ? new Error('not finished') : undefined);
      await running;
    },
  };
}

const cells = 24;

/** `██████░░░░  25 %  300.0 MB of 1.2 GB`. */
export function bar(bytes: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, bytes / total);
  const full = Math.floor(share * cells);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)} ${percent} %  ${bytesText(bytes)} of ${bytesText(total)}`;
}
