import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelRef, RouterConfig } from '../../../src/runtime/config/types.js';
import type { Evaluation } from '../../../src/runtime/decision/evaluation.js';
import { VsrError } from '../../../src/runtime/errors.js';
import { noRemoteSettings, RemoteServices } from '../../../src/runtime/external/services.js';
import { ConnectionPools } from '../../../src/runtime/providers/pool.js';
import type { BackendRef, UpstreamModel } from '../../../src/runtime/providers/types.js';
import type { ProxyContext } from '../../../src/runtime/proxy/context.js';
import { RouterHolder } from '../../../src/runtime/proxy/router-holder.js';
import { ToolLoops } from '../../../src/runtime/selection/tool-loops.js';
import type { Plan, Router } from '../../../src/runtime/selection/types.js';
import { createDataPlane } from '../../../src/runtime/server/data-plane.js';
import type { RequestRecord } from '../../../src/runtime/telemetry/record.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface Opened {
  readonly server: Server;
  readonly port: number;
  close(): Promise<void>;
}

export function open(server: Server): Promise<Opened> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        server,
        port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** A fake model server that hands each request with its whole body to `handler`. */
export function upstream(handler: Handler): Promise<Opened> {
  return open(
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => handler(request, response, Buffer.concat(chunks).toString()));
    }),
  );
}

export function backend(port: number, overrides: Partial<BackendRef> = {}): BackendRef {
  return {
    name: 'primary',
    provider: 'openai',
    vendor: 'vllm',
    url: `http://127.0.0.1:${port}/v1`,
    weight: 1,
    apiKey: 'provider-secret',
    authHeader: 'authorization',
    authPrefix: 'Bearer ',
    extraHeaders: {},
    chatPath: '/chat/completions',
    ...overrides,
  };
}

export function model(
  name: string,
  backends: readonly BackendRef[],
  overrides: Partial<UpstreamModel> = {},
): UpstreamModel {
  return {
    name,
    upstreamId: name,
    reasoning: undefined,
    backends,
    loras: [],
    pricing: undefined,
    description: undefined,
    ...overrides,
  };
}

export function evaluation(overrides: Partial<Evaluation> = {}): Evaluation {
  return {
    text: 'hi',
    decision: undefined,
    confidence: 0,
    matchedRules: [],
    recorded: [],
    failure: undefined,
    signals: [],
    conditions: [],
    category: undefined,
    encoded: undefined,
    encoderPasses: 0,
    milliseconds: 0.5,
    trace: () => [],
    ...overrides,
  };
}

export function decision(
  name: string,
  modelRefs: readonly ModelRef[] = [],
): NonNullable<Evaluation['decision']> {
  return {
    name,
    description: '',
    priority: 1,
    tier: 0,
    rules: undefined,
    modelRefs,
    algorithm: 'static',
    plugins: [],
  };
}

export function config(
  models: readonly UpstreamModel[],
  overrides: Partial<RouterConfig> = {},
): RouterConfig {
  return {
    listeners: [{ name: 'main', address: '127.0.0.1', port: 0, timeoutMs: 10_000, apiKeys: [] }],
    models,
    defaultModel: models[0]?.name,
    defaultReasoningEffort: 'medium',
    strategy: 'priority',
    signals: {},
    projections: { partitions: [], scores: [], mappings: [] },
    decisions: [],
    recipes: [],
    entrypoints: {},
    router: { autoModelNames: ['auto', 'MoM'], listConfiguredModels: false, maxBodyBytes: 32 * 1024 * 1024 },
    inference: {
      workers: 1,
      threadsPerWorker: 1,
      cacheEntries: 0,
      device: 'cpu',
      optimisationCache: false,
    },
    thresholds: {},
    modelCatalog: { requests: [], registry: {}, download: 'never', fallback: undefined },
    management: { address: '127.0.0.1', port: 0 },
    identity: { trustedProxies: [], userHeader: 'x-authz-user-id', groupsHeader: 'x-authz-user-groups' },
    ...overrides,
  };
}

/** A router without signals: `auto` goes to the first model, others by name. `plan` changes the outcome. */
export function fakeRouter(configuration: RouterConfig, plan: Partial<Plan> = {}): Router {
  const isAuto = (name: string): boolean => configuration.router.autoModelNames.includes(name);
  const select: Router['select'] = (result, request) => {
    const found = isAuto(request.model)
      ? configuration.models[0]
      : configuration.models.find(({ name }) => name === request.model);
    if (found === undefined && !isAuto(request.model)) {
      throw new VsrError('VSR_MODEL_NOT_FOUND', `The model \`${request.model}\` does not exist.`, {
        param: 'model',
      });
    }
    return {
      kind: isAuto(request.model) ? 'auto' : 'explicit',
      evaluation: result,
      target: found && { model: found, upstreamModelId: found.upstreamId },
      modelRef: undefined,
      reasoning: undefined,
      plugins: [],
      unavailablePlugins: [],
      reason: 'test',
      ...plan,
    };
  };
  const result = plan.evaluation ?? evaluation();
  return {
    loaded: { config: configuration, document: {}, source: 'test', hash: 'config-hash', diagnostics: [] },
    encoder: undefined,
    remote: new RemoteServices(noRemoteSettings, []),
    needsEncoder: false,
    usesEncoder: false,
    reads: [],
    warmUp: () => Promise.resolve(),
    isAuto,
    evaluate: () => result,
    select,
    plan: (request) => select(result, request),
  };
}

export interface Running extends Opened {
  readonly context: ProxyContext;
  readonly records: RequestRecord[];
  readonly url: string;
}

/** Opens a data-plane listener over `router`. */
export async function proxy(router: Router): Promise<Running> {
  const records: RequestRecord[] = [];
  const context: ProxyContext = {
    holder: new RouterHolder(router),
    pools: new ConnectionPools(),
    observer: { observe: (record) => records.push(record) },
    activity: { draining: false, active: 0, onIdle: undefined },
    toolLoops: new ToolLoops(),
    startedAt: 1_700_000_000,
  };
  const [listener] = router.loaded.config.listeners;
  if (listener === undefined) throw new Error('the test configuration needs a listener');
  const opened = await open(createDataPlane(context, listener));
  return {
    ...opened,
    context,
    records,
    url: `http://127.0.0.1:${opened.port}`,
    close: async () => {
      await opened.close();
      await context.pools.close();
    },
  };
}

/** A completion as a model server answers it. */
export const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
};

export function chunk(content: string): string {
  return `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  })}\n\n`;
}
