/**
 * A server that says which category a text belongs to.
 *
 * @module
 */
import { VsrError } from '../../errors.js';
import { SharedCalls } from '../shared-calls.js';
import {
  categoriesOf,
  classificationOf,
  isVector,
  objectOf,
  type RawClassification,
} from './category-answer.js';
import { type ConnectionOptions, McpConnection } from './connection.js';
import type { McpServerSettings } from './settings.js';
import { argumentsFor, categoriesTool, classifierTool } from './tool-choice.js';

/** What a server says of a text. */
export interface CategoryAnswer {
  /** Name of the server. */
  readonly server: string;
  /** The category that the server named. */
  readonly named: string;
  /** The category of a text that the server is not sure enough of. */
  readonly fallback: string;
  /** Confidence in `named`, in [0, 1]. */
  readonly confidence: number;
  readonly threshold: number;
  /** By category, if the server gives them. */
  readonly probabilities: ReadonlyMap<string, number> | undefined;
  readonly model: string | undefined;
  readonly useReasoning: boolean | undefined;
  /** Whether the two count, or are only shown. */
  readonly useSuggestions: boolean;
}

export interface CategoryServerOptions extends ConnectionOptions {
  /** Categories where the server lists none, in the order of its class numbers. */
  readonly knownCategories: readonly string[];
}

const rememberedAnswers = 4096;

export class CategoryServer {
  readonly settings: McpServerSettings;
  readonly #connection: McpConnection;
  readonly #known: readonly string[];
  readonly #calls: SharedCalls<CategoryAnswer>;
  #categories: readonly string[] | undefined;
  #categoriesUntil = 0;
  #refreshing: Promise<void> | undefined;

  constructor(settings: McpServerSettings, options: CategoryServerOptions) {
    this.settings = settings;
    this.#connection = new McpConnection(settings, options);
    this.#known = options.knownCategories;
    this.#calls = new SharedCalls({ entries: rememberedAnswers, ttlMs: settings.cacheTtlMs });
  }

  /** Category of a text. Rejects with `VSR_UPSTREAM_*` if the server does not say one. */
  classify(text: string, signal?: AbortSignal): Promise<CategoryAnswer> {
    return this.#calls.ask([text], (given) => this.#classify(text, given), signal);
  }

  /** Connects, and asks for the categories. */
  async warmUp(): Promise<void> {
    await this.#currentCategories();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #classify(text: string, signal: AbortSignal): Promise<CategoryAnswer> {
    const tools = await this.#connection.tools();
    const tool = classifierTool(tools, this.settings.toolName);
    if (tool === undefined) {
      const { toolName } = this.settings;
      const found = tools.map(({ name }) => name).join(', ') || 'none';
      const wanted = toolName === undefined ? 'a tool that classifies texts' : `the tool \`${toolName}\``;
      throw this.#broken(`does not have ${wanted}; its tools: ${found}`);
    }
    // Asked for at the same time: the first question would wait for one after the other.
    const listed = this.#currentCategories();
    listed.catch(() => undefined);
    const result = await this.#connection.call(tool.name, argumentsFor(tool, text), signal);
    let raw: RawClassification;
    try {
      raw = classificationOf(objectOf(result, tool.name), tool.name);
    } catch (error) {
      throw this.#broken(
        error instanceof Error ? `is not understood: ${error.message}` : 'is not understood',
      );
    }
    let categories = await listed;
    if (typeof raw.class === 'number' && categories[raw.class] === undefined) {
      // The server may have learned a category since it was asked.
      await this.#refresh().catch(() => undefined);
      categories = await this.#currentCategories();
    }
    return this.#answer(raw, categories);
  }

  #answer(raw: RawClassification, categories: readonly string[]): CategoryAnswer {
    const { name: server, threshold, fallbackCategory, useSuggestions } = this.settings;
    const named = typeof raw.class === 'string' ? nameOf(raw.class, categories) : categories[raw.class];
    if (named === undefined) {
      throw this.#broken(`named class ${raw.class}, but there are ${categories.length} categories`);
    }
    return {
      server,
      named,
      fallback: fallbackCategory,
      confidence: raw.confidence,
      threshold,
      probabilities: byCategory(raw.probabilities, categories),
      model: raw.model,
      useReasoning: raw.useReasoning,
      useSuggestions,
    };
  }

  async #currentCategories(): Promise<readonly string[]> {
    if (this.#categories === undefined) await this.#refresh();
    // An old list is better than a wait; the new one serves the next question.
    else if (performance.now() >= this.#categoriesUntil) void this.#refresh().catch(() => undefined);
    return this.#categories ?? this.#known;
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#listCategories().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #listCategories(): Promise<void> {
    const tools = await this.#connection.tools();
    let listed: readonly string[] | undefined;
    if (tools.some(({ name }) => name === categoriesTool)) {
      const result = await this.#connection.call(categoriesTool, {});
      try {
        listed = categoriesOf(objectOf(result, categoriesTool));
      } catch (error) {
        throw this.#broken(error instanceof Error ? error.message : 'does not list its categories');
      }
      if (listed === undefined)
        throw this.#broken(`lists no \`categories\` with its tool \`${categoriesTool}\``);
    }
    this.#categories = listed ?? this.#known;
    this.#categoriesUntil = performance.now() + this.settings.categoriesTtlMs;
  }

  #broken(problem: string): VsrError {
    return new VsrError('VSR_UPSTREAM_BROKEN', `MCP server \`${this.settings.name}\` ${problem}`);
  }
}

/** The category that a text names, or counts where no category is called like that. */
function nameOf(text: string, categories: readonly string[]): string {
  const name = spelledAs(text, categories);
  return (/^\d+$/.test(name) && !categories.includes(name) ? categories[Number(name)] : undefined) ?? name;
}

/** The category of that name as the list spells it; the name itself if the list does not have it. */
function spelledAs(name: string, categories: readonly string[]): string {
  const folded = name.trim().toLowerCase();
  return categories.find((category) => category.toLowerCase() === folded) ?? name.trim();
}

function byCategory(
  probabilities: RawClassification['probabilities'],
  categories: readonly string[],
): ReadonlyMap<string, number> | undefined {
  if (probabilities === undefined) return undefined;
  if (!isVector(probabilities)) {
    return new Map(Object.entries(probabilities).map(([name, one]) => [spelledAs(name, categories), one]));
  }
  // A vector of another length belongs to another list: no place of it could be trusted.
  if (probabilities.length !== categories.length) return undefined;
  return new Map(categories.map((category, index) => [category, probabilities[index] ?? 0]));
}
