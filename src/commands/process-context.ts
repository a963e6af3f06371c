/**
 * The command context of a real process.
 *
 * @module
 */
import { closeSync, openSync } from 'node:fs';
import type { CommandContext } from './command.js';
import { Interruption } from './interruption.js';

/** Context of this process; the first Ctrl-C or SIGTERM aborts its signal, a second one ends the process at once. */
export function processContext(): CommandContext {
  const { stdin, stdout, stderr, env } = process;
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Never taken away before the end: libraries that restore the terminal end the process if nobody else listens.
    process.on(name, () => {
      if (controller.signal.aborted) endBy(new Interruption(name));
      controller.abort(new Interruption(name));
    });
  }
  // A reader such as `head` may leave early; that is no error of ours.
  stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0);
    stderr.write(`Error: the output cannot be written (${code}).\n`);
    process.exit(1);
  });
  // With nobody to read them, messages are only lost.
  stderr.on('error', () => undefined);
  return {
    stdin,
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    interactive: stdin.isTTY === true && stderr.isTTY === true && !env.CI,
    color: hasColor(stdout.isTTY === true, env),
    signal: controller.signal,
    ...(process.platform !== 'win32' && {
      onHangup: (listener: () => void) => {
        const onSignal = (): void => {
          if (hasTerminal()) listener();
          else {
            controller.abort(new Interruption('SIGHUP'));
            process.once('exit', () => endBy(new Interruption('SIGHUP')));
          }
        };
        // Without a terminal at the start nobody but `kill -HUP` sends the signal.
        const handler = hasTerminal() ? onSignal : listener;
        process.on('SIGHUP', handler);
        return () => process.off('SIGHUP', handler);
      },
    }),
  };
}

/** Longest that a command which was stopped may still hold the process, by a call to somebody else. Milliseconds. */
const mostAfterStop = 1_000;

/**
 * Ends this process by the signal that stopped its command, unless it ends by itself before. Not by `exit`, which
 * would wait for the threads of models.
 */
export function endSoon(signal: AbortSignal, exitCode: number): void {
  const reason: unknown = signal.reason;
  if (exitCode === 0 || !(reason instanceof Interruption)) return;
  setTimeout(() => endBy(reason), mostAfterStop).unref();
}

/**
 * Ends this process at once, as the signal would without us. Node itself would abort when it cannot reset a terminal
 * that is gone.
 */
function endBy({ signal, exitCode }: Interruption): void {
  // Windows has no signals, and a process that is killed there gives a code of its own.
  if (process.platform === 'win32') process.exit(exitCode);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Whether the process has a terminal. A window that was closed sends SIGHUP too, and then there is none left. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** https://no-color.org and https://force-color.org: a set, non-empty variable counts. */
export function hasColor(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true;
  return terminal && env.TERM !== 'dumb';
}
