/**
 * The services of others that a configuration names, ready to be asked.
 *
 * @module
 */
import { isIPv6 } from 'node:net';
import type { z } from 'zod';
import {
  defaultGuard,
  type ExternalModel,
  type externalModelsSchema,
  type GuardSettings,
  guardParsers,
} from '../external/external-models.js';
import { type CategoryFallback, type McpServerEntry, mcpServersOf } from '../external/mcp/settings.js';
import type { RemoteSettings } from '../external/services.js';
import { defaultChatPath, type EndpointResult, parseEndpoint } from './endpoint.js';
import type { Environment } from './interpolate.js';

type ExternalEntry = z.output<typeof externalModelsSchema>[number];

/** The parts of a validated file that name services. */
export interface RemoteEntries {
  readonly external?: readonly ExternalEntry[] | undefined;
  readonly fallback?: CategoryFallback | undefined;
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

const defaultPort = 8000;
const defaultTimeoutSeconds = 10;

/** An address as the file gives it: in parts, or as one text. */
export interface ExternalAddress {
  readonly endpoint?: string | undefined;
  readonly llm_endpoint?:
    | {
        readonly address?: string | undefined;
        readonly port?: number | undefined;
        readonly protocol?: 'http' | 'https' | undefined;
        readonly base_url?: string | undefined;
      }
    | undefined;
}

/** URL of an external model's API root, or what is wrong with its endpoint. */
export function externalAddress({ endpoint, llm_endpoint: parts }: ExternalAddress): EndpointResult {
  if (parts === undefined) {
    const text = (endpoint ?? '').trim();
    return parseEndpoint(/^[^:/\s]+$/.test(text) ? `${text}:${defaultPort}` : text);
  }
  const { address = '', port, protocol, base_url: baseUrl } = parts;
  // An IPv6 address stands in brackets before a port.
  const host = isIPv6(address) ? `[${address}]` : address;
  return parseEndpoint(baseUrl ?? (port === undefined ? host : `${host}:${port}`), protocol ?? 'http');
}

/** What the router may ask. Entries without a usable address have been refused by then. */
export function remoteSettings(
  { external = [], fallback, modules }: RemoteEntries,
  env: Environment,
): RemoteSettings {
  const classifier = modules?.classifier;
  const contrastive = classifier?.preference?.use_contrastive === true;
  return {
    models: external.flatMap((entry) => {
      // Who insists on the comparison with examples gets it, whatever models there are.
      if (contrastive && (entry.model_role ?? entry.role) === 'preference') return [];
      return externalOf(entry, env) ?? [];
    }),
    categoryServers: mcpServersOf(classifier?.mcp ?? classifier?.mcp_category_model, fallback),
  };
}

function guardOf({ parser_type: named, threshold = defaultGuard.threshold }: ExternalEntry): GuardSettings {
  const parser = guardParsers.find((known) => known === named) ?? defaultGuard.parser;
  return { parser, threshold };
}

function externalOf(entry: ExternalEntry, env: Environment): ExternalModel | undefined {
  const address = externalAddress(entry);
  const role = entry.model_role ?? entry.role;
  const model = entry.llm_model_name ?? entry.model_name;
  if (!address.ok || role === undefined || model === undefined) return undefined;
  const fromEnv = entry.api_key_env === undefined ? undefined : env[entry.api_key_env];
  return {
    name: entry.name ?? model,
    role,
    model,
    url: address.url + defaultChatPath(address.url),
    apiKey: (fromEnv || entry.access_key) ?? undefined,
    timeoutMs: (entry.llm_timeout_seconds ?? entry.timeout_seconds ?? defaultTimeoutSeconds) * 1000,
    maxTokens: entry.max_tokens,
    cacheTtlMs: entry.cache_ttl_seconds * 1000,
    ...(role === 'guardrail' && { guard: guardOf(entry) }),
  };
}
