/**
 * Rows that say which signals should match, or which decision should win.
 *
 * @module
 */
import type { RoutingRequest } from '../../../runtime/apis/types.js';
import { asRecord } from '../../../runtime/config/raw.js';
import type { RouterConfig } from '../../../runtime/config/types.js';
import { recipeOf } from '../../../runtime/decision/routing-of.js';
import { VsrError } from '../../../runtime/errors.js';
import { fullName, type Named, resolveName } from '../../../runtime/policy/recipe-names.js';
import { signalsOfRecipes } from '../../../runtime/policy/signals-in-use.js';
import { none } from '../../../runtime/policy/test-file.js';
import type { RowLabels } from '../../../runtime/policy/tune/observations.js';
import { suggestion } from '../../../runtime/text/suggestions.js';
import { parseObject } from '../lines.js';
import { rowRequest } from '../requests.js';
import { decisionNames, virtualModelOf } from '../virtual-models.js';

export interface TuningRow {
  readonly line: number;
  readonly request: RoutingRequest;
  readonly labels: RowLabels;
}

/** Names that rows may use. */
export interface TuningNames {
  /** Signals that are evaluated. */
  readonly signals: readonly Named[];
  readonly decisions: readonly Named[];
}

/** Names of a configuration and its recipes. */
export function tuningNames(config: RouterConfig): TuningNames {
  return {
    signals: signalsOfRecipes(config).map(({ recipe, type, name }) => ({
      recipe,
      names: [`${type}:${name}`, name],
    })),
    decisions: decisionNames(config),
  };
}

const kinds = ['signals', 'label', 'decision'] as const;

/**
 * Reads a row; throws VSR_INPUT_INVALID with the fix as hint.
 *
 * @param model Virtual model that rows without one ask for.
 */
export function readTuningRow(
  line: number,
  text: string,
  names: TuningNames,
  config: RouterConfig,
  model: string,
): TuningRow {
  const fields = parseObject(text);
  const given = kinds.filter((kind) => fields[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    throw invalid(
      kind === undefined ? 'says nothing about what should match' : `has several of ${given.join(', ')}`,
      'Give one of "signals": {"embedding:x": true}, "label": "embedding:x" and "decision": "name".',
    );
  }
  const asked = virtualModelOf(fields.model, config) ?? model;
  const recipe = recipeOf(config, asked);
  return { line, request: rowRequest(fields, asked), labels: labelsOf(kind, fields[kind], names, recipe) };
}

function labelsOf(
  kind: (typeof kinds)[number],
  value: unknown,
  names: TuningNames,
  recipe: string,
): RowLabels {
  if (kind === 'decision') return { kind, decision: decisionOf(value, names, recipe) };
  if (kind === 'label') {
    const labels: readonly unknown[] = Array.isArray(value) ? value : value === '' ? [] : [value];
    return { kind: 'labels', matching: new Set(labels.map((label) => signalOf(label, names, recipe))) };
  }
  const entries = Object.entries(asRecord(value) ?? {});
  if (entries.length === 0)
    throw invalid('`signals` is no object with names', 'Write {"embedding:x": true}.');
  const signals = new Map<string, boolean>();
  for (const [name, wanted] of entries) {
    if (typeof wanted !== 'boolean')
      throw invalid(`\`signals.${name}\` is neither true nor false`, 'Write true or false.');
    signals.set(signalOf(name, names, recipe), wanted);
  }
  return { kind: 'signals', signals };
}

function decisionOf(value: unknown, { decisions }: TuningNames, recipe: string): string | undefined {
  if (value === null || value === '') return undefined;
  if (value === none && resolveName(value, decisions, recipe).kind !== 'one') return undefined;
  return nameOf(value, decisions, recipe, (name) => `the configuration has no decision \`${name}\``);
}

/** `family:name`, or a name that only one signal has. */
function signalOf(value: unknown, { signals }: TuningNames, recipe: string): string {
  return nameOf(value, signals, recipe, (name) => `no decision asks for a signal \`${name}\``);
}

function nameOf(
  value: unknown,
  known: readonly Named[],
  recipe: string,
  unknown: (name: string) => string,
): string {
  const name = String(value);
  const resolved = resolveName(name, known, recipe);
  if (resolved.kind === 'one') return resolved.name;
  const { names } = resolved;
  if (names.length === 0) throw invalid(unknown(name), sentence(suggestion(name, known.map(fullName))));
  throw invalid(`\`${name}\` may be ${names.join(' or ')}`, 'Write its full name.');
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?]$/.test(capital) ? capital : `${capital}.`;
}

function invalid(message: string, hint: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', message, { hint });
}
