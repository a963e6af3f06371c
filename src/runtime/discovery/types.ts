/**
 * What can be found on this machine without asking anyone: local model servers and API keys.
 *
 * @module
 */

export const serverKinds = [
  'ollama',
  'vllm',
  'sglang',
  'llama.cpp',
  'lm-studio',
  'openai-compatible',
] as const;
export type ServerKind = (typeof serverKinds)[number];

export interface FoundModel {
  /** Id to send upstream. */
  readonly id: string;
  /** Parameters in billions, from the server or the name; undefined if neither says. */
  readonly billions: number | undefined;
  /** Key of `reasoningFamilies` in the configuration layer; undefined for models that do not reason. */
  readonly reasoningFamily: string | undefined;
}

/** A server on this machine (or at `OLLAMA_HOST`) that answered. */
export interface LocalServer {
  readonly kind: ServerKind;
  /** For people, e.g. `Ollama`. */
  readonly label: string;
  /** OpenAI-compatible API root, e.g. `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string;
  /** Chat models, smallest first; those of unknown size keep the server's order, after the others. */
  readonly models: readonly FoundModel[];
}

/** A service for which the environment holds an API key. The key's value is never read into this. */
export interface CloudKey {
  /** Value of `provider` in a configuration, e.g. `openai`. */
  readonly vendor: string;
  readonly label: string;
  /** Name of the environment variable, for `api_key_env`. */
  readonly env: string;
  readonly baseUrl: string;
  /** Cheap and quick. */
  readonly small: FoundModel;
  /** For hard questions. */
  readonly large: FoundModel;
}

export interface Discovery {
  readonly servers: readonly LocalServer[];
  readonly keys: readonly CloudKey[];
}
