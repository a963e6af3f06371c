/**
 * What `doctor` says of a configuration's surroundings: ports, the hub, upstreams.
 *
 * @module
 */
import { access, constants, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import type { RouterConfig } from '../../../runtime/config/types.js';
import { messageOf } from '../../../runtime/errors.js';
import { type HubSettings, withoutSecrets } from '../../../runtime/models/hub/settings.js';
import type { BackendRef } from '../../../runtime/providers/types.js';
import type { Finding } from './report.js';

/** Longest wait for an answer, milliseconds. */
const patience = 3000;

interface Place {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** Whether the ports of the configuration are free. */
export function examinePorts({ listeners, management }: RouterConfig, offline: boolean): Promise<Finding[]> {
  const places: Place[] = [...listeners, { ...management, name: 'management' }];
  return Promise.all(places.map((place) => portFinding(place, offline)));
}

async function portFinding({ name, address, port }: Place, offline: boolean): Promise<Finding> {
  const finding = { area: 'ports', name: `${address}:${port} (${name})` } as const;
  const problem = await listenProblem(address, port);
  if (problem === undefined) return { ...finding, level: 'ok', message: 'free' };
  if (!offline && problem === 'EADDRINUSE' && (await isOurs(address, port))) {
    return { ...finding, level: 'note', message: 'a vllm-sr is running there' };
  }
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
  };
  const option = name === 'management' ? '--api-port' : '--port';
  return {
    ...finding,
    level: 'failed',
    message: reasons[problem] ?? problem,
    hint: `Choose another one in the configuration, or with \`serve ${option}\`.`,
  };
}

/** Code of the error; undefined if one can listen there. */
function listenProblem(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) =>
      resolve('code' in error && typeof error.code === 'string' ? error.code : error.message),
    );
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function isOurs(address: string, port: number): Promise<boolean> {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '[::1]' : address;
  try {
    const { body } = await request(`http://${host}:${port}/health`, limits());
    return (await body.text()).includes('vllm-sr');
  } catch {
    return false;
  }
}

/** Reads what little there is; a body that nobody reads keeps the connection, one that is cut off throws late. */
async function emptied(body: Dispatcher.ResponseData['body']): Promise<void> {
  await body.dump({ limit: 64 * 1024 }).catch(() => undefined);
}

function limits() {
  return { headersTimeout: patience, bodyTimeout: patience, signal: AbortSignal.timeout(patience) };
}

/**
 * Where models come from.
 *
 * @param needed true if the configuration names models that are not here: then the hub has to answer.
 */
export async function examineHub(
  settings: HubSettings,
  { offline, needed }: { readonly offline: boolean; readonly needed: boolean },
): Promise<Finding[]> {
  const area = 'hub';
  const findings: Finding[] = [
    {
      area,
      name: 'token',
      level: 'ok',
      message: settings.token === undefined ? 'none; gated models need one (HF_TOKEN)' : 'present',
    },
    await cacheFinding(settings.cacheDir),
  ];
  const name = withoutSecrets(settings.endpoint);
  if (settings.offline) {
    findings.push({
      area,
      name,
      level: needed ? 'warning' : 'ok',
      message: 'not asked: HF_HUB_OFFLINE is set',
    });
  } else if (offline) findings.push({ area, name, level: 'ok', message: 'not asked: --offline' });
  else findings.push(await endpointFinding(settings, name, needed));
  return findings;
}

/** Asks without the token, which is for repositories alone. */
async function endpointFinding(
  { endpoint, proxies }: HubSettings,
  name: string,
  needed: boolean,
): Promise<Finding> {
  const finding = { area: 'hub', name } as const;
  const { http, https, exceptions } = proxies;
  const dispatcher = new EnvHttpProxyAgent({ httpProxy: http, httpsProxy: https, noProxy: exceptions });
  try {
    const { body } = await request(endpoint, { ...limits(), method: 'HEAD', dispatcher });
    await emptied(body);
    return { ...finding, level: 'ok', message: 'answers' };
  } catch (error) {
    return {
      ...finding,
      level: needed ? 'warning' : 'note',
      message: `does not answer: ${messageOf(error)}`,
      hint: 'Models that are here are used; to pull more, check the network, the proxy or HF_ENDPOINT.',
    };
  } finally {
    await dispatcher.destroy();
  }
}

async function cacheFinding(folder: string): Promise<Finding> {
  const finding = { area: 'hub', name: 'cache' } as const;
  let existing = folder;
  while (!(await exists(existing)) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    await access(existing, constants.W_OK);
    const made = existing === folder ? '' : ' (made by the first pull)';
    return { ...finding, level: 'ok', message: `${folder}${made}` };
  } catch {
    return {
      ...finding,
      level: 'warning',
      message: `${folder} cannot be written to`,
      hint: 'What is in it is used; to pull more, set HF_HOME or HF_HUB_CACHE to a folder of this user.',
    };
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether something answers where the models of the configuration are. Sends no credentials. */
export async function examineUpstreams({ models }: RouterConfig): Promise<Finding[]> {
  const urls = new Map<string, string[]>();
  for (const { name, backends } of models) {
    for (const address of backends.flatMap((backend) => modelsAddress(backend) ?? [])) {
      urls.set(address, [...new Set([...(urls.get(address) ?? []), name])]);
    }
  }
  const answers = new Map(
    await Promise.all([...urls.keys()].map(async (url) => [url, await answerOf(url)] as const)),
  );
  return [...urls].map(([url, names]): Finding => {
    const finding = { area: 'upstreams', name: withoutSecrets(url).replace(/\/models$/, '') } as const;
    const users = `for ${names.join(', ')}`;
    const answer = answers.get(url);
    if (answer === undefined || 'status' in answer) {
      return { ...finding, level: 'ok', message: `answers (HTTP ${answer?.status ?? ''}), ${users}` };
    }
    const spared = models
      .filter(({ name }) => names.includes(name))
      .every(({ backends }) =>
        backends.some((other) => {
          const found = answers.get(modelsAddress(other) ?? '');
          return found !== undefined && 'status' in found;
        }),
      );
    return {
      ...finding,
      level: spared ? 'warning' : 'failed',
      message: `does not answer, ${users}: ${answer.problem}`,
      hint: 'Check that the server runs and that this machine reaches it.',
    };
  });
}

/** Where a server lists its models, as far as that follows from where it answers; undefined for the built-in one. */
function modelsAddress({ url, chatPath }: BackendRef): string | undefined {
  if (url === undefined) return undefined;
  const path = chatPath.replace(/[?#].*$/, '').replace(/\/chat\/completions$/, '/models');
  return `${url.replace(/\/$/, '')}${path}`;
}

async function answerOf(url: string): Promise<{ readonly status: number } | { readonly problem: string }> {
  try {
    const { statusCode, body } = await request(url, limits());
    await emptied(body);
    return { status: statusCode };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
