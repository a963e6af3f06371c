/**
 * Work that several wait for, and that ends early only if none of them does any more.
 *
 * @module
 */
export class SharedWork<Result> {
  readonly #stop = new AbortController();
  readonly #result: Promise<Result>;
  #waiting = 0;

  /** Begins the work; `stop` is aborted when everybody has left. */
  constructor(run: (stop: AbortSignal) => Promise<Result>) {
    this.#result = run(this.#stop.signal);
  }

  /** True if everybody has left: who comes later has to begin anew. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Waits for the result, until `signal` is aborted. */
  join(signal: AbortSignal | undefined): Promise<Result> {
    this.#waiting += 1;
    const leave = () => {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#stop.abort(signal?.reason);
    };
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
    return this.#result;
  }
}
