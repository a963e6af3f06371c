/**
 * From a validated file to the configuration that the router works with.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { priorityOf } from '../decision/actions.js';
import type { Strategy } from '../decision/types.js';
import type { Purpose } from '../models/catalog/types.js';
import type { ModelThresholds } from '../models/thresholds.js';
import type { BackendRef, ModelFacts, ReasoningDialect, UpstreamModel } from '../providers/types.js';
import { signalLimits } from '../signals/limits.js';
import { isEcho } from './check-models.js';
import { parseDuration } from './duration.js';
import { defaultChatPath, parseEndpoint } from './endpoint.js';
import type { Environment } from './interpolate.js';
import { modelCatalogSettings } from './model-requests.js';
import { reasoningFamilies } from './reasoning-families.js';
import { remoteSettings } from './remote.js';
import type { ConfigDocument } from './schema.js';
import type {
  ApiKey,
  Decision,
  IdentitySettings,
  Listener,
  ManagementToken,
  RouterConfig,
  RouterSettings,
  Routing,
} from './types.js';

type ModelEntry = ConfigDocument['providers']['models'][number];
type BackendEntry = ModelEntry['backend_refs'][number];
type ListenerEntry = NonNullable<ConfigDocument['listeners']>[number];
type ApiKeyEntry = NonNullable<ListenerEntry['api_keys']>[number];
type AuthzEntry = ConfigDocument['global']['services']['authz'];
type DecisionEntry = ConfigDocument['routing']['decisions'][number];
type CardEntry = ConfigDocument['routing']['modelCards'][number];

/** Names that ask the router to choose, unless the file lists its own. */
const builtInAutoNames = ['vllm-sr/auto', 'auto'];
const defaultAutoName = 'MoM';
const defaultTimeoutMs = 300_000;
const defaultSoftThreshold = 0.5;

/** Builds the canonical configuration. `document` must have passed every check. */
export function normalise(document: ConfigDocument, env: Environment): RouterConfig {
  const { providers, routing, global } = document;
  const cards = new Map(routing.modelCards.map((card) => [card.name, card]));
  const inference = global.model_catalog.inference;
  const management = global.services.management_api;
  return {
    listeners: listenersOf(document, env),
    models: providers.models.map((model) => modelOf(model, cards.get(model.name), env)),
    defaultModel: defaultModelOf(document),
    defaultReasoningEffort: providers.defaults.reasoning_effort,
    ...routingOf(routing, global.router.strategy),
    recipes: document.recipes.map(({ name, description, routing: own }) => ({
      name,
      description,
      ...routingOf(own, global.router.strategy),
    })),
    entrypoints: Object.fromEntries(
      document.entrypoints.flatMap(({ model_names: names, recipe }) => names.map((name) => [name, recipe])),
    ),
    router: routerOf(global.router),
    inference: {
      workers: inference.workers,
      threadsPerWorker: inference.threads ?? Math.min(4, availableParallelism()),
      cacheEntries: inference.cache_entries,
      device: inference.device,
      optimisationCache: inference.optimization_cache,
    },
    thresholds: thresholdsOf(global.model_catalog),
    modelCatalog: modelCatalogSettings(global.model_catalog, routing.signals, document.recipes),
    management: {
      address: management.bind_address,
      port: management.port,
      tokens: tokensOf(management.auth, env),
      requireIfMatch: management.require_if_match,
    },
    identity: identityOf(global.services.authz),
    remote: remoteSettings(global.model_catalog, env),
    knowledgeBases: global.model_catalog.kbs,
    embeddingMatching: embeddingMatchingOf(global.model_catalog),
  };
}

/** What the file says of embedding rules together; undefined if it says nothing. */
function embeddingMatchingOf({ embeddings }: ConfigDocument['global']['model_catalog']) {
  const settings = embeddings?.semantic?.embedding_config ?? {};
  const least = settings.min_score_threshold ?? settings.min_score;
  const soft = settings.enable_soft_matching ?? settings.soft_matching ?? least !== undefined;
  const softThreshold = soft ? (least ?? defaultSoftThreshold) : undefined;
  const topK = settings.top_k === 0 ? undefined : settings.top_k;
  return softThreshold === undefined && topK === undefined ? undefined : { softThreshold, topK };
}

/** Thresholds of the modules, by what their models are for. */
function thresholdsOf({ modules }: ConfigDocument['global']['model_catalog']): ModelThresholds {
  const { prompt_guard, classifier, hallucination, feedback } = modules ?? {};
  const given: readonly (readonly [Purpose, number | undefined])[] = [
    ['jailbreak', prompt_guard?.threshold],
    ['domain', classifier?.domain?.threshold],
    ['pii', classifier?.pii?.threshold],
    ['fact-check', hallucination?.fact_check?.threshold],
    ['hallucination', hallucination?.detector?.threshold],
    ['nli', hallucination?.explainer?.threshold],
    ['feedback', feedback?.threshold],
  ];
  return Object.fromEntries(
    given.flatMap(([purpose, threshold]) => (threshold === undefined ? [] : [[purpose, threshold]])),
  );
}

type RoutingEntry = Pick<
  ConfigDocument['routing'],
  'strategy' | 'signals' | 'projections' | 'decisions' | 'candidate_requirements'
>;

function routingOf(routing: RoutingEntry, strategy: Strategy | undefined): Routing {
  const { candidate_requirements: requirements } = routing;
  return {
    strategy: routing.strategy ?? strategy ?? 'priority',
    signals: Object.fromEntries(
      Object.entries(routing.signals).flatMap(([key, rules]) => (rules === undefined ? [] : [[key, rules]])),
    ),
    projections: routing.projections,
    decisions: routing.decisions.map(decisionOf),
    ...(requirements !== undefined && {
      requirements: {
        capabilities: requirements.capabilities === 'declared',
        context: requirements.context === 'known_limits',
      },
    }),
  };
}

function listenersOf(document: ConfigDocument, env: Environment): Listener[] {
  if (document.listeners === undefined) {
    return [
      { name: 'http-8899', address: '127.0.0.1', port: 8899, timeoutMs: defaultTimeoutMs, apiKeys: [] },
    ];
  }
  return document.listeners.map((listener: ListenerEntry) => ({
    name: listener.name ?? `http-${listener.port}`,
    address: listener.address,
    port: listener.port,
    timeoutMs: parseDuration(listener.timeout) ?? defaultTimeoutMs,
    apiKeys: (listener.api_keys ?? []).flatMap((entry) => apiKeyOf(entry, env)),
  }));
}

function apiKeyOf(entry: ApiKeyEntry, env: Environment): ApiKey[] {
  if (typeof entry === 'string') return [{ key: entry, identity: undefined }];
  const { key_env: variable, user, groups = [] } = entry;
  const key = variable === undefined ? entry.key : env[variable];
  if (key === undefined || key === '') return [];
  const identity = user === undefined && groups.length === 0 ? undefined : { userId: user, groups };
  return [{ key, identity }];
}

function identityOf({ trusted_proxies, identity }: AuthzEntry): IdentitySettings {
  return {
    trustedProxies: trusted_proxies,
    userHeader: identity.user_id_header.toLowerCase(),
    groupsHeader: identity.user_groups_header.toLowerCase(),
  };
}

/** Missing variables are errors of the checks. */
function tokensOf(
  { mode, tokens }: ConfigDocument['global']['services']['management_api']['auth'],
  env: Environment,
): ManagementToken[] {
  if (mode === 'disabled') return [];
  return tokens.flatMap(({ env: name, role }) => {
    const token = env[name];
    return token === undefined || token === '' ? [] : [{ token, role }];
  });
}

/** Echo does not stand in for a missing answer once real models exist. */
function defaultModelOf(document: ConfigDocument): string | undefined {
  const { models, defaults } = document.providers;
  const model = models.find((candidate) => candidate.name === defaults.model);
  if (model === undefined) return undefined;
  return isEcho(model) && !models.every(isEcho) ? undefined : model.name;
}

function modelOf(model: ModelEntry, card: CardEntry | undefined, env: Environment): UpstreamModel {
  const backends = model.backend_refs.map((ref, index) => backendOf(ref, index, env));
  const vendor = backends[0]?.vendor ?? '';
  const external = model.external_model_ids ?? {};
  const byVendor = Object.hasOwn(external, vendor) ? external[vendor] : undefined;
  return {
    name: model.name,
    upstreamId: model.provider_model_id ?? byVendor ?? model.name,
    reasoning: reasoningOf(model.reasoning),
    backends,
    loras: (card?.loras ?? []).map((lora) => lora.name),
    pricing: model.pricing && {
      currency: model.pricing.currency,
      promptPer1M: model.pricing.prompt_per_1m,
      completionPer1M: model.pricing.completion_per_1m,
    },
    description: card?.description,
    ...(card !== undefined && { facts: factsOf(card) }),
  };
}

function factsOf({ context_window_size: contextWindow, capabilities, modalities }: CardEntry): ModelFacts {
  const abilities = [...(capabilities ?? []), ...(modalities?.input ?? [])];
  return {
    contextWindow,
    abilities: abilities.map((ability) =>
      ability
        .trim()
        .toLowerCase()
        .replace(/[\s-]+/g, '_'),
    ),
  };
}

function reasoningOf(reasoning: ModelEntry['reasoning']): ReasoningDialect | undefined {
  if (reasoning === undefined || reasoning.disabled === true) return undefined;
  const { family, type, parameter } = reasoning;
  // What is written out beats the family's own way.
  if (type !== undefined && parameter !== undefined) return { type, parameter };
  return family === undefined ? undefined : reasoningFamilies.get(family);
}

function backendOf(ref: BackendEntry, index: number, env: Environment): BackendRef {
  const echo = ref.provider === 'echo';
  const address = parseEndpoint(ref.base_url ?? ref.endpoint ?? '', ref.protocol);
  const url = !echo && address.ok ? address.url : undefined;
  const header =
    ref.auth_header?.toLowerCase() ?? (ref.provider === 'azure-openai' ? 'api-key' : 'authorization');
  const chatPath = ref.chat_path ?? defaultChatPath(url ?? '');
  const version = ref.api_version === undefined ? '' : `?api-version=${encodeURIComponent(ref.api_version)}`;
  const fromEnv = ref.api_key_env === undefined ? undefined : env[ref.api_key_env];
  return {
    name: ref.name ?? (index === 0 ? 'primary' : `backend-${index + 1}`),
    provider: echo ? 'echo' : 'openai',
    vendor: ref.provider,
    url,
    weight: ref.weight,
    apiKey: (fromEnv || ref.api_key) ?? undefined,
    authHeader: header,
    // A header of one's own carries the bare key unless the file says otherwise.
    authPrefix: ref.auth_prefix ?? (header === 'authorization' ? 'Bearer ' : ''),
    extraHeaders: ref.extra_headers ?? {},
    chatPath: `${chatPath}${version}`,
  };
}

function decisionOf(decision: DecisionEntry): Decision {
  return {
    name: decision.name,
    description: decision.description,
    priority: priorityOf(decision.priority, decision.action),
    tier: decision.tier,
    rules: decision.rules,
    ...(decision.action !== undefined && { action: decision.action }),
    modelRefs: decision.modelRefs.map((ref) => ({
      model: ref.model,
      useReasoning: ref.use_reasoning,
      reasoningEffort: ref.reasoning_effort,
      loraName: ref.lora_name,
      weight: ref.weight,
    })),
    algorithm: decision.algorithm?.type ?? 'static',
    ...(decision.reasoning?.mode === 'entropy' && {
      reasoning: { categories: decision.reasoning.categories, threshold: decision.reasoning.threshold },
    }),
    plugins: decision.plugins.map(({ type, configuration }) => ({ type, configuration })),
  };
}

/** Names that ask the router to choose. */
export function autoNamesOf(list: readonly string[] | undefined, further: string | undefined): string[] {
  return [...new Set(list ?? [...builtInAutoNames, further ?? defaultAutoName])];
}

function routerOf(router: ConfigDocument['global']['router']): RouterSettings {
  return {
    autoModelNames: autoNamesOf(router.auto_model_names, router.auto_model_name),
    listConfiguredModels: router.include_config_models_in_list,
    maxBodyBytes: router.max_body_bytes,
    history: {
      enabled: router.history.enabled,
      maxTurns: router.history.max_turns,
      decay: router.history.decay,
    },
    signalLimits: signalLimits(router.signals),
    stickiness: {
      enabled: router.stickiness.enabled,
      ttlMs: router.stickiness.ttl_seconds * 1000,
      maxSessions: router.stickiness.max_sessions,
      sessionHeaders: router.stickiness.session_headers,
    },
  };
}
