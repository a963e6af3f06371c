/**
 * Rows that say which signals should match, or which decision should win.
 *
 * @module
 */
import type { RoutingRequest } from '../../../runtime/apis/types.js';
import { asRecord } from '../../../runtime/config/raw.js';
import { VsrError } from '../../../runtime/errors.js';
import type { RowLabels } from '../../../runtime/policy/tune/observations.js';
import { suggestion } from '../../../runtime/text/suggestions.js';
import { parseObject } from '../lines.js';
import { rowRequest } from '../requests.js';

export interface TuningRow {
  readonly line: number;
  readonly request: RoutingRequest;
  readonly labels: RowLabels;
}

/** Names that rows may use. */
export interface TuningNames {
  /** `family:name` of the signals that are evaluated. */
  readonly signals: readonly string[];
  readonly decisions: readonly string[];
}

const kinds = ['signals', 'label', 'decision'] as const;

/** Reads a row; throws VSR_INPUT_INVALID with the fix as hint. */
export function readTuningRow(line: number, text: string, names: TuningNames, model: string): TuningRow {
  const fields = parseObject(text);
  const given = kinds.filter((kind) => fields[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    throw invalid(
      kind === undefined ? 'says nothing about what should match' : `has several of ${given.join(', ')}`,
      'Give one of "signals": {"embedding:x": true}, "label": "embedding:x" and "decision": "name".',
    );
  }
  return { line, request: rowRequest(fields, model), labels: labelsOf(kind, fields[kind], names) };
}

function labelsOf(kind: (typeof kinds)[number], value: unknown, names: TuningNames): RowLabels {
  if (kind === 'decision') return { kind, decision: decisionOf(value, names) };
  if (kind === 'label') {
    const labels: readonly unknown[] = Array.isArray(value) ? value : value === '' ? [] : [value];
    return { kind: 'labels', matching: new Set(labels.map((label) => signalOf(label, names))) };
  }
  const entries = Object.entries(asRecord(value) ?? {});
  if (entries.length === 0)
    throw invalid('`signals` is no object with names', 'Write {"embedding:x": true}.');
  const signals = new Map<string, boolean>();
  for (const [name, wanted] of entries) {
    if (typeof wanted !== 'boolean')
      throw invalid(`\`signals.${name}\` is neither true nor false`, 'Write true or false.');
    signals.set(signalOf(name, names), wanted);
  }
  return { kind: 'signals', signals };
}

function decisionOf(value: unknown, { decisions }: TuningNames): string | undefined {
  if (value === null || value === '') return undefined;
  if (typeof value === 'string' && decisions.includes(value)) return value;
  throw invalid(
    `the configuration has no decision \`${String(value)}\``,
    sentence(suggestion(String(value), decisions)),
  );
}

/** `family:name`, or a name that only one signal has. */
function signalOf(value: unknown, { signals }: TuningNames): string {
  const name = String(value);
  if (signals.includes(name)) return name;
  const [only, ...others] = signals.filter((signal) => signal.slice(signal.indexOf(':') + 1) === name);
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    throw invalid(`\`${name}\` may be ${[only, ...others].join(' or ')}`, 'Write the family in front of it.');
  }
  throw invalid(`no decision asks for a signal \`${name}\``, sentence(suggestion(name, signals)));
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?]$/.test(capital) ? capital : `${capital}.`;
}

function invalid(message: string, hint: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', message, { hint });
}
