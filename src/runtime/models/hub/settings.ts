/**
 * What the environment says about the hub: the same variables as Hugging Face's own tools read.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { VsrError } from '../../errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProxySettings {
  readonly http: string;
  readonly https: string;
  /** Hosts that are reached directly, separated by commas. */
  readonly exceptions: string;
}

export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** Sent to the endpoint and to nobody else. */
  readonly token: string | undefined;
  /** Folder with `models--org--name` folders, absolute. */
  readonly cacheDir: string;
  /** Folder of imported models, one folder each, absolute. */
  readonly modelsDir: string;
  /** Folders for files of a cache that cannot be written to, the best first. Absolute. */
  readonly spareDirs: readonly string[];
  readonly offline: boolean;
  readonly proxies: ProxySettings;
  /** Longest silence of a server, milliseconds. */
  readonly silenceMs: number;
}

const defaultEndpoint = 'https://huggingface.co';
const defaultSilenceMs = 30_000;

/** Folder of imported models and learned heads, absolute. */
export function importedModelsDir(env: Environment, cwd: string = process.cwd()): string {
  return resolve(cwd, first(env, 'VLLM_SR_MODELS_DIR') ?? join(hubHome(env, cwd), 'vllm-sr-models'));
}

/**
 * Reads `HF_ENDPOINT`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HOME`, `HF_HUB_CACHE`, `HF_HUB_OFFLINE`,
 * `HF_HUB_DOWNLOAD_TIMEOUT`, `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` and the older spellings of them, and
 * `VLLM_SR_MODELS_DIR`.
 *
 * @throws VsrError `VSR_USAGE` for an endpoint, proxy or token that cannot be one.
 */
export function hubSettings(env: Environment, cwd: string = process.cwd()): HubSettings {
  const home = hubHome(env, cwd);
  const cache = first(env, 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE');
  const seconds = Number(first(env, 'HF_HUB_DOWNLOAD_TIMEOUT'));
  return {
    endpoint: endpointOf(first(env, 'HF_ENDPOINT') ?? defaultEndpoint),
    token: tokenOf(env, home),
    cacheDir: cache === undefined ? join(home, 'hub') : resolve(cwd, expandHome(cache, env)),
    modelsDir: importedModelsDir(env, cwd),
    spareDirs: spareDirs(env, cwd),
    offline: isOn(env.HF_HUB_OFFLINE) || isOn(env.TRANSFORMERS_OFFLINE),
    proxies: {
      http: proxyOf(env, 'http_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'all_proxy'),
      https: proxyOf(env, 'https_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'all_proxy'),
      exceptions: first(env, 'no_proxy', 'NO_PROXY') ?? '',
    },
    silenceMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : defaultSilenceMs,
  };
}

function hubHome(env: Environment, cwd: string): string {
  const given = first(env, 'HF_HOME');
  if (given !== undefined) return resolve(cwd, expandHome(given, env));
  const caches = first(env, 'XDG_CACHE_HOME');
  return join(caches ?? join(userHome(env), '.cache'), 'huggingface');
}

function spareDirs(env: Environment, cwd: string): string[] {
  const caches = first(env, 'XDG_CACHE_HOME') ?? join(userHome(env), '.cache');
  const user = process.getuid?.();
  return [
    join(resolve(cwd, caches), 'vllm-sr', 'models'),
    join(tmpdir(), user === undefined ? 'vllm-sr' : `vllm-sr-${user}`),
  ];
}

function userHome(env: Environment): string {
  return first(env, 'HOME', 'USERPROFILE') ?? homedir();
}

function expandHome(path: string, env: Environment): string {
  return /^~(?=$|[\\/])/.test(path) ? join(userHome(env), path.slice(1)) : path;
}

function endpointOf(text: string): string {
  const url = parseUrl(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new VsrError(
      'VSR_USAGE',
      `HF_ENDPOINT is \`${withoutSecrets(text)}\`, which is no address of a hub.`,
      {
        hint: `Write a full address such as \`${defaultEndpoint}\`, or unset the variable.`,
      },
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The variable, else what `hf auth login` has stored. */
function tokenOf(env: Environment, home: string): string | undefined {
  const given = first(env, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HUGGINGFACE_HUB_TOKEN');
  const token = given ?? (isOn(env.HF_HUB_DISABLE_IMPLICIT_TOKEN) ? undefined : storedToken(env, home));
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    // Not shown: it may be a real token with something pasted along.
    throw new VsrError('VSR_USAGE', 'The token for the hub holds characters that no token has.', {
      hint: 'Set HF_TOKEN again, without line breaks, spaces or quotation marks.',
    });
  }
  return token;
}

function storedToken(env: Environment, home: string): string | undefined {
  try {
    const text = readFileSync(first(env, 'HF_TOKEN_PATH') ?? join(home, 'token'), 'utf8').trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

function proxyOf(env: Environment, ...names: readonly string[]): string {
  const text = first(env, ...names);
  if (text === undefined) return '';
  const url = parseUrl(text.includes('://') ? text : `http://${text}`);
  if (url === undefined || !/^(?:https?|socks5?):$/.test(url.protocol)) {
    throw new VsrError(
      'VSR_USAGE',
      `${names[1] ?? ''} is \`${withoutSecrets(text)}\`, which is no address of a proxy.`,
      {
        hint: 'Write a full address such as `http://proxy.example:3128`.',
      },
    );
  }
  return url.href;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** An address for messages: without user, password and query, where secrets are. */
export function withoutSecrets(address: string): string {
  const bare = address.replace(/[?#].*$/s, '').replace(/^([\w+.-]+:\/\/)?[^/@]*@/, '$1');
  return bare.slice(0, 200);
}

function first(env: Environment, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

function isOn(value: string | undefined): boolean {
  return /^(?:1|true|yes|on)$/i.test(value?.trim() ?? '');
}
