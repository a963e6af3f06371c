/**
 * Steps that take a while, shown on stderr: a spinner on a terminal, a plain line elsewhere.
 *
 * @module
 */
import type { CommandContext } from '../command.js';

export interface Progress {
  /** Ends the step; the time it took is added. */
  succeed(text: string): void;
  fail(text: string): void;
}

/** Starts a step. Nothing is written until it ends, unless stderr is a terminal. */
export async function startProgress(text: string, context: CommandContext): Promise<Progress> {
  const started = performance.now();
  const after = (message: string) => `${message} (${((performance.now() - started) / 1000).toFixed(1)} s).`;
  if (!context.interactive) {
    return {
      succeed: (message) => context.stderr.write(`${after(message)}\n`),
      fail: (message) => context.stderr.write(`Warning: ${message}\n`),
    };
  }
  const { default: ora } = await import('ora');
  // ora would swallow Ctrl-C handling and typed text; the command handles both itself.
  const spinner = ora({ text, discardStdin: false }).start();
  return {
    succeed: (message) => {
      spinner.succeed(after(message));
    },
    fail: (message) => {
      spinner.fail(message);
    },
  };
}
