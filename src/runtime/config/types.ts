/**
 * The canonical configuration: what every layout and generation of config file is read into.
 * Immutable; compiled once per load.
 *
 * @module
 */
import type { Projections } from '../decision/projections/types.js';
import type { DecisionSpec, Strategy } from '../decision/types.js';
import type { RemoteSettings } from '../external/services.js';
import type { Device } from '../models/assignment.js';
import type { HeadPlaces } from '../models/learned-head/index.js';
import type { ModelCatalogSettings } from '../models/requests.js';
import type { ModelThresholds } from '../models/thresholds.js';
import type { PluginSpec } from '../plugins/types.js';
import type { UpstreamModel } from '../providers/types.js';
import type { EmbeddingMatching } from '../signals/embedding-together.js';
import type { HistorySettings } from '../signals/history.js';
import type { KnowledgeBase } from '../signals/knowledge-base.js';
import type { SignalLimits } from '../signals/limits.js';
import type { Identity } from '../signals/types.js';
import type { Place } from './diagnostics.js';

/** A key that clients may use. */
export interface ApiKey {
  readonly key: string;
  /** Whom it stands for, if the file says so. */
  readonly identity: Identity | undefined;
}

export interface Listener {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Longest time for a whole upstream answer, milliseconds. */
  readonly timeoutMs: number;
  /** If not empty, requests must carry one of these as a bearer token. */
  readonly apiKeys: readonly ApiKey[];
}

export interface ModelRef {
  readonly model: string;
  readonly useReasoning: boolean;
  readonly reasoningEffort: string | undefined;
  readonly loraName: string | undefined;
  readonly weight: number | undefined;
}

/** Reasoning by how sure the classifier is of the category. */
export interface EntropyReasoning {
  /** Whether a category wants reasoning. Undefined: as the decisions about it do. */
  readonly categories: Readonly<Record<string, boolean>> | undefined;
  /** Least probability of the top category at medium uncertainty. Undefined: the model's own. */
  readonly threshold: number | undefined;
}

export interface Decision extends DecisionSpec {
  readonly description: string;
  readonly modelRefs: readonly ModelRef[];
  /** `algorithm.type`; `static` (first model reference) if the file names none. */
  readonly algorithm: string;
  readonly plugins: readonly PluginSpec[];
  /** How it is decided whether to reason, if not by the model reference alone. */
  readonly reasoning?: EntropyReasoning | undefined;
}

export interface RouterSettings {
  /** Model names that ask the router to choose. */
  readonly autoModelNames: readonly string[];
  /** Whether `GET /v1/models` lists the configured models beside the auto names. */
  readonly listConfiguredModels: boolean;
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** How earlier turns of a conversation count for what it is about. Left out: as by default. */
  readonly history?: HistorySettings;
  /** How long signals may take, and what they count as without an answer. Left out: no limits. */
  readonly signalLimits?: SignalLimits;
  /** Staying with a model during tool loops. Left out: as by default. */
  readonly stickiness?: StickinessSettings;
}

/** When a conversation stays with its model. */
export interface StickinessSettings {
  readonly enabled: boolean;
  readonly ttlMs: number;
  readonly maxSessions: number;
  /** In lower case. */
  readonly sessionHeaders: readonly string[];
}

export interface InferenceSettings {
  readonly workers: number;
  readonly threadsPerWorker: number;
  /** Texts whose encoder outputs are remembered. */
  readonly cacheEntries: number;
  /** Where models run that say nothing themselves. */
  readonly device: Device;
  /** Whether optimised graphs are kept on disk. */
  readonly optimisationCache: boolean;
}

export type ManagementRole = 'viewer' | 'operator' | 'admin';

export interface ManagementSettings {
  readonly address: string;
  readonly port: number;
  /** Who may use it. None: everybody may read, and change the configuration only over loopback. */
  readonly tokens?: readonly ManagementToken[];
  /** Whether changes need `If-Match`. */
  readonly requireIfMatch?: boolean;
}

export interface ManagementToken {
  readonly token: string;
  readonly role: ManagementRole;
}

/** Whose word on the identity of senders is believed. */
export interface IdentitySettings {
  /** Addresses and networks, each one that `parseNetwork` reads. */
  readonly trustedProxies: readonly string[];
  /** In lower case, as the next one. */
  readonly userHeader: string;
  readonly groupsHeader: string;
}

/** Which needs of a request exclude models that do not meet them. */
export interface CandidateRequirements {
  /** Images and tools must be declared on the model's card. */
  readonly capabilities: boolean;
  /** The request must fit into the context window, if that is known. */
  readonly context: boolean;
}

/** Rules that belong together: decisions and what their conditions refer to. */
export interface Routing {
  readonly strategy: Strategy;
  /**
   * Signal rules by the family's config key, each validated by that family's schema. Families
   * compile their own list; nobody else looks inside.
   */
  readonly signals: Readonly<Record<string, readonly { readonly name: string }[]>>;
  readonly projections: Projections;
  readonly decisions: readonly Decision[];
  /** What models must be known to have before they may take a request. Left out: nothing. */
  readonly requirements?: CandidateRequirements | undefined;
}

/** Rules for the virtual models of its entrypoints. */
export interface Recipe extends Routing {
  readonly name: string;
  readonly description: string;
}

export interface RouterConfig extends Routing {
  readonly listeners: readonly Listener[];
  readonly models: readonly UpstreamModel[];
  readonly defaultModel: string | undefined;
  /** Used when a model reference reasons without naming an effort. */
  readonly defaultReasoningEffort: string;
  /** Sets of rules beside the ones of the configuration itself. */
  readonly recipes: readonly Recipe[];
  /** Recipes by the model name that asks for them; `default` are the rules of the configuration itself. */
  readonly entrypoints: Readonly<Record<string, string>>;
  readonly router: RouterSettings;
  readonly inference: InferenceSettings;
  readonly thresholds: ModelThresholds;
  readonly modelCatalog: ModelCatalogSettings;
  readonly management: ManagementSettings;
  readonly identity: IdentitySettings;
  /** Services of others that signals ask. Left out: none. */
  readonly remote?: RemoteSettings;
  /** What `kb` rules compare texts with. Left out: none. */
  readonly knowledgeBases?: readonly KnowledgeBase[] | undefined;
  /** How embedding rules are judged together. Left out: each by itself. */
  readonly embeddingMatching?: EmbeddingMatching | undefined;
  /** Where files and folders are that signals name. Left out: in the current folder. */
  readonly places?: HeadPlaces | undefined;
}

export type Severity = 'error' | 'warning' | 'note';

/** A finding about a config file, with the place it is about. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Kind of finding, e.g. `unreachable-decision`; those of the linter and older names have one. */
  readonly code?: string;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  /** Canonical path, e.g. `routing.decisions[2].rules.operator`. */
  readonly path: string;
  /** 1-based; undefined when the file has no such place. */
  readonly line?: number;
  readonly column?: number;
}

export interface LoadedConfig {
  readonly config: RouterConfig;
  /** The file in the canonical layout, defaults filled in; what `config show` prints. Holds secrets. */
  readonly document: Readonly<Record<string, unknown>>;
  /** File name as given, or `<embedded>`. */
  readonly source: string;
  /**
   * SHA-256 (hex) of the canonical configuration, secrets included, so it changes with every change.
   * Settings of `inference` do not count: they change speed, not answers, and follow from the machine.
   */
  readonly hash: string;
  readonly diagnostics: readonly Diagnostic[];
  /** The file itself. Left out: it came from no file. */
  readonly text?: string;
  /** Where the names of models stand in the file, by canonical path. Left out: it came from no file. */
  readonly modelPlaces?: ReadonlyMap<string, Place>;
}
