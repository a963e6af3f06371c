/**
 * A hub with one model, and a client that does not wait.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { openCatalog } from '../../../../src/runtime/models/catalog/catalog.js';
import { createHubClient, type HubClient } from '../../../../src/runtime/models/hub/client.js';
import {
  executePull,
  type PulledModel,
  type PullOptions,
  planPull,
} from '../../../../src/runtime/models/hub/pull.js';
import { defaultRetryPolicy } from '../../../../src/runtime/models/hub/retry.js';
import { hubSettings } from '../../../../src/runtime/models/hub/settings.js';
import { bytesOf, type HubServer, repoOf, startHubServer } from '../../../support/hub-server.js';

export const repo = 'acme/model';

/** Files of a small classifier with external data, and much that nobody needs. */
export const modelFiles = {
  'README.md': '# A model\n',
  'config.json': '{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}',
  'tokenizer.json': '{"model": {"type": "WordPiece"}}',
  'label_mapping.json': '{"label_to_id": {"no": 0, "yes": 1}}',
  'onnx/model.onnx': bytesOf('graph', 3_000),
  'onnx/model.onnx.data': bytesOf('data', 300_000),
  'onnx/model_fa_fp16.onnx': bytesOf('fa', 1_000),
  'model.safetensors': bytesOf('weights', 50_000),
  'pytorch_model.bin': bytesOf('torch', 50_000),
} as const;

export const neededFiles = [
  'config.json',
  'label_mapping.json',
  'onnx/model.onnx',
  'onnx/model.onnx.data',
  'tokenizer.json',
];

const servers: HubServer[] = [];
const clients: HubClient[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A hub that holds {@link modelFiles} as {@link repo}. */
export async function startHub(): Promise<HubServer> {
  const server = await startHubServer();
  servers.push(server);
  server.repos.set(repo, repoOf(modelFiles));
  return server;
}

export async function temporaryHome(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vllm-sr-hub-'));
  folders.push(folder);
  return folder;
}

export interface Bench {
  readonly client: HubClient;
  readonly home: string;
  readonly cacheDir: string;
  /** Waits that were asked for, milliseconds. */
  readonly waits: number[];
}

/** A client for `server` with a cache of its own. */
export async function openBench(
  server: HubServer | undefined,
  env: Readonly<Record<string, string>> = {},
  home?: string,
): Promise<Bench> {
  const folder = home ?? (await temporaryHome());
  const settings = hubSettings({
    HF_HOME: folder,
    ...(server !== undefined && { HF_ENDPOINT: server.url }),
    ...env,
  });
  const waits: number[] = [];
  const client = createHubClient(settings, {
    ...defaultRetryPolicy,
    sleep: async (ms, signal) => {
      waits.push(ms);
      signal?.throwIfAborted();
    },
  });
  clients.push(client);
  return { client, home: folder, cacheDir: settings.cacheDir, waits };
}

/** Plans and pulls {@link repo}. */
export async function pull(client: HubClient, options: PullOptions = {}, name = repo): Promise<PulledModel> {
  const plan = await planPull(client, openCatalog().resolve(name), undefined, options);
  return executePull(client, plan, options);
}
