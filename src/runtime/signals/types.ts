/**
 * The one interface of all signal families. To add a family: copy a file of this folder, declare
 * `type`, `configKey`, `schema`, `cost` and `compile`, and add one line to `index.ts`. The config
 * schema, the reference docs, the metrics and the lazy evaluation follow from that declaration.
 *
 * @module
 */

import type { z } from 'zod';
import type { RemoteServices } from '../external/services.js';
import type { Encoded, EncodeResult, Encoder, ScanOptions, ScanResult } from '../inference/types.js';
import type { HeadPlaces } from '../models/learned-head/index.js';
import type { ModelThresholds } from '../models/thresholds.js';
import type { Category } from './domain-category.js';
import type { EmbeddingMatching } from './embedding-together.js';
import type { KnowledgeBase } from './knowledge-base.js';

/**
 * What it takes to compute a signal: `free` runs on the calling thread in microseconds, `encoder` needs
 * the shared encoder pass, `remote` calls another service. Cheaper classes are always tried first.
 */
export type SignalCost = 'free' | 'encoder' | 'remote';

/** Cost classes, cheapest first. */
export const costOrder: readonly SignalCost[] = ['free', 'encoder', 'remote'];

/** Who answered in place of a service, and why that gave no answer. */
export interface StandIn {
  /** Registry name of a model. */
  readonly by: string;
  readonly because: string;
}

/** What one rule of a family says about one request. */
export type SignalOutcome =
  | {
      readonly status: 'matched' | 'not_matched';
      /**
       * Confidence in [0, 1] if the family measures one. A signal without a score is a statement of
       * fact (a keyword is there or not) and counts as 1.
       */
      readonly score?: number;
      /** The raw number compared with the threshold, in the family's own unit (tokens, count, cosine). */
      readonly value?: number;
      readonly threshold?: number;
      /** What was found: the keyword, the label, the nearest candidate. Shown in explanations. */
      readonly evidence?: readonly string[];
      /** Per label, for families whose conditions choose a label and compare its value themselves. */
      readonly values?: Readonly<Record<string, number>>;
      /** What a service says the text is about, where it stands in for the domain model. */
      readonly category?: Category;
      /** Set if it is no answer of the service that the configuration names. */
      readonly standIn?: StandIn | undefined;
      /** The turns it was judged by, newest first; left out if the last one stood on its own. */
      readonly turns?: readonly TurnWeight[];
    }
  | {
      readonly status: 'unavailable';
      readonly reason: string;
      /** Set where the configuration lets a signal without an answer count as a match. */
      readonly countsAs?: 'match';
    };

export type MessageRole = 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function' | (string & {});

export interface MessageView {
  readonly role: MessageRole;
  /** Text parts joined by one space; '' for a message without text. */
  readonly text: string;
  /** Tool calls the message makes. Default: 0. */
  readonly toolCalls?: number;
  /** Images it carries. Default: 0. */
  readonly images?: number;
  /** Sounds it carries. Default: 0. */
  readonly audio?: number;
  /** Films it carries. Default: 0. */
  readonly video?: number;
}

/** A user message and how much it counts. */
export interface TurnWeight {
  /** Index in `messages`. */
  readonly message: number;
  /** In (0, 1]; those of a topic sum to 1. */
  readonly weight: number;
}

/** What a conversation is about. */
export interface Topic {
  /** A mix of what the models say of its turns; just that of the last one if it stands on its own. */
  readonly encoded: Encoded;
  /** The turns that were mixed, newest first; none if the last one stands on its own. */
  readonly turns: readonly TurnWeight[];
}

/** Who sends a request, as far as somebody trustworthy has said so. */
export interface Identity {
  readonly userId: string | undefined;
  readonly groups: readonly string[];
}

/** The view of a request that signals read. Built once per request. */
export interface SignalRequest {
  /** Text of the last user message with text; if there is none, all other messages' text joined. */
  readonly text: string;
  readonly messages: readonly MessageView[];
  /** Estimated prompt tokens of the whole request (all messages, tools, images, framing). */
  contextTokens(): number;
  readonly toolDefinitions: number;
  /** Undefined unless a trusted proxy or one of our own API keys has said who it is. */
  readonly identity: Identity | undefined;
  /** `metadata` of the request. Whoever sends the request writes it: nothing that guards may rely on it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * The shared encoder pass over `text`; whoever asks for the same gets the same promise.
   *
   * @param wants Registry names of the outputs that are read, so that no other model runs for it.
   */
  encode(wants?: readonly string[]): Promise<EncodeResult>;
  /** The encoder pass over another text, such as an earlier turn; one per text. */
  encodeText(text: string, wants?: readonly string[]): Promise<EncodeResult>;
  /**
   * `encode` for families that judge what a conversation is about: a follow-up is read together with the
   * turns that it follows. Costs what `encode` does where the text stands on its own. Never for guards.
   */
  topic(wants?: readonly string[]): Promise<Topic>;
  /** The mix that `topic` has given; undefined if nobody asked, or if the last turn stood on its own. */
  knownTopic(): Encoded | undefined;
  /** Reads all of a text in windows; one reading per text. Ends when all who asked have left. */
  scan(text: string, options?: ScanOptions): Promise<ScanResult>;
  /** Per-request scratch: computes once per key. For work that several rules of a family share. */
  memo<T>(key: symbol, compute: () => T): T;
}

export type MaybePromise<T> = T | Promise<T>;

/** Whoever waits for an evaluation, such as an `AbortController` of theirs. */
export interface Caller {
  /** Aborted when they have left. Read only when something has to be waited for, so it may be made then. */
  readonly signal: AbortSignal;
}

/** One rule, ready to run. */
export interface CompiledRule {
  readonly name: string;
  /**
   * Registry names of the encoder's outputs that `evaluate` may read, so that no other model is loaded for it.
   * Undefined: whatever the model family gives, as far as the rule needs the encoder.
   */
  readonly reads?: readonly string[] | undefined;
  /**
   * `signal` is aborted when the rule's time is over or nobody waits for the answer any more; what is done for this
   * request alone can stop then, what others wait for goes on.
   */
  evaluate(request: SignalRequest, signal?: AbortSignal): MaybePromise<SignalOutcome>;
  /**
   * Answers where the service behind `evaluate` does not in time; takes no more than a pass of the encoder.
   *
   * @param because Why it did not.
   */
  readonly standIn?: ((request: SignalRequest, because: string) => MaybePromise<SignalOutcome>) | undefined;
  /**
   * Loads what `evaluate` would otherwise load with the first request. Called in the background once the
   * ports are open, so that it delays neither; may reject, since `evaluate` reports the failure.
   */
  warmUp?(): Promise<unknown>;
}

export interface SignalDependencies {
  /** Undefined when no model can be loaded: encoder families then answer `unavailable`. */
  readonly encoder: Encoder | undefined;
  /** Thresholds of the configuration, for rules that set none. Left out: none are configured. */
  readonly thresholds?: ModelThresholds;
  /** Services of others. Left out: there are none. */
  readonly remote?: RemoteServices | undefined;
  /** Knowledge bases of the configuration. Left out: none. */
  readonly knowledgeBases?: readonly KnowledgeBase[] | undefined;
  /** How embedding rules are judged together. Left out: each by itself. */
  readonly embeddingMatching?: EmbeddingMatching | undefined;
  /** Where files are that rules name. Left out: in the current folder. */
  readonly places?: HeadPlaces | undefined;
}

/**
 * Reports a problem of one rule's fields that the schema cannot express. The message goes behind the name
 * of the field that `path` leads to. A warning is for what is accepted and not done.
 */
export type RuleIssueReporter = (
  index: number,
  path: readonly (string | number)[],
  message: string,
  severity?: 'error' | 'warning',
) => void;

export interface SignalFamily<Rule extends { readonly name: string } = { readonly name: string }> {
  /** Condition type in decision rules, e.g. `keyword`. */
  readonly type: string;
  /** Key under `routing.signals`, e.g. `keywords`. */
  readonly configKey: string;
  /** One sentence for docs and `--help`. */
  readonly summary: string;
  readonly cost: SignalCost;
  /** Cost of the rule of a name where it may differ from `cost`: some are answered by services of others. */
  costOf?(name: string, rules: readonly Rule[], remote: RemoteServices | undefined): SignalCost;
  /**
   * Names under which conditions refer to a rule. Default: its `name`. `compile` gives one compiled rule
   * per name then.
   */
  conditionNames?(rule: Rule): readonly string[];
  /** Schema of one rule; field descriptions become the reference docs. */
  readonly schema: z.ZodType<Rule>;
  /** Checks across fields or rules; called after `schema` accepted every rule. */
  check?(rules: readonly Rule[], report: RuleIssueReporter): void;
  /** Compiles all rules of the family; may share state between them. Order of `rules` is kept. */
  compile(rules: readonly Rule[], dependencies: SignalDependencies): readonly CompiledRule[];
}
