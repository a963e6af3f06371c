/**
 * What several models that work as one have in common: their state, and who answers for one that has failed.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { EncoderState } from './types.js';

export interface ComposedOptions {
  readonly fallback: 'embedded' | 'none';
  readonly onProblem: (message: string) => void;
  /** Texts that tell other models from these. */
  readonly identity: readonly string[];
}

/** A model of the configuration among the family's. */
export interface PartName {
  /** Catalogue name. */
  readonly name: string;
  /** Registry name of the embedded model in whose place it answers. */
  readonly replaces: string | undefined;
  /** Where the configuration asks for it. */
  readonly path: string;
}

/** SHA-256 (hex) of all of them together. */
export function combinedHash(embedded: string, identity: readonly string[]): string {
  return createHash('sha256')
    .update([embedded, ...identity].join('\n\n'))
    .digest('hex');
}

/** Of models that are loaded when they are needed: what has not been asked for yet keeps nobody waiting. */
export function combinedState(states: readonly EncoderState[]): EncoderState {
  for (const state of ['closed', 'failed', 'loading', 'ready'] as const) {
    if (states.includes(state)) return state;
  }
  return 'idle';
}

/** Says once per model that it cannot be loaded, and who answers instead. */
export class Problems {
  readonly #told = new Set<string>();

  constructor(private readonly options: Pick<ComposedOptions, 'fallback' | 'onProblem'>) {}

  /** True if the embedded model answers in place of `part`. */
  replaced(part: PartName, failed: boolean): boolean {
    return failed && part.replaces !== undefined && this.options.fallback === 'embedded';
  }

  tell(part: PartName, problem: string): void {
    const key = `${part.path}\n${part.name}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const instead = this.replaced(part, true)
      ? `the embedded ${part.replaces} answers instead`
      : 'what reads it is unavailable';
    this.options.onProblem(`${part.path}: ${part.name} cannot be used, ${instead}: ${problem}`);
  }
}
