/**
 * Rows of an evaluation file: a request and what is expected of it.
 *
 * @module
 */
import type { RoutingRequest } from '../../../runtime/apis/types.js';
import type { RouterConfig } from '../../../runtime/config/types.js';
import { VsrError } from '../../../runtime/errors.js';
import { canonicalDomainLabel, domainLabels } from '../../../runtime/signals/domain-labels.js';
import { nearestName } from '../../../runtime/text/suggestions.js';
import { parseObject } from '../lines.js';
import { rowRequest } from '../requests.js';

export const expectationKinds = ['label', 'decision', 'model'] as const;
export type ExpectationKind = (typeof expectationKinds)[number];

/** What stands for "no decision" or "no model" in reports. */
export const none = '(none)';

export interface Case {
  readonly request: RoutingRequest;
  readonly kind: ExpectationKind;
  /** As it is compared: labels in their canonical spelling. */
  readonly expected: string;
}

/** Names that an expectation may use. */
export type KnownNames = Readonly<Record<ExpectationKind, readonly string[]>>;

/** What the configuration can answer; an expectation of anything else can never be met. */
export function knownNames({ decisions, models }: RouterConfig): KnownNames {
  return {
    label: domainLabels,
    decision: decisions.map(({ name }) => name),
    model: models.flatMap(({ name, loras }) => [name, ...loras]),
  };
}

/** Reads a row; throws VSR_INPUT_INVALID with the fix as hint. `model` is the name that asks the router to choose. */
export function readCase(text: string, known: KnownNames, model: string): Case {
  const fields = parseObject(text);
  const given = expectationKinds.filter((kind) => fields[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined) {
    throw invalid('says nothing about what is expected', 'Add "label", "decision" or "model".');
  }
  if (given.length > 1) {
    throw invalid(`has ${given.length} expectations (${given.join(', ')})`, 'Keep one of them per row.');
  }
  const expected = expectationOf(kind, fields[kind], known);
  // The expected model must not be taken for the one that the request names.
  return { request: rowRequest(fields, model), kind, expected };
}

function expectationOf(kind: ExpectationKind, value: unknown, known: KnownNames): string {
  if (value === null || value === '') {
    if (kind === 'label') throw invalid('`label` is empty', `Labels are ${domainLabels.join(', ')}.`);
    return none;
  }
  if (typeof value !== 'string')
    throw invalid(`\`${kind}\` is no string`, 'Write the name as a JSON string.');
  const name =
    kind === 'label' ? canonicalDomainLabel(value) : known[kind].find((candidate) => candidate === value);
  if (name !== undefined) return name;
  const nearest = nearestName(value, known[kind]);
  throw invalid(
    kind === 'label' ? `\`${value}\` is no label` : `the configuration has no ${kind} \`${value}\``,
    nearest === undefined ? `Use one of ${known[kind].join(', ')}.` : `Did you mean \`${nearest}\`?`,
  );
}

function invalid(message: string, hint: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', message, { hint });
}
