/**
 * Compiled routing as configuration text: alone, merged into a file with the rest, or with stand-ins for the
 * rest, so that it can be checked alone.
 *
 * @module
 */
import { isMap, parseDocument, stringify } from 'yaml';
import { migrateConfigText } from '../config/migrate.js';
import { isRecord, listAt, textAt } from '../config/raw.js';
import { routingKeys } from './canonical.js';

type Plain = Readonly<Record<string, unknown>>;

/** A configuration file that has what the DSL is not about: listeners, providers, global settings. */
export interface BaseConfig {
  readonly text: string;
  /** Name for messages. */
  readonly source: string;
}

const style = {
  lineWidth: 0,
  aliasDuplicateObjects: false,
  // Words such as `yes` get quotes, for readers of the older YAML.
  compat: 'yaml-1.1',
} as const;

/** Compiled routing as YAML: the keys `routing`, `entrypoints` and `recipes`, as far as there are any. */
export function routingYaml(compiled: Plain): string {
  return Object.keys(compiled).length === 0 ? 'routing: {}\n' : stringify(compiled, style);
}

export interface Merged {
  readonly text: string;
  /** Keys of the base that were replaced, e.g. `routing.decisions`. */
  readonly replaced: readonly string[];
}

/**
 * The base with the compiled routing put in; comments of the base stay. A base of an older layout is rewritten.
 * Throws ConfigError if it cannot be read.
 */
export function mergeIntoBase(compiled: Plain, base: BaseConfig): Merged {
  const document = parseDocument(migrateConfigText(base.text, base.source).text, { logLevel: 'error' });
  const replaced: string[] = [];
  const put = (path: readonly string[], value: unknown): void => {
    // An empty section is no loss.
    if ((document.getIn(path) ?? undefined) !== undefined) replaced.push(path.join('.'));
    document.setIn(path, document.createNode(value, { aliasDuplicateObjects: false }));
  };
  for (const key of routingKeys) {
    const value = compiled[key];
    if (value === undefined) continue;
    if (key !== 'routing' || !isRecord(value) || !isMap(document.get('routing'))) put([key], value);
    else for (const [inner, part] of Object.entries(value)) put(['routing', inner], part);
  }
  return { text: document.toString({ ...style, flowCollectionPadding: false }), replaced };
}

/** The compiled routing with stand-ins for all models that it names, as text that the loader takes. */
export function standaloneYaml(compiled: Plain): string {
  const names = [...modelNamesOf(compiled)];
  const models = names.map((name) => ({
    name,
    reasoning: { type: 'chat_template_kwargs', parameter: 'enable_thinking' },
    backend_refs: [{ provider: 'echo' }],
  }));
  const [first] = names;
  const providers = { ...(first !== undefined && { defaults: { model: first } }), models };
  return stringify({ version: 'v0.3', providers, ...compiled }, style);
}

/** Names of models under `modelCards`, `modelRefs` and the destinations of actions. */
function modelNamesOf(compiled: Plain): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: string | undefined) => {
    if (name !== undefined && name !== '') names.add(name);
  };
  const virtual = new Set(listAt(compiled, 'entrypoints').flatMap((entry) => listAt(entry, 'model_names')));
  const scopes = [compiled, ...listAt(compiled, 'recipes')];
  for (const scope of scopes) {
    for (const card of listAt(scope, 'routing', 'modelCards')) add(textAt(card, 'name'));
    for (const decision of listAt(scope, 'routing', 'decisions')) {
      for (const reference of listAt(decision, 'modelRefs')) add(textAt(reference, 'model'));
      const destination = textAt(decision, 'action', 'destination');
      if (!virtual.has(destination)) add(destination);
    }
  }
  return names;
}
