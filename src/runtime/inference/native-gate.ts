/**
 * Keeps the process from ending while a worker is inside the native runtime.
 *
 * `process.exit()` stops worker threads where they are; when one is inside a load or a run at that
 * moment, the native binding throws into nothing and the whole process aborts (exit code 134 instead of
 * the one asked for). The 'exit' event is the last moment to do something about it, and only
 * synchronous things: so worker and main thread share two numbers, and the main thread waits for the
 * call under way, for a bounded time.
 *
 * @module
 */

const busy = 0;
const stopped = 1;

/**
 * Longest wait at exit. The embedded models need 0.1 s for 512 tokens and 0.5 s to load, those of a gigabyte some
 * seconds for either.
 */
const longestWaitMs = 15_000;

/** One per worker thread. Starts out busy, since the first thing a worker does is to load. */
export class NativeGate {
  readonly #state: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer = NativeGate.buffer()) {
    this.#state = new Int32Array(buffer);
  }

  static buffer(): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
    new Int32Array(buffer)[busy] = 1;
    return buffer;
  }

  /** Worker: before a native call. False if the process is ending and no call may begin. */
  enter(): boolean {
    // First say "busy", then look: whichever thread is later sees what the other wrote.
    Atomics.store(this.#state, busy, 1);
    if (Atomics.load(this.#state, stopped) === 0) return true;
    this.leave();
    return false;
  }

  /** Worker: after a native call. */
  leave(): void {
    Atomics.store(this.#state, busy, 0);
    Atomics.notify(this.#state, busy);
  }

  /** Main thread, at exit: lets no further call begin and waits for the one under way. Blocks. */
  stop(waitMs: number = longestWaitMs): void {
    Atomics.store(this.#state, stopped, 1);
    Atomics.wait(this.#state, busy, 1, waitMs);
  }
}

const open = new Set<NativeGate>();

function stopAll(): void {
  for (const gate of open) gate.stop();
}

/** Main thread: has `gate` stopped when the process exits, until the returned function is called. */
export function stopAtExit(gate: NativeGate): () => void {
  if (open.size === 0) process.on('exit', stopAll);
  open.add(gate);
  return () => {
    if (open.delete(gate) && open.size === 0) process.off('exit', stopAll);
  };
}
