/**
 * Schema of `listeners` and `providers`.
 *
 * @module
 */
import { z } from 'zod';
import { backendProtocols, reasoningTypes } from '../providers/types.js';
import { apiKeySchema } from './schema-identity.js';

const headerText = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, {
  message: 'a header value cannot contain line breaks or characters beyond Latin-1',
});
const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { message: 'not a valid header name' });

export const portSchema = z.number().int().min(1).max(65535);

export const listenerSchema = z
  .strictObject({
    name: z.string().min(1).optional().describe('Shown in logs. Default: `http-<port>`.'),
    address: z
      .string()
      .min(1)
      .default('0.0.0.0')
      .describe('Address to listen on; `127.0.0.1` is reachable from this machine only.'),
    port: portSchema.describe('TCP port, 1 to 65535.'),
    timeout: z
      .string()
      .default('300s')
      .describe('Longest time for a whole answer, e.g. `300s`, `5m`, `1500ms`.'),
    api_keys: z
      .array(apiKeySchema)
      .optional()
      .describe('If given, clients must send one of these as a bearer token.'),
  })
  .describe('An address the OpenAI-compatible endpoint listens on.');

const reasoningSchema = z
  .strictObject({
    family: z.string().min(1).optional().describe('Built-in family: `qwen3`, `deepseek`, `gpt-oss`, `gpt` …'),
    type: z.enum(reasoningTypes).optional().describe('How the model is told to reason, if no family fits.'),
    parameter: z.string().min(1).optional().describe('Name of the request field that `type` sets.'),
    activation_parameter: z.string().optional().describe('Accepted, not used.'),
    effort_flags: z.looseObject({}).optional().describe('Accepted, not used.'),
    levels: z.array(z.string()).optional().describe('Accepted, not used.'),
    default: z.unknown().optional().describe('Accepted, not used.'),
    modes: z.array(z.unknown()).optional().describe('Accepted, not used.'),
    default_mode: z.unknown().optional().describe('Accepted, not used.'),
    disabled: z.boolean().optional().describe('`true`: reasoning fields are never sent to this model.'),
  })
  .describe('How reasoning is switched on and off for this model: `family`, or `type` and `parameter`.');

const price = z.number().min(0);

const pricingSchema = z
  .strictObject({
    currency: z.string().min(1).default('USD').describe('Currency code.'),
    prompt_per_1m: price.default(0).describe('Price of one million prompt tokens.'),
    completion_per_1m: price.default(0).describe('Price of one million completion tokens.'),
    cached_input_per_1m: price.optional().describe('Accepted, not used.'),
    cache_write_per_1m: price.optional().describe('Accepted, not used.'),
  })
  .describe('What the model costs.');

export const backendRefSchema = z
  .strictObject({
    name: z.string().min(1).optional().describe('Default: `primary`, `backend-2`, …'),
    endpoint: z.string().optional().describe('`host[:port][/path]`, or a full URL.'),
    base_url: z.string().optional().describe('Full URL of the API root, e.g. `https://api.openai.com/v1`.'),
    protocol: z.enum(backendProtocols).default('http').describe('For an `endpoint` without a scheme.'),
    weight: z.number().min(0).default(1).describe('Share of the traffic; 0 takes it out of rotation.'),
    provider: z
      .string()
      .min(1)
      .default('vllm')
      .describe('`vllm`, `openai`, `openrouter`, …; `echo` is the built-in model that needs no endpoint.'),
    auth_header: headerName.optional().describe('Header that carries the key. Default: `authorization`.'),
    auth_prefix: headerText.optional().describe('Text before the key. Default: `Bearer `.'),
    extra_headers: z.record(headerName, headerText).optional().describe('Headers added to every request.'),
    api_version: z.string().optional().describe('Value of the `api-version` query parameter (Azure).'),
    chat_path: z
      .string()
      .regex(/^\//, { message: 'must start with `/`' })
      .optional()
      .describe('Path of chat completions, appended to the endpoint.'),
    api_key: headerText.optional().describe('Key sent upstream; `api_key_env` keeps it out of the file.'),
    api_key_env: z.string().min(1).optional().describe('Environment variable that holds the key.'),
  })
  .describe('One endpoint that serves the model.');

export const modelSchema = z
  .strictObject({
    name: z.string().min(1).describe('Name used in decisions and by clients.'),
    provider_model_id: z.string().min(1).optional().describe('Model id sent upstream. Default: `name`.'),
    external_model_ids: z.record(z.string(), z.string()).optional().describe('Model id by provider.'),
    catalog: z.string().optional().describe('Accepted, not used.'),
    reasoning: reasoningSchema.optional(),
    pricing: pricingSchema.optional(),
    api_format: z.enum(['openai', 'anthropic']).optional().describe('Wire format. Default: `openai`.'),
    backend_refs: z.array(backendRefSchema).default([]).describe('Endpoints; the load is split by weight.'),
    reliability: z.looseObject({}).optional().describe('Accepted, not used.'),
  })
  .describe('A model that requests can be routed to.');

export const providersSchema = z
  .strictObject({
    defaults: z
      .strictObject({
        model: z.string().min(1).optional().describe('Answers when no decision matches.'),
        reasoning_effort: z
          .string()
          .min(1)
          .default('high')
          .describe('Effort of a reasoning model reference that names none.'),
      })
      .prefault({})
      .describe('What applies where nothing else is said.'),
    models: z.array(modelSchema).default([]).describe('Models that requests can be routed to.'),
  })
  .describe('Models and where they run.');
