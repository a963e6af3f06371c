/**
 * From the routing part of a configuration to a DSL file.
 *
 * @module
 */
import { ConfigError, Findings, formatPath, type Path } from '../config/diagnostics.js';
import { parseSource } from '../config/document.js';
import { toPlain as plainOfNode } from '../config/nodes.js';
import { at, isRecord } from '../config/raw.js';
import { upgradeDocument } from '../config/upgrade.js';
import { type Block, bodyOf, type Program } from './ast.js';
import { canonicalRouting, routingKeys } from './canonical.js';
import { DslError } from './diagnostics.js';
import { projectionFormOf, signalTypeOf } from './families.js';
import { formatProgram } from './format.js';
import { raiseDecision } from './raise-decision.js';
import { nowhere } from './source.js';
import { fieldsFromPlain, Inexpressible, nameOf, objectFromPlain } from './values.js';

type Plain = Readonly<Record<string, unknown>>;

export interface Decompiled {
  /** The DSL file. */
  readonly text: string;
  /** Top-level keys of the configuration that the DSL is not about. */
  readonly left: readonly string[];
}

/**
 * Writes the routing part of a configuration file of any layout as a DSL file.
 *
 * @param source Name for messages.
 * @throws ConfigError if the file cannot be read, {@link DslError} if something in it has no words in the DSL.
 */
export function decompileConfigText(text: string, source: string): Decompiled {
  const findings = new Findings();
  const parsed = parseSource(text, findings);
  if (parsed === undefined) {
    throw new ConfigError(
      source,
      findings.resolve(() => undefined),
    );
  }
  upgradeDocument(parsed.root, findings, parsed.placeOf);
  if (findings.hasErrors) throw new ConfigError(source, findings.resolve(parsed.locate));
  const plain = plainOfNode(parsed.root);
  try {
    const program = raiseConfig(plain);
    const others = Object.keys(isRecord(plain) ? plain : {});
    const left = others.filter((key) => key !== 'version' && !routingKeys.some((own) => own === key));
    return { text: formatProgram(program), left };
  } catch (error) {
    if (!(error instanceof Inexpressible)) throw error;
    const place = parsed.locate(error.path, 'value') ?? { line: 1, column: 1 };
    throw new DslError(source, [{ severity: 'error', message: error.message, ...place }]);
  }
}

/** The syntax tree of a configuration's plain values. Throws {@link Inexpressible}. */
export function raiseConfig(config: unknown): Program {
  const canonical = canonicalRouting(config);
  const { routing, entrypoints, recipes } = canonical;
  const blocks = routing === undefined ? [] : raiseScope(recordOf(routing, ['routing']), ['routing']);
  listOf(entrypoints, ['entrypoints']).forEach((entry, index) => {
    const path = ['entrypoints', index];
    blocks.push({
      kind: 'entrypoint',
      settings: objectFromPlain(recordOf(entry, path), path),
      span: nowhere,
    });
  });
  listOf(recipes, ['recipes']).forEach((recipe, index) => {
    const path = ['recipes', index];
    const { name, routing: own, ...rest } = recordOf(recipe, path);
    const body = bodyOf(raiseScope(recordOf(own, [...path, 'routing']), [...path, 'routing']));
    const options = fieldsFromPlain(rest, path);
    blocks.push({ kind: 'recipe', name: nameAt(name, path), options, body, span: nowhere });
  });
  return bodyOf(blocks);
}

function raiseScope(routing: Plain, path: Path): Block[] {
  const blocks: Block[] = [];
  const { modelCards, signals, projections, decisions, ...settings } = routing;
  if (Object.keys(settings).length > 0) {
    blocks.push({ kind: 'routing', settings: objectFromPlain(settings, path), span: nowhere });
  }
  for (const { name, settings: fields } of namedEntries(modelCards, [...path, 'modelCards'])) {
    blocks.push({ kind: 'model', name, settings: fields, span: nowhere });
  }
  for (const key of keysOf(signals, [...path, 'signals'])) {
    const place = [...path, 'signals', key];
    const type = signalTypeOf(key);
    if (type === undefined)
      throw new Inexpressible(place, `\`${formatPath(place)}\` is no known family of signals`);
    for (const { name, settings: fields } of namedEntries(at(signals, key), place)) {
      blocks.push({ kind: 'signal', type: nameOf(type), name, settings: fields, span: nowhere });
    }
  }
  for (const key of keysOf(projections, [...path, 'projections'])) {
    const place = [...path, 'projections', key];
    const form = projectionFormOf(key);
    if (form === undefined)
      throw new Inexpressible(place, `\`${formatPath(place)}\` is no known kind of projections`);
    for (const { name, settings: fields } of namedEntries(at(projections, key), place)) {
      blocks.push({ kind: 'projection', form, name, settings: fields, span: nowhere });
    }
  }
  listOf(decisions, [...path, 'decisions']).forEach((decision, index) => {
    const place = [...path, 'decisions', index];
    const record = recordOf(decision, place);
    blocks.push(raiseDecision(nameAt(record.name, place).text, record, place));
  });
  return blocks;
}

function keysOf(value: unknown, path: Path): string[] {
  return value === undefined ? [] : Object.keys(recordOf(value, path));
}

function namedEntries(value: unknown, path: Path) {
  return listOf(value, path).map((entry, index) => {
    const place = [...path, index];
    const { name, ...rest } = recordOf(entry, place);
    return { name: nameAt(name, place), settings: objectFromPlain(rest, place) };
  });
}

function listOf(value: unknown, path: Path): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Inexpressible(path, `\`${formatPath(path)}\` is no list`);
  return value;
}

function recordOf(value: unknown, path: Path): Plain {
  if (isRecord(value)) return value;
  throw new Inexpressible(path, `\`${formatPath(path)}\` is no mapping`);
}

function nameAt(name: unknown, path: Path) {
  if (typeof name === 'string' && name !== '') return nameOf(name);
  throw new Inexpressible(path, `\`${formatPath(path)}\` has no name`);
}
