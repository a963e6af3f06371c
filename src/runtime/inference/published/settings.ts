/**
 * What the worker has to know to run a published model.
 *
 * @module
 */
import type { Device } from '../../models/assignment.js';
import type { FileRole } from '../../models/catalog/types.js';

/** What a pair model is asked. */
export type PairQuestion = 'nli' | 'hallucination' | 'tool-call';

export interface PublishedFile {
  /** Relative to the folder, with slashes. */
  readonly path: string;
  readonly role: FileRole;
}

/** All of it can be passed to a thread. */
export interface PublishedSettings {
  readonly input: 'published';
  /** Name under which its results stand: that of the model it replaces, else its own. */
  readonly output: string;
  /** Catalogue name. */
  readonly name: string;
  readonly dir: string;
  readonly files: readonly PublishedFile[];
  /** Folder of the base that an adapter sits on; undefined for whole models. */
  readonly base: string | undefined;
  readonly task: 'sequence' | 'token' | 'embedding';
  /** Undefined for a model that reads one text. */
  readonly question: PairQuestion | undefined;
  /** The catalogue's, for files that state none. */
  readonly labels: readonly string[];
  /** Labels of the embedded model that it replaces, which its own are spelled like; empty if it replaces none. */
  readonly family: readonly string[];
  /** Longest input in tokens that it was made for, as the catalogue says. */
  readonly madeFor: number | undefined;
  /** Longest input that somebody has asked for. */
  readonly maxTokens: number | undefined;
  /** Floats of an embedding; undefined: all that the model has. */
  readonly dimension: number | undefined;
  readonly threads: number;
  readonly device: Device;
  /** Folder for files that cannot lie beside the weights. */
  readonly cacheDir: string;
  /** Whether optimised graphs are kept there. */
  readonly keepOptimised: boolean;
}
