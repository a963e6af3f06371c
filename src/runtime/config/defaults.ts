/**
 * The configuration for a start without a config file: what `init` writes and `serve` falls back to.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VsrError } from '../errors.js';
import { schemaFileName } from './json-schema.js';

/** A model server that answered on this machine. */
export interface FoundServer {
  /** `vllm`, `ollama`, … as written into `provider`. */
  readonly vendor: string;
  /** API root, e.g. `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string;
  /** Ids of the models it serves. */
  readonly models: readonly string[];
}

export interface FoundProviders {
  readonly servers: readonly FoundServer[];
  /** Environment variables that are set and hold a provider's key, out of {@link providerKeys}. */
  readonly keys: readonly string[];
}

interface HostedProvider {
  readonly vendor: string;
  readonly baseUrl: string;
  readonly model: string;
}

/** Providers that are used when their usual variable is set. */
export const providerKeys: ReadonlyMap<string, HostedProvider> = new Map([
  ['OPENAI_API_KEY', { vendor: 'openai', baseUrl: 'https://api.openai.com/v1', model: 'gpt-5-mini' }],
  [
    'OPENROUTER_API_KEY',
    { vendor: 'openrouter', baseUrl: 'https://openrouter.ai/api/v1', model: 'openrouter/auto' },
  ],
  [
    'DEEPSEEK_API_KEY',
    { vendor: 'deepseek', baseUrl: 'https://api.deepseek.com/v1', model: 'deepseek-chat' },
  ],
  [
    'MISTRAL_API_KEY',
    { vendor: 'mistral', baseUrl: 'https://api.mistral.ai/v1', model: 'mistral-small-latest' },
  ],
]);

/** More than a few would make the file hard to read. */
const maxModels = 4;

interface Entry {
  readonly name: string;
  readonly lines: readonly string[];
}

/**
 * A complete config file for what was found; with nothing found, the built-in echo model stands in, so
 * that routing can be tried without any model.
 */
export function embeddedConfig(found: FoundProviders): string {
  const entries = entriesFor(found).slice(0, maxModels);
  const general = entries[0]?.name ?? 'echo';
  const strong = entries[1]?.name ?? general;
  const values: Readonly<Record<string, string>> = {
    schema: schemaFileName,
    models: entries.flatMap((entry) => entry.lines.map((line) => `    ${line}`)).join('\n'),
    general: quote(general),
    strong: quote(strong),
  };
  return readTemplate('config.yaml').replace(
    /\{\{(\w+)\}\}/g,
    (match, name: string) => values[name] ?? match,
  );
}

function entriesFor({ servers, keys }: FoundProviders): Entry[] {
  const entries: Entry[] = [];
  const add = (name: string, lines: readonly string[]) => {
    if (!entries.some((entry) => entry.name === name)) {
      entries.push({
        name,
        lines: [`- name: ${quote(name)}`, ...reasoningLines(name), '  backend_refs:', ...lines],
      });
    }
  };
  for (const server of servers) {
    for (const model of server.models) {
      add(model, [`    - {provider: ${quote(server.vendor)}, base_url: ${quote(server.baseUrl)}}`]);
    }
  }
  for (const key of keys) {
    const provider = providerKeys.get(key);
    if (provider === undefined) continue;
    const { vendor, baseUrl, model } = provider;
    add(model, [`    - {provider: ${vendor}, base_url: ${quote(baseUrl)}, api_key_env: ${key}}`]);
  }
  if (entries.length > 0) return entries;
  return [
    {
      name: 'echo',
      lines: [
        '- name: echo # built in: repeats the question. Replace it by models of your own, e.g.',
        '  #   backend_refs: [{endpoint: "127.0.0.1:8000"}]',
        '  #   backend_refs: [{base_url: https://api.openai.com/v1, api_key_env: OPENAI_API_KEY}]',
        '  backend_refs: [{provider: echo}]',
      ],
    },
  ];
}

/** How to switch reasoning, for models whose name tells. */
function reasoningLines(name: string): string[] {
  const patterns: readonly (readonly [RegExp, string])[] = [
    [/qwen-?3/i, 'qwen3'],
    [/gpt-oss/i, 'gpt-oss'],
    [/\bgpt-5/i, 'gpt'],
    [/deepseek-(?:v3|r1)/i, 'deepseek'],
  ];
  const family = patterns.find(([pattern]) => pattern.test(name))?.[1];
  return family === undefined ? [] : [`  reasoning: {family: ${family}}`];
}

/** YAML scalar that is safe in block and flow context. */
function quote(text: string): string {
  const plain = /^[A-Za-z][\w./-]*$/.test(text) && !/^(?:true|false|null)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}

/** The package's folder is a different number of levels up in the sources and in the build. */
function readTemplate(name: string): string {
  for (const up of ['../../../', '../../../../']) {
    const path = fileURLToPath(new URL(`${up}templates/${name}`, import.meta.url));
    if (existsSync(path)) return readFileSync(path, 'utf8');
  }
  throw new VsrError('VSR_INTERNAL', `the package is incomplete: templates/${name} is missing`, {
    hint: 'install it again',
  });
}
