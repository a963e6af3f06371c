/**
 * Stopping a command from outside: Ctrl-C, or SIGTERM where there is such a signal.
 *
 * A command that returns has finished. One that is stopped throws: from {@link untilStopped}, {@link unlessStopped},
 * or `context.signal.throwIfAborted()` before it writes anything.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';

/** Numbers of the signals, which shells add 128 to. */
const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export type StopSignal = keyof typeof numbers;

/** Reason of an aborted `context.signal`. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly signal: StopSignal;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }

  /** What a shell reports of a process that the signal ended: 130 for Ctrl-C, 143 for SIGTERM. */
  get exitCode(): number {
    return 128 + numbers[this.signal];
  }
}

/**
 * The interruption behind `error` or an aborted `signal`; undefined if there was none. What goes wrong while a
 * command stops is no news to who stopped it.
 */
export function interruptionOf(error: unknown, signal: AbortSignal): Interruption | undefined {
  if (error instanceof Interruption) return error;
  if (!signal.aborted) return undefined;
  const reason: unknown = signal.reason;
  return reason instanceof Interruption ? reason : new Interruption('SIGINT');
}

/** What `work` gives; rejects as soon as `signal` is aborted, and leaves the work to end for itself. */
export function unlessStopped<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((done, fail) => {
    const stop = () => fail(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(done, fail).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Longest that work may keep the event loop, and with it Ctrl-C, waiting. Milliseconds. */
const mostWithoutTurn = 50;

/**
 * To be called between steps of long work: lets the event loop turn now and then, without which no signal arrives,
 * and throws if `signal` is aborted.
 */
export function stopCheck(signal: AbortSignal): () => Promise<void> {
  let turned = performance.now();
  return async () => {
    if (performance.now() - turned > mostWithoutTurn) {
      await setImmediate();
      turned = performance.now();
    }
    signal.throwIfAborted();
  };
}

/** The items one after the other; throws once `signal` is aborted. */
export async function* untilStopped<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item> {
  const check = stopCheck(signal);
  for await (const item of items) {
    await check();
    yield item;
  }
  signal.throwIfAborted();
}
