/**
 * The services of others that a configuration lets the router ask. Nothing is opened before it is needed.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import type { ChatClient } from './chat-client.js';
import type { ExternalModel, ExternalRole } from './external-models.js';
import type { CategoryServer } from './mcp/category-server.js';
import type { McpServerSettings } from './mcp/settings.js';

/** What a configuration says of services. */
export interface RemoteSettings {
  readonly models: readonly ExternalModel[];
  /** Servers that stand in for the domain model. */
  readonly categoryServers: readonly McpServerSettings[];
}

export const noRemoteSettings: RemoteSettings = { models: [], categoryServers: [] };

/** A client that is made with the first question. */
export interface LazyClient<Client> {
  readonly name: string;
  get(): Promise<Client>;
}

export class RemoteServices {
  readonly settings: RemoteSettings;
  /** Servers that stand in for the domain model; none: the model itself answers. */
  readonly categoryServers: readonly LazyClient<CategoryServer>[];
  /** Whether the domain model answers while they do not. */
  readonly domainModelStandsIn: boolean;
  readonly #models: ReadonlyMap<ExternalModel, LazyClient<ChatClient>>;
  readonly #opened: Promise<{ close(): Promise<void> }>[] = [];
  #closed = false;

  /** @param knownCategories Categories of servers that list none, in the order of their numbers. */
  constructor(settings: RemoteSettings, knownCategories: readonly string[]) {
    this.settings = settings;
    this.categoryServers = settings.categoryServers.map((server) =>
      this.#lazy(server.name, async () => {
        const { CategoryServer } = await import('./mcp/category-server.js');
        return new CategoryServer(server, { knownCategories });
      }),
    );
    this.domainModelStandsIn = settings.categoryServers.every(({ fallback }) => fallback === 'embedded');
    this.#models = new Map(
      settings.models.map((model) => [
        model,
        this.#lazy(model.name, async () => {
          const { ChatClient } = await import('./chat-client.js');
          return new ChatClient(model);
        }),
      ]),
    );
  }

  /** The model of a role: the one of that name, or the first; undefined if there is none. */
  modelFor(role: ExternalRole, name?: string): LazyClient<ChatClient> | undefined {
    for (const [model, client] of this.#models) {
      if (model.role === role && (name === undefined || model.name === name)) return client;
    }
    return undefined;
  }

  /** Ends every connection and every process. Questions that come later fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const opened = await Promise.allSettled(this.#opened);
    await Promise.allSettled(
      opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)),
    );
  }

  #lazy<Client extends { close(): Promise<void> }>(
    name: string,
    make: () => Promise<Client>,
  ): LazyClient<Client> {
    let made: Promise<Client> | undefined;
    return {
      name,
      get: () => {
        if (this.#closed) {
          const message = `\`${name}\` is closed with its configuration`;
          return Promise.reject(new VsrError('VSR_UPSTREAM_UNREACHABLE', message));
        }
        if (made === undefined) {
          made = make();
          this.#opened.push(made);
        }
        return made;
      },
    };
  }
}
