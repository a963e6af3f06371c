/**
 * The router in use, and which requests still use those before it.
 *
 * @module
 */
import type { Router } from '../selection/types.js';

/** One router while it is in force, and after that until the last request has ended that may use it. */
class Reign {
  #uses = 0;
  #over = false;
  #free: () => void = () => undefined;
  /** Resolves when it is over and nobody uses it. */
  readonly freed = new Promise<void>((resolve) => {
    this.#free = resolve;
  });

  begin(): void {
    this.#uses += 1;
  }

  end(): void {
    this.#uses -= 1;
    this.#settle();
  }

  depose(): void {
    this.#over = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#over && this.#uses === 0) this.#free();
  }
}

/** Says that a request has ended. Further calls change nothing. */
export type EndOfUse = () => void;

/** Holds the router in use; a reload puts a new one in, requests under way keep theirs. */
export class RouterHolder {
  #router: Router;
  #reign = new Reign();
  /** Resolves when nobody uses what was in force before. */
  #before: Promise<void> = Promise.resolve();

  constructor(router: Router) {
    this.#router = router;
  }

  get router(): Router {
    return this.#router;
  }

  /** Begins a request: the router in force now, and those that come into force before its end, stay usable. */
  use(): EndOfUse {
    const reign = this.#reign;
    reign.begin();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      reign.end();
    };
  }

  /**
   * Puts another router in force. Resolves when every request has ended that may use the one before: those that began
   * under it, and those that began earlier and may have asked for it since.
   */
  swap(router: Router): Promise<void> {
    const old = this.#reign;
    this.#router = router;
    this.#reign = new Reign();
    this.#before = Promise.all([this.#before, old.freed]).then(() => undefined);
    old.depose();
    return this.#before;
  }
}
