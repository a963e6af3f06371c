/**
 * The one interface of decision plugins. To add a plugin: copy a file of this folder and add one line
 * to `index.ts`; the order of that list is the order in which plugins run.
 *
 * @module
 */
import type { z } from 'zod';

/** The request as plugins may change it, before it is sent upstream. */
export interface OutgoingRequest {
  /** Puts `text` in front of (`insert`) or in place of (`replace`) the system message. */
  setSystemPrompt(text: string, mode: 'insert' | 'replace'): void;
  setHeader(name: string, value: string): void;
  deleteHeader(name: string): void;
}

/** A plugin may let the request go on, or answer it itself. */
export type PluginVerdict =
  | { readonly action: 'continue' }
  | { readonly action: 'respond'; readonly text: string; readonly path: 'fast_response' };

export interface CompiledPlugin {
  readonly type: string;
  onRequest(request: OutgoingRequest): PluginVerdict;
}

export interface PluginKind<Configuration = unknown> {
  /** Name in `decisions[].plugins[].type`. */
  readonly type: string;
  readonly summary: string;
  /**
   * `all`: guards and answers of our own, which naming a model explicitly must not dodge;
   * `auto`: shapes a request whose model the router chose.
   */
  readonly scope: 'auto' | 'all';
  /** Schema of `configuration`. */
  readonly schema: z.ZodType<Configuration>;
  /** Undefined if the configuration switches the plugin off. */
  compile(configuration: Configuration): CompiledPlugin | undefined;
}

export interface PluginSpec {
  readonly type: string;
  readonly configuration: unknown;
}
