/**
 * Answers of other services: identical questions in flight are one call, and answers are remembered.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

export interface SharedCallsOptions {
  /** Answers that are remembered. */
  readonly entries: number;
  /** For how long, milliseconds; 0 remembers nothing. */
  readonly ttlMs: number;
}

interface Running<T> {
  readonly promise: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

export class SharedCalls<T extends object> {
  readonly #answers: LRUCache<string, T> | undefined;
  readonly #running = new Map<string, Running<T>>();

  constructor({ entries, ttlMs }: SharedCallsOptions) {
    this.#answers = ttlMs > 0 && entries > 0 ? new LRUCache({ max: entries, ttl: ttlMs }) : undefined;
  }

  /**
   * The answer to the question that `parts` make up, from memory, from a call under way, or by `work`. Failures are
   * not remembered. Rejects when `signal` is aborted; the call itself is, when nobody waits for it any more.
   */
  ask(parts: readonly string[], work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const key = keyOf(parts);
    const known = this.#answers?.get(key);
    if (known !== undefined) return Promise.resolve(known);
    if (signal?.aborted === true) return Promise.reject(reasonOf(signal));
    const running = this.#running.get(key) ?? this.#start(key, work);
    running.waiting++;
    return signal === undefined ? running.promise : this.#wait(key, running, signal);
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> {
    const abort = new AbortController();
    const promise = work(abort.signal).then(
      (answer) => {
        this.#forget(key, promise);
        this.#answers?.set(key, answer);
        return answer;
      },
      (error: unknown) => {
        this.#forget(key, promise);
        throw error;
      },
    );
    // Whoever waits gets the failure; it is no unhandled one if all of them have left.
    promise.catch(() => undefined);
    const running = { promise, abort, waiting: 0 };
    this.#running.set(key, running);
    return running;
  }

  #forget(key: string, promise: Promise<T>): void {
    if (this.#running.get(key)?.promise === promise) this.#running.delete(key);
  }

  #wait(key: string, running: Running<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(reasonOf(signal));
        running.waiting--;
        if (running.waiting > 0) return;
        // The next who asks starts anew instead of joining a call that is being ended.
        this.#forget(key, running.promise);
        running.abort.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      running.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('the call was given up');
}

/** A digest: questions hold whole prompts, which nobody should keep for their sake. */
function keyOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('base64');
}
