/**
 * Language models of other servers that the router itself asks: what a configuration says of them.
 *
 * @module
 */
import { z } from 'zod';

/** What an external model may be for. The last one is known and not used. */
export const externalRoles = ['preference', 'classification', 'guardrail', 'scoring'] as const;
export type ExternalRole = (typeof externalRoles)[number];

/** Forms in which guard models say what they think of a text; `auto` tries all of them. */
export const guardParsers = ['auto', 'json', 'qwen3guard', 'simple'] as const;
export type GuardParser = (typeof guardParsers)[number];

/** How the verdicts of a guard model are read. */
export interface GuardSettings {
  readonly parser: GuardParser;
  /** Least risk, for rules that set none. */
  readonly threshold: number;
}

export const defaultGuard: GuardSettings = { parser: 'auto', threshold: 0.7 };

const secret = z.string().min(1);

const endpointSchema = z
  .strictObject({
    address: z.string().min(1).optional().describe('Host name or address.'),
    port: z.number().int().min(1).max(65535).optional().describe('Port.'),
    protocol: z.enum(['http', 'https']).default('http').describe('For `address`.'),
    base_url: z.string().min(1).optional().describe('Full URL of the API root, instead of `address`.'),
    name: z.string().optional().describe('For people only.'),
    use_chat_template: z.boolean().optional().describe('Accepted, not used: the server applies its own.'),
    prompt_template: z.string().optional().describe('Accepted, not used.'),
  })
  .describe('Where its OpenAI-compatible server is.');

const role = z.enum(externalRoles).optional();
const seconds = z.number().positive().max(600).optional();

export const externalModelSchema = z
  .strictObject({
    name: z.string().min(1).optional().describe('How rules call it. Default: its model name.'),
    model_role: role.describe(
      '`preference`: decides `preferences`; `classification`: serves `classifiers` of type `llm`; `guardrail`: serves `jailbreak` of method `llm`. Required.',
    ),
    llm_endpoint: endpointSchema.optional(),
    llm_model_name: z.string().min(1).optional().describe('Model id that is sent. Required.'),
    llm_timeout_seconds: seconds.describe(
      'Longest wait for an answer, seconds; then the signal is `unavailable`. Default: 10.',
    ),
    llm_provider: z.string().optional().describe('For people only; the server speaks the OpenAI protocol.'),
    role: role.describe('Another name of `model_role`.'),
    endpoint: z
      .string()
      .min(1)
      .optional()
      .describe('`host[:port]` or a full URL, instead of `llm_endpoint`. Default port: 8000.'),
    model_name: z.string().min(1).optional().describe('Another name of `llm_model_name`.'),
    timeout_seconds: seconds.describe('Another name of `llm_timeout_seconds`.'),
    provider: z.string().optional().describe('Another name of `llm_provider`.'),
    max_tokens: z.number().int().min(1).default(1000).describe('Most tokens of an answer.'),
    cache_ttl_seconds: z
      .number()
      .min(0)
      .default(3600)
      .describe('How long an answer holds for the same question, seconds; 0 asks each time.'),
    access_key: secret
      .optional()
      .describe('Key sent as bearer token; `api_key_env` keeps it out of the file.'),
    api_key_env: z.string().min(1).optional().describe('Environment variable that holds the key.'),
    parser_type: z
      .string()
      .optional()
      .describe(
        'For `guardrail`, how it says its verdict: `json`, `qwen3guard` (lines `Safety:` and `Categories:`), `simple` (first word `safe` or `unsafe`), or `auto`, which reads all of these. Those but `json` are sent the text alone; so is `auto` if the name of the model has `guard` or `shield` in it. Other roles are read as JSON.',
      ),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('For `guardrail`: least risk, for rules that set none. Default: 0.7.'),
  })
  .describe('A language model that helps to classify requests.');

/** Fields with two names: that of canonical files, and that of the first release. */
export const externalAliases = [
  ['model_role', 'role'],
  ['llm_endpoint', 'endpoint'],
  ['llm_model_name', 'model_name'],
  ['llm_timeout_seconds', 'timeout_seconds'],
  ['llm_provider', 'provider'],
] as const;

export const externalModelsSchema = z
  .array(externalModelSchema)
  .describe('Language models of other servers that the router asks.');

/** An external model, ready to be called. */
export interface ExternalModel {
  readonly name: string;
  readonly role: ExternalRole;
  /** Model id in requests. */
  readonly model: string;
  /** URL of chat completions. */
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly maxTokens: number;
  readonly cacheTtlMs: number;
  /** For guards. Left out: `defaultGuard`. */
  readonly guard?: GuardSettings;
}
