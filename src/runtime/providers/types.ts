/**
 * Configuration of upstream models, as the schema yields it (defaults filled in).
 *
 * @module
 */

export const backendProtocols = ['http', 'https'] as const;

/** Wire protocols an upstream can speak. `echo` is the built-in model and needs no endpoint. */
export const providerKinds = ['openai', 'echo'] as const;
export type ProviderKind = (typeof providerKinds)[number];

export interface BackendRef {
  readonly name: string;
  readonly provider: ProviderKind;
  /** The vendor as written in the file (`vllm`, `openai`, `openrouter` …); decides dialect details. */
  readonly vendor: string;
  /** Absolute URL with base path and without trailing slash; undefined for `echo`. */
  readonly url: string | undefined;
  /** Share of the traffic; 0 takes the endpoint out of rotation. */
  readonly weight: number;
  readonly apiKey: string | undefined;
  /** Header that carries the key and what precedes it; `authorization` and `Bearer ` by default. */
  readonly authHeader: string;
  readonly authPrefix: string;
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Path appended to `url` for chat completions. */
  readonly chatPath: string;
}

export const reasoningTypes = [
  'chat_template_kwargs',
  'reasoning_effort',
  'top_level_reasoning_effort',
] as const;
export type ReasoningType = (typeof reasoningTypes)[number];

/** How a model family is told to reason or not (request-path of the OpenAI-compatible body). */
export interface ReasoningDialect {
  readonly type: ReasoningType;
  readonly parameter: string;
}

export interface ModelFacts {
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number | undefined;
  /** Capabilities and input modalities, in lower case with `_` for spaces and dashes. */
  readonly abilities: readonly string[];
}

export interface UpstreamModel {
  readonly name: string;
  /** Model id sent upstream; the configured name if the file gives none. */
  readonly upstreamId: string;
  readonly reasoning: ReasoningDialect | undefined;
  readonly backends: readonly BackendRef[];
  readonly loras: readonly string[];
  readonly pricing:
    | { readonly currency: string; readonly promptPer1M: number; readonly completionPer1M: number }
    | undefined;
  readonly description: string | undefined;
  /** What its card says of it, as far as requests can be compared with that. */
  readonly facts?: ModelFacts;
}
