/**
 * Schema of the canonical config file. Types, validation, the JSON Schema for editors and the reference
 * docs all come from here.
 *
 * @module
 */
import { z } from 'zod';
import { strategies } from '../decision/types.js';
import { historySchema } from '../signals/history.js';
import { signalLimitsSchema } from '../signals/limits.js';
import { authzSchema } from './schema-identity.js';
import { modelCatalogSchema } from './schema-models.js';
import { listenerSchema, portSchema, providersSchema } from './schema-providers.js';
import { entrypointSchema, recipeSchema } from './schema-recipes.js';
import { routingSchema } from './schema-routing.js';
import { stickinessSchema } from './schema-stickiness.js';

/** Values of `version` in the canonical layout. */
export const canonicalVersions = ['v0.3', 'v0.4'] as const;

/** What a token of the management API may be used for, from the least on. */
export const managementRoles = ['viewer', 'operator', 'admin'] as const;

const loose = z.looseObject({});
const accepted = z.unknown().optional().describe('Accepted, not available in this version.');

const routerSchema = z
  .looseObject({
    auto_model_name: z.string().min(1).optional().describe('Further name that asks the router to choose.'),
    auto_model_names: z
      .array(z.string().min(1))
      .optional()
      .describe('Names that ask the router to choose, instead of the built-in ones.'),
    include_config_models_in_list: z
      .boolean()
      .default(false)
      .describe('Whether `GET /v1/models` lists the configured models beside the auto names.'),
    strategy: z.enum(strategies).optional().describe('Used if `routing.strategy` is not given.'),
    max_body_bytes: z
      .number()
      .int()
      .min(1024)
      .default(50 * 1024 * 1024)
      .describe('Largest request body, bytes.'),
    history: historySchema.prefault({}),
    signals: signalLimitsSchema.prefault({}),
    stickiness: stickinessSchema.prefault({}),
  })
  .describe('Behaviour of the router.');

const managementSchema = z
  .looseObject({
    bind_address: z.string().min(1).default('127.0.0.1').describe('Address of the management port.'),
    port: portSchema.default(8080).describe('Management port.'),
    auth: z
      .strictObject({
        mode: z
          .enum(['disabled', 'bearer'])
          .optional()
          .describe(
            '`bearer`: every request but `/health` and `/ready` needs a token. Default if there are `tokens`.',
          ),
        tokens: z
          .array(
            z.strictObject({
              env: z.string().min(1).describe('Environment variable that holds the token.'),
              role: z
                .enum(managementRoles)
                .default('viewer')
                .describe(
                  '`viewer` reads, `operator` also changes the configuration, `admin` also sees secrets.',
                ),
            }),
          )
          .default([])
          .describe('Who may use the management API.'),
        roles: accepted,
      })
      .prefault({})
      .describe('Without tokens everybody who reaches the port may read, and change only over loopback.'),
    require_if_match: z
      .boolean()
      .default(false)
      .describe('Whether changes over `/config` need `If-Match`, so that no other change is lost.'),
  })
  .describe('Health, readiness, metrics and the evaluation API.');

export const globalSchema = z
  .strictObject({
    router: routerSchema.prefault({}),
    services: z
      .looseObject({ management_api: managementSchema.prefault({}), authz: authzSchema.prefault({}) })
      .prefault({})
      .describe('Services beside the model endpoint.'),
    stores: loose.optional().describe('Accepted, not available in this version.'),
    integrations: loose.optional().describe('Accepted, not available in this version.'),
    model_catalog: modelCatalogSchema.prefault({}),
  })
  .describe('Settings that are not about single models or decisions.');

export const configSchema = z
  .strictObject({
    version: z.enum(canonicalVersions).default('v0.3').describe('Layout of this file.'),
    listeners: z.array(listenerSchema).optional().describe('Where clients connect. Default: 127.0.0.1:8899.'),
    providers: providersSchema.prefault({}),
    routing: routingSchema.prefault({}),
    global: globalSchema.prefault({}),
    entrypoints: z.array(entrypointSchema).default([]).describe('Virtual models that recipes answer.'),
    recipes: z.array(recipeSchema).default([]).describe('Sets of rules beside `routing`.'),
    evaluation: accepted,
    setup: accepted,
  })
  .describe('Configuration of vllm-sr.');

/** A config file after validation, defaults filled in. */
export type ConfigDocument = z.output<typeof configSchema>;
