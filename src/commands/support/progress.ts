/**
 * Steps that take a while, shown on stderr: a spinner on a terminal, a plain line elsewhere.
 *
 * @module
 */
import { WriteStream } from 'node:tty';
import type { CommandContext } from '../command.js';

export interface Progress {
  /** Ends the step; the time it took is added. */
  succeed(text: string): void;
  fail(text: string): void;
  /** Ends it without a word. */
  stop(): void;
}

/** A spinner with its text does not fit into less. */
const leastColumns = 40;

/** Starts a step. Nothing is written until it ends, unless stderr is a terminal. */
export async function startProgress(text: string, context: CommandContext): Promise<Progress> {
  const started = performance.now();
  const after = (message: string) => `${message} (${((performance.now() - started) / 1000).toFixed(1)} s).`;
  const { stderr, interactive } = context;
  // A terminal of unknown width, as in some containers, would never see the end of it.
  if (!interactive || !(stderr instanceof WriteStream) || stderr.columns < leastColumns) {
    return {
      succeed: (message) => context.stderr.write(`${after(message)}\n`),
      fail: (message) => context.stderr.write(`Warning: ${message}\n`),
      stop: () => undefined,
    };
  }
  const { default: ora } = await import('ora');
  // ora would swallow Ctrl-C handling and typed text; the command handles both itself.
  const spinner = ora({ text, stream: stderr, discardStdin: false }).start();
  // A turning spinner holds the process.
  context.signal.addEventListener('abort', () => spinner.stop(), { once: true });
  return {
    succeed: (message) => {
      spinner.succeed(after(message));
    },
    fail: (message) => {
      spinner.fail(message);
    },
    stop: () => {
      spinner.stop();
    },
  };
}

/** Shows `text` while `work` runs, and `done` behind it; throws what the work throws. */
export async function withProgress<Result>(
  text: string,
  done: string,
  work: () => Promise<Result>,
  context: CommandContext,
): Promise<Result> {
  const progress = await startProgress(text, context);
  try {
    const result = await work();
    progress.succeed(done);
    return result;
  } finally {
    progress.stop();
  }
}
