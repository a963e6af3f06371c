/**
 * What a worker thread does with jobs, whatever the graph.
 *
 * @module
 */
import { messageOf } from '../errors.js';
import type { Job, Outcome } from './messages.js';

export interface Engine {
  /** True if a run is due. */
  readonly waiting: boolean;
  /** Takes a job: gives its outcome if no run is needed for it, else remembers it for {@link step}. */
  take(id: number, job: Job): Outcome | undefined;
  /** One native run for what has waited longest; the outcomes of the jobs that are done with it. */
  step(): Promise<Outcome[]>;
  /** Drops a job: it takes no further run and has no outcome. */
  forget(id: number): void;
  /** Frees the native session. */
  close(): Promise<void>;
}

/** The outcome of a job that failed with `error`. */
export function failed(id: number, error: unknown): Outcome {
  return { type: 'error', id, message: messageOf(error) };
}
