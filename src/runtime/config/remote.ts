/**
 * The services of others that a configuration names, ready to be asked.
 *
 * @module
 */
import type { z } from 'zod';
import type { ExternalModel, externalModelsSchema } from '../external/external-models.js';
import { type McpServerEntry, mcpServersOf } from '../external/mcp/settings.js';
import type { RemoteSettings } from '../external/services.js';
import { defaultChatPath, parseEndpoint } from './endpoint.js';
import type { Environment } from './interpolate.js';

type ExternalEntry = z.output<typeof externalModelsSchema>[number];

/** The parts of a validated file that name services. */
export interface RemoteEntries {
  readonly external?: readonly ExternalEntry[] | undefined;
  readonly modules?:
    | {
        readonly classifier?:
          | {
              readonly mcp?: McpServerEntry | readonly McpServerEntry[] | undefined;
              readonly mcp_category_model?: McpServerEntry | readonly McpServerEntry[] | undefined;
              readonly preference?: { readonly use_contrastive?: boolean | undefined } | undefined;
            }
          | undefined;
      }
    | undefined;
}

/** URL of an external model's API root; undefined if its endpoint says none or a wrong one. */
export function externalAddress(endpoint: {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly protocol?: 'http' | 'https' | undefined;
  readonly base_url?: string | undefined;
}): ReturnType<typeof parseEndpoint> {
  const { address = '', port, protocol, base_url: baseUrl } = endpoint;
  // An IPv6 address stands in brackets before a port.
  const host = address.includes(':') && !/[[/]|:\d+$/.test(address) ? `[${address}]` : address;
  return parseEndpoint(baseUrl ?? (port === undefined ? host : `${host}:${port}`), protocol ?? 'http');
}

/** What the router may ask. Entries without a usable address have been refused by then. */
export function remoteSettings({ external = [], modules }: RemoteEntries, env: Environment): RemoteSettings {
  const classifier = modules?.classifier;
  const contrastive = classifier?.preference?.use_contrastive === true;
  return {
    models: external.flatMap((entry) => {
      // Who insists on the comparison with examples gets it, whatever models there are.
      if (contrastive && entry.model_role === 'preference') return [];
      return externalOf(entry, env) ?? [];
    }),
    categoryServers: mcpServersOf(classifier?.mcp ?? classifier?.mcp_category_model),
  };
}

function externalOf(entry: ExternalEntry, env: Environment): ExternalModel | undefined {
  const address = externalAddress(entry.llm_endpoint);
  if (!address.ok) return undefined;
  const fromEnv = entry.api_key_env === undefined ? undefined : env[entry.api_key_env];
  return {
    name: entry.name ?? entry.llm_model_name,
    role: entry.model_role,
    model: entry.llm_model_name,
    url: address.url + defaultChatPath(address.url),
    apiKey: (fromEnv || entry.access_key) ?? undefined,
    timeoutMs: entry.llm_timeout_seconds * 1000,
    maxTokens: entry.max_tokens,
    cacheTtlMs: entry.cache_ttl_seconds * 1000,
  };
}
