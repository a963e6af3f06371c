/**
 * The configuration for a start without a config file: what `init` writes and `serve` falls back to.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Discovery, FoundModel } from '../discovery/types.js';
import { VsrError } from '../errors.js';
import { schemaFileName } from './json-schema.js';

/** More than a few would make the file hard to read. */
const maxModels = 5;

interface Entry {
  readonly name: string;
  readonly lines: readonly string[];
}

/**
 * A complete config file for what was found; with nothing found, the built-in echo model stands in, so
 * that routing can be tried without any model. The first model is for everyday questions, the strongest
 * one for the rest.
 */
export function embeddedConfig(found: Discovery): string {
  const entries = entriesFor(found).slice(0, maxModels);
  const general = entries[0] ?? echo;
  const strong = entries[1] ?? general;
  const models = entries.length === 0 ? [echo] : entries;
  const values: Readonly<Record<string, string>> = {
    schema: schemaFileName,
    models: models.flatMap((entry) => entry.lines.map((line) => `    ${line}`)).join('\n'),
    general: quote(general.name),
    strong: quote(strong.name),
  };
  return readTemplate('config.yaml').replace(
    /\{\{(\w+)\}\}/g,
    (match, name: string) => values[name] ?? match,
  );
}

const echo: Entry = {
  name: 'echo',
  lines: [
    '- name: echo # built in: repeats the question. Replace it by models of your own, e.g.',
    '  #   backend_refs: [{endpoint: "127.0.0.1:8000"}]',
    '  #   backend_refs: [{base_url: https://api.openai.com/v1, api_key_env: OPENAI_API_KEY}]',
    '  backend_refs: [{provider: echo}]',
  ],
};

/** Everyday model first, strongest second: local before paid, small before large. */
function entriesFor({ servers, keys }: Discovery): Entry[] {
  const local = servers.flatMap((server) =>
    server.models.map((model) => ({
      size: model.billions ?? 0,
      entry: entryOf(model, `provider: ${quote(server.kind)}, base_url: ${quote(server.baseUrl)}`),
    })),
  );
  const hosted = keys.flatMap((key) => {
    const where = `provider: ${quote(key.vendor)}, base_url: ${quote(key.baseUrl)}, api_key_env: ${key.env}`;
    return [key.small, key.large].map((model) => entryOf(model, where));
  });
  const everyday = local[0]?.entry ?? hosted[0];
  if (everyday === undefined) return [];
  const largest = local.reduce<(typeof local)[number] | undefined>(
    (best, candidate) => (best === undefined || candidate.size > best.size ? candidate : best),
    undefined,
  );
  const strongest = hosted[1] ?? largest?.entry ?? everyday;
  const all = [everyday, strongest, ...local.map(({ entry }) => entry), ...hosted];
  return all.filter((entry, index) => all.findIndex(({ name }) => name === entry.name) === index);
}

function entryOf({ id, reasoningFamily }: FoundModel, where: string): Entry {
  const reasoning = reasoningFamily === undefined ? [] : [`  reasoning: {family: ${quote(reasoningFamily)}}`];
  return { name: id, lines: [`- name: ${quote(id)}`, ...reasoning, '  backend_refs:', `    - {${where}}`] };
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
