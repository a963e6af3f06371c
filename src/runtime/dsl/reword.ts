/**
 * What the checks of configuration files say, in the words of the DSL.
 *
 * @module
 */
import type { Path } from '../config/diagnostics.js';
import type { Value } from './ast.js';
import { projectionFormOf, referenceKeys, signalTypeOf } from './families.js';
import type { Lowered } from './lower.js';
import { locate, valuesAlong } from './values.js';

/** Reads what `formatPath` wrote. */
export function parsePath(text: string): (string | number)[] {
  const parts: (string | number)[] = [];
  const part = /\.?([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy;
  for (const [, word, index, quoted] of text.matchAll(part)) {
    if (word !== undefined) parts.push(word);
    else if (index !== undefined) parts.push(Number(index));
    else if (quoted !== undefined) parts.push(String(JSON.parse(quoted)));
  }
  return parts;
}

/** A message or hint about the compiled document, about the DSL file instead. */
export function reword(text: string, lowered: Lowered): string {
  let result = text;
  for (const [pattern, words] of phrases) result = result.replace(pattern, words);
  return result.replace(/`((?:routing|recipes|entrypoints)\b[^`]*)`/g, (_, path: string) => {
    return describe(path, lowered);
  });
}

type Replacer = (match: string, ...groups: string[]) => string;

const kindOf = (key: string) => `SIGNAL ${signalTypeOf(key) ?? key}`;
const signals = '(?:routing|recipes\\[\\d+\\]\\.routing)\\.signals\\.(\\w+)';
const short = new Map(Object.entries(referenceKeys).map(([brief, key]) => [key, brief]));

const phrases: readonly (readonly [RegExp, Replacer])[] = [
  [
    new RegExp(`declare it under \`${signals}\`, which has none`, 'g'),
    (_, key = '') => `declare it: \`${kindOf(key)} name { … }\``,
  ],
  [new RegExp(`declared under \`${signals}\``, 'g'), (_, key = '') => `declared with \`${kindOf(key)}\``],
  [/under `routing\.projections\.mappings\[\]\.outputs`/g, () => 'as an output of a `PROJECTION mapping`'],
  [/declare it under `signals\.domains`/g, () => 'declare it: `SIGNAL domain name { … }`'],
  [/is a (\w+) signal: write `type: \w+`/g, (_, type = '') => `is a ${type} signal: write \`${type}("…")\``],
  [/add `modelRefs: \[\{model: …\}\]`/g, () => 'add `MODEL name`'],
  [/add it under `entrypoints`/g, () => 'add an `ENTRYPOINT`'],
  [/the first of `modelRefs`/g, () => 'the first MODEL'],
  [/leave `rules` out/g, () => 'leave WHEN out'],
  [/, or add a decision without `rules`/g, () => ', or add a ROUTE without WHEN'],
  [/`(use_reasoning|reasoning_effort|lora_name)`/g, (_, key = '') => `\`${short.get(key) ?? key}\``],
];

/** The block at a path and what is left of the path below it. */
function describe(text: string, { document, labels }: Lowered): string {
  const path = parsePath(text);
  const values = valuesAlong(document, path);
  const depth = values.findLastIndex((value: Value) => labels.has(value));
  const block = depth < 0 ? undefined : values[depth];
  const label = block === undefined ? undefined : labels.get(block);
  if (label === undefined) return `\`${describeSection(path) ?? text}\``;
  const rest = path.slice(depth);
  if (rest.length === 0) return `\`${label}\``;
  if (rest[0] === 'rules') return `the condition of \`${label}\``;
  const statement = describeStatement(rest, values.slice(depth + 1));
  if (statement === undefined) return `\`${formatRest(rest)}\` of \`${label}\``;
  const inner = statement.rest.length === 0 ? '' : `\`${formatRest(statement.rest)}\` of `;
  return `${inner}\`${statement.label}\` in \`${label}\``;
}

/** The statement that a path below a decision leads into; `values` are those on the way. */
function describeStatement(
  path: Path,
  values: readonly Value[],
): { readonly label: string; readonly rest: Path } | undefined {
  const [key, second, third] = path;
  const named = (value: Value | undefined, field: string) => {
    const found = value === undefined ? undefined : locate(value, [field]).value;
    return found?.kind === 'text' ? found.text : undefined;
  };
  if (key === 'plugins') {
    const type = named(values[1], 'type');
    const rest = path.slice(third === 'configuration' ? 3 : 2);
    return type === undefined ? undefined : { label: `PLUGIN ${type}`, rest };
  }
  if (key === 'modelRefs') {
    const model = named(values[1], 'model');
    return model === undefined ? undefined : { label: `MODEL ${model}`, rest: path.slice(2) };
  }
  if (key !== 'algorithm') return undefined;
  const type = named(values[0], 'type');
  return type === undefined
    ? undefined
    : { label: `ALGORITHM ${type}`, rest: path.slice(second === type ? 2 : 1) };
}

function describeSection(path: Path): string | undefined {
  const inner = path[0] === 'recipes' ? path.slice(3) : path.slice(1);
  const [section, key] = inner;
  if (path[0] === 'routing' && inner.length === 0) return 'ROUTING';
  if (section === 'modelCards') return 'MODEL';
  if (section === 'decisions') return 'ROUTE';
  if (typeof key !== 'string') return undefined;
  const form = projectionFormOf(key);
  if (section === 'projections' && form !== undefined) return `PROJECTION ${form}`;
  return section === 'signals' ? kindOf(key) : undefined;
}

function formatRest(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}
