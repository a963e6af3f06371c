/**
 * From decisions of the configuration to routes. What no statement can say stays a field with plain data, so
 * that nothing is lost.
 *
 * @module
 */
import type { Path } from '../config/diagnostics.js';
import { isRecord } from '../config/raw.js';
import { bodyOf, type Expression, type ModelReference, type RouteBlock, type Statement } from './ast.js';
import { isLeaf, isWellFormed, type PlainRule } from './canonical.js';
import { referenceKeys } from './families.js';
import { isPlainName } from './format-values.js';
import { nowhere } from './source.js';
import {
  fieldOf,
  fieldsFromPlain,
  fromPlain,
  nameOf,
  numberValue,
  objectFromPlain,
  textValue,
} from './values.js';

type Plain = Readonly<Record<string, unknown>>;

/** Keys in the order in which a route says them. */
const order: readonly string[] = [
  ...['priority', 'tier', 'description', 'rules', 'modelRefs', 'algorithm', 'plugins', 'candidateIterations'],
  'emits',
];

/** The route of a decision in canonical form. Throws `Inexpressible` for data that has no text. */
export function raiseDecision(name: string, decision: Plain, path: Path): RouteBlock {
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  const keys = Object.keys(decision)
    .filter((key) => key !== 'name')
    .sort((a, b) => rank(a) - rank(b));
  const statements = keys.flatMap((key) => {
    const value = decision[key];
    const place = [...path, key];
    return statementsFor(key, value, place) ?? [fieldStatement(key, value, place)];
  });
  return { kind: 'route', name: nameOf(name), options: [], body: bodyOf(statements), span: nowhere };
}

function fieldStatement(key: string, value: unknown, path: Path): Statement {
  return { kind: 'field', field: fieldOf(key, fromPlain(value, path)), span: nowhere };
}

/** Statements that say what a key holds; undefined if there are none. */
function statementsFor(key: string, value: unknown, path: Path): Statement[] | undefined {
  const span = nowhere;
  switch (key) {
    case 'priority':
      if (typeof value === 'string' && /^[a-z]\w*$/.test(value)) {
        return [{ kind: key, value: { ...textValue(value), bare: true }, span }];
      }
      return Number.isSafeInteger(value) && typeof value === 'number'
        ? [{ kind: key, value: numberValue(value), span }]
        : undefined;
    case 'tier':
      return Number.isSafeInteger(value) && typeof value === 'number'
        ? [{ kind: key, value: numberValue(value), span }]
        : undefined;
    case 'description':
      return typeof value === 'string' ? [{ kind: key, value: textValue(value), span }] : undefined;
    case 'rules': {
      const condition = isWellFormed(value) ? raiseRoot(value, path) : undefined;
      if (condition === undefined) return undefined;
      return condition.kind === 'always' ? [] : [{ kind: 'when', condition, span }];
    }
    case 'modelRefs': {
      const references = all(value, path, raiseReference);
      return references && [{ kind: 'models', references, span }];
    }
    case 'algorithm':
      return raiseAlgorithm(value, path);
    case 'plugins':
      return all(value, path, raisePlugin);
    case 'candidateIterations':
      return all(value, path, raiseLoop);
    case 'emits':
      return all(value, path, raiseEmit);
    default:
      return undefined;
  }
}

/** Every entry of a list, if each of them can be said. */
function all<Raised>(
  value: unknown,
  path: Path,
  raise: (entry: Plain, path: Path) => Raised | undefined,
): Raised[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const result: Raised[] = [];
  for (const [index, entry] of value.entries()) {
    const raised = isRecord(entry) ? raise(entry, [...path, index]) : undefined;
    if (raised === undefined) return undefined;
    result.push(raised);
  }
  return result;
}

/** The root of a rule is an operator; one around a single condition is not written. */
function raiseRoot(rule: PlainRule, path: Path): Expression | undefined {
  if (isLeaf(rule)) return undefined;
  const [only] = rule.conditions;
  if (rule.operator !== 'NOT' && only !== undefined && rule.conditions.length === 1) {
    // Anything but a condition would have been drawn up into the root.
    return rule.operator === 'AND' && isLeaf(only) ? raiseRule(only, path) : undefined;
  }
  return raiseRule(rule, path);
}

function raiseRule(rule: PlainRule, path: Path): Expression | undefined {
  const span = nowhere;
  if (isLeaf(rule)) {
    const { type, name, ...rest } = rule;
    if (!isPlainName(type)) return undefined;
    return {
      kind: 'leaf',
      type: nameOf(type),
      name: nameOf(name),
      fields: fieldsFromPlain(rest, path),
      span,
    };
  }
  const operands: Expression[] = [];
  for (const condition of rule.conditions) {
    const operand = raiseRule(condition, path);
    if (operand === undefined) return undefined;
    operands.push(operand);
  }
  const [first] = operands;
  if (first === undefined) return { kind: 'always', span };
  if (rule.operator === 'NOT') return { kind: 'not', operand: first, span };
  if (operands.length === 1) return undefined;
  return { kind: rule.operator === 'AND' ? 'and' : 'or', operands, span };
}

function raiseReference(entry: Plain, path: Path): ModelReference | undefined {
  const { model, ...rest } = entry;
  if (typeof model !== 'string' || model === '') return undefined;
  if (Object.keys(rest).some((key) => Object.hasOwn(referenceKeys, key))) return undefined;
  const short = new Map(Object.entries(referenceKeys).map(([brief, key]) => [key, brief]));
  const options = Object.entries(rest).map(([key, value]) => {
    return fieldOf(short.get(key) ?? key, fromPlain(value, [...path, key]));
  });
  return { model: nameOf(model), options, span: nowhere };
}

function raiseAlgorithm(value: unknown, path: Path): Statement[] | undefined {
  if (!isRecord(value)) return undefined;
  const { type, ...rest } = value;
  if (typeof type !== 'string' || type === '' || type === 'type') return undefined;
  const settings = Object.hasOwn(rest, type) ? rest[type] : undefined;
  const options = Object.fromEntries(
    Object.entries(rest).filter(([key]) => key !== type || !isRecord(settings)),
  );
  return [
    {
      kind: 'algorithm',
      type: nameOf(type),
      options: fieldsFromPlain(options, path),
      settings: isRecord(settings) ? objectFromPlain(settings, [...path, type]) : undefined,
      span: nowhere,
    },
  ];
}

function raisePlugin(entry: Plain, path: Path): Statement | undefined {
  const named = raiseNamed(entry, 'type', 'configuration', path);
  return named && { kind: 'plugin', ...named, span: nowhere };
}

function raiseEmit(entry: Plain, path: Path): Statement | undefined {
  const { kind } = entry;
  if (typeof kind !== 'string' || kind === 'kind') return undefined;
  const named = raiseNamed(entry, 'kind', kind, path);
  return named && { kind: 'emit', ...named, span: nowhere };
}

/** An entry with a name under one key, and perhaps settings under another, and nothing else. */
function raiseNamed(entry: Plain, nameKey: string, settingsKey: string, path: Path) {
  const name = entry[nameKey];
  if (typeof name !== 'string' || name === '') return undefined;
  if (Object.keys(entry).some((key) => key !== nameKey && key !== settingsKey)) return undefined;
  if (!Object.hasOwn(entry, settingsKey)) return { name: nameOf(name), settings: undefined };
  const settings = entry[settingsKey];
  if (!isRecord(settings)) return undefined;
  return { name: nameOf(name), settings: objectFromPlain(settings, [...path, settingsKey]) };
}

function raiseLoop(entry: Plain, path: Path): Statement | undefined {
  const { variable, source, models, ...rest } = entry;
  if (typeof variable !== 'string' || variable === '' || typeof source !== 'string') return undefined;
  const references = all(models, [...path, 'models'], raiseReference);
  if (references === undefined || Object.keys(rest).length > 0) return undefined;
  if (!references.some(({ model }) => model.text === variable)) return undefined;
  return { kind: 'for', variable: nameOf(variable), source: textValue(source), references, span: nowhere };
}
