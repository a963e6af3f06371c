/**
 * What a request is about, where servers take the place of the domain model.
 *
 * @module
 */
import type { RemoteServices } from '../external/services.js';
import type { Category } from '../signals/domain-category.js';
import { servedCategory } from '../signals/domain-remote.js';
import type { SignalOutcome, SignalRequest } from '../signals/types.js';

export class ServedDomains {
  readonly #remote: RemoteServices;
  readonly #stating: readonly number[];

  /** @param stating Leaves whose outcome may say it. */
  constructor(remote: RemoteServices, stating: readonly number[]) {
    this.#remote = remote;
    this.#stating = stating;
  }

  /** Whether the domain model counts where they have said nothing. */
  get modelStandsIn(): boolean {
    return this.#remote.domainModelStandsIn;
  }

  /** What they have said to a signal; `outcomes` by leaf. */
  stated(outcomes: readonly (SignalOutcome | undefined)[]): Category | undefined {
    for (const leaf of this.#stating) {
      const outcome = outcomes[leaf];
      if (outcome?.status !== 'unavailable' && outcome?.category !== undefined) return outcome.category;
    }
    return undefined;
  }

  /** Asks them, unless a signal of this request has found them silent. Undefined if none of them says it. */
  read(request: SignalRequest, signal: AbortSignal | undefined): Promise<Category | undefined> {
    return servedCategory(request, this.#remote.categoryServers, signal);
  }
}
