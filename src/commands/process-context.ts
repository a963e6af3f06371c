/**
 * The command context of a real process.
 *
 * @module
 */
import { closeSync, openSync } from 'node:fs';
import type { CommandContext } from './command.js';

/** Context of this process; the first Ctrl-C or SIGTERM aborts its signal, a second one kills. */
export function processContext(): CommandContext {
  const { stdin, stdout, stderr, env } = process;
  const controller = new AbortController();
  // `once`: the second signal meets no handler and ends the process the default way.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  // A reader such as `head` may leave early; that is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
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
            controller.abort();
            process.once('exit', endByHangup);
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

/** Node would abort when it cannot reset a terminal that is gone: this is how the signal ends a process by itself. */
function endByHangup(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
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
