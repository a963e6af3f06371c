/**
 * Finds model servers on this machine by asking well-known ports for their models.
 *
 * @module
 */
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { billionsOf, bySize, isChatModel, reasoningFamilyOf } from './models.js';
import type { FoundModel, LocalServer, ServerKind } from './types.js';

/** Milliseconds until a port that does not answer counts as empty. */
const patience = 300;
/** No honest model list is longer; whatever else listens there shall not fill the memory. */
const longestAnswer = 2 * 1024 * 1024;

const labels: Readonly<Record<ServerKind, string>> = {
  ollama: 'Ollama',
  vllm: 'vLLM',
  sglang: 'SGLang',
  'llama.cpp': 'llama.cpp',
  'lm-studio': 'LM Studio',
  'openai-compatible': 'OpenAI-compatible server',
};

/** `owned_by` in model lists, as far as it tells the server. */
const owners: Readonly<Record<string, ServerKind>> = {
  vllm: 'vllm',
  sglang: 'sglang',
  llamacpp: 'llama.cpp',
  library: 'ollama',
};

export interface ProbeTarget {
  /** Without path and trailing slash. */
  readonly origin: string;
  /** What usually listens there; the answer has the last word. */
  readonly usually: ServerKind;
}

/** Well-known places, and where `OLLAMA_HOST` points. */
export function probeTargets(env: Readonly<Record<string, string | undefined>>): ProbeTarget[] {
  const ollama = ollamaOrigin(env.OLLAMA_HOST) ?? 'http://127.0.0.1:11434';
  return [
    { origin: ollama, usually: 'ollama' },
    { origin: 'http://127.0.0.1:8000', usually: 'vllm' },
    { origin: 'http://127.0.0.1:30000', usually: 'sglang' },
    { origin: 'http://127.0.0.1:8080', usually: 'llama.cpp' },
    { origin: 'http://127.0.0.1:1234', usually: 'lm-studio' },
  ];
}

/**
 * Reads `OLLAMA_HOST` as Ollama does: `host`, `host:port` or a URL. The wildcard addresses are what a
 * server listens on; a client means this machine by them.
 */
export function ollamaOrigin(text: string | undefined): string | undefined {
  const trimmed = text?.trim().replace(/^["']|["']$/g, '') ?? '';
  if (trimmed === '') return undefined;
  const schemed = /^https?:\/\//i.test(trimmed);
  let url: URL;
  try {
    url = new URL(schemed ? trimmed : `http://${trimmed}`);
  } catch {
    return undefined;
  }
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  // A URL with a scheme keeps that scheme's port, a bare host gets Ollama's.
  if (url.port === '' && !schemed) url.port = '11434';
  return url.origin;
}

/**
 * Asks all targets at once; nothing but `GET` requests without credentials is sent. Takes about as long as
 * the slowest answer, at most some 300 ms. Never throws: what does not answer properly is not there.
 */
export async function findServers(
  targets: readonly ProbeTarget[],
  signal?: AbortSignal,
): Promise<LocalServer[]> {
  const deadline = AbortSignal.timeout(patience);
  const stop = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
  const get = (url: string) => getJson(url, stop);
  const found = await Promise.all(
    targets.map(async ({ origin, usually }) => {
      try {
        return await probe(origin, usually, get);
      } catch {
        return undefined;
      }
    }),
  );
  return found.filter((server) => server !== undefined);
}

type GetJson = (url: string) => Promise<unknown>;

async function probe(origin: string, usually: ServerKind, get: GetJson): Promise<LocalServer | undefined> {
  // Both lists at once: there is time for one round trip only.
  const [list, tags] = await Promise.all([
    get(`${origin}/v1/models`).then(readModelList),
    usually === 'ollama' ? get(`${origin}/api/tags`).then(readOllamaTags, () => undefined) : undefined,
  ]);
  if (list === undefined || list.isRouter) return undefined;
  const kind = tags === undefined ? (list.kind ?? unlessOllama(usually)) : 'ollama';
  return {
    kind,
    label: labels[kind],
    baseUrl: `${origin}/v1`,
    models: bySize(
      (tags ?? list.ids.map((id) => ({ id, size: undefined })))
        .filter(({ id }) => isChatModel(id))
        .map(describe),
    ),
  };
}

/** Without its own listing it is no Ollama, whatever the port. */
function unlessOllama(kind: ServerKind): ServerKind {
  return kind === 'ollama' ? 'openai-compatible' : kind;
}

function describe({ id, size }: { readonly id: string; readonly size: string | undefined }): FoundModel {
  return {
    id,
    billions: (size === undefined ? undefined : billionsOf(size)) ?? billionsOf(id),
    reasoningFamily: reasoningFamilyOf(id),
  };
}

/** On Node's own client: loading undici would double the time until the router's ports are open. */
function getJson(url: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet;
    const options = { signal, agent: false, headers: { accept: 'application/json' } };
    const request = get(url, options, (response) => {
      if (response.statusCode !== 200) {
        response.destroy();
        resolve(undefined);
        return;
      }
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > longestAnswer) request.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('error', reject);
  });
}

interface ModelList {
  readonly ids: readonly string[];
  readonly kind: ServerKind | undefined;
  /** One of our own, whose model list would lead requests in a circle. */
  readonly isRouter: boolean;
}

/** Reads an OpenAI model list; undefined for anything else. */
export function readModelList(body: unknown): ModelList | undefined {
  const entries = arrayIn(body, 'data');
  if (entries === undefined) return undefined;
  const models = entries.flatMap((entry) => {
    const id = stringIn(entry, 'id');
    return id === undefined ? [] : [{ id, owner: stringIn(entry, 'owned_by') }];
  });
  return {
    ids: models.map(({ id }) => id),
    kind: models.map(({ owner }) => owners[owner ?? '']).find((kind) => kind !== undefined),
    isRouter: models.some(
      ({ id, owner }) => /^vllm-(?:sr|semantic-router)$/.test(owner ?? '') || id === 'vllm-sr/auto',
    ),
  };
}

/** Reads Ollama's `/api/tags`, which knows sizes; undefined for anything else. */
export function readOllamaTags(body: unknown): { id: string; size: string | undefined }[] | undefined {
  return arrayIn(body, 'models')?.flatMap((entry) => {
    const id = stringIn(entry, 'model') ?? stringIn(entry, 'name');
    const details = fieldOf(entry, 'details');
    const family = stringIn(details, 'family') ?? '';
    // BERT-like architectures only embed.
    return id === undefined || /bert/i.test(family)
      ? []
      : [{ id, size: stringIn(details, 'parameter_size') }];
  });
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}

function arrayIn(value: unknown, key: string): unknown[] | undefined {
  const field = fieldOf(value, key);
  return Array.isArray(field) ? field : undefined;
}

function stringIn(value: unknown, key: string): string | undefined {
  const field = fieldOf(value, key);
  return typeof field === 'string' && field !== '' ? field : undefined;
}
