/**
 * Rows of an evaluation file: a request and what is expected of it.
 *
 * @module
 */
import type { RoutingRequest } from '../../../runtime/apis/types.js';
import type { RouterConfig } from '../../../runtime/config/types.js';
import { recipeOf } from '../../../runtime/decision/routing-of.js';
import { VsrError } from '../../../runtime/errors.js';
import { fullName, type Named, resolveName } from '../../../runtime/policy/recipe-names.js';
import { none as noneInTests } from '../../../runtime/policy/test-file.js';
import { canonicalDomainLabel, domainLabels } from '../../../runtime/signals/domain-labels.js';
import { nearestName } from '../../../runtime/text/suggestions.js';
import { parseObject } from '../lines.js';
import { rowRequest } from '../requests.js';
import { decisionNames, virtualModelOf } from '../virtual-models.js';

export const expectationKinds = ['label', 'decision', 'model'] as const;
export type ExpectationKind = (typeof expectationKinds)[number];

/** What stands for "no decision" or "no model" in reports. */
export const none = '(none)';

export interface Case {
  readonly request: RoutingRequest;
  readonly kind: ExpectationKind;
  /** As it is compared: labels in their canonical spelling, decisions of a recipe as `recipe/decision`. */
  readonly expected: string;
}

/** Names that an expectation may use. */
export interface KnownNames {
  readonly decisions: readonly Named[];
  readonly models: readonly string[];
}

/** What the configuration can answer; an expectation of anything else can never be met. */
export function knownNames(config: RouterConfig): KnownNames {
  return {
    decisions: decisionNames(config),
    models: config.models.flatMap(({ name, loras }) => [name, ...loras]),
  };
}

/**
 * Reads a row; throws VSR_INPUT_INVALID with the fix as hint. A virtual model under `model` is what the row asks for,
 * any other is what it expects.
 *
 * @param model Virtual model that rows without one ask for.
 */
export function readCase(text: string, known: KnownNames, config: RouterConfig, model: string): Case {
  const fields = parseObject(text);
  const virtual = virtualModelOf(fields.model, config);
  const given = expectationKinds.filter(
    (kind) => fields[kind] !== undefined && (kind !== 'model' || virtual === undefined),
  );
  const [kind] = given;
  if (kind === undefined) {
    throw invalid('says nothing about what is expected', 'Add "label", "decision" or "model".');
  }
  if (given.length > 1) {
    throw invalid(`has ${given.length} expectations (${given.join(', ')})`, 'Keep one of them per row.');
  }
  const asked = virtual ?? model;
  const expected = expectationOf(kind, fields[kind], known, recipeOf(config, asked));
  // The expected model must not be taken for the one that the request names.
  return { request: rowRequest(fields, asked), kind, expected };
}

function expectationOf(
  kind: ExpectationKind,
  value: unknown,
  { decisions, models }: KnownNames,
  recipe: string,
): string {
  if (value === null || value === '') {
    if (kind === 'label') throw invalid('`label` is empty', `Labels are ${domainLabels.join(', ')}.`);
    return none;
  }
  if (typeof value !== 'string')
    throw invalid(`\`${kind}\` is no string`, 'Write the name as a JSON string.');
  if (kind === 'label')
    return canonicalDomainLabel(value) ?? unknown(`\`${value}\` is no label`, value, domainLabels);
  if (kind === 'model') {
    if (models.includes(value)) return value;
    return value === noneInTests
      ? none
      : unknown(`the configuration has no model \`${value}\``, value, models);
  }
  const resolved = resolveName(value, decisions, recipe);
  if (resolved.kind === 'one') return resolved.name;
  if (value === noneInTests) return none;
  if (resolved.names.length === 0)
    return unknown(`the configuration has no decision \`${value}\``, value, decisions.map(fullName));
  throw invalid(`\`${value}\` may be ${resolved.names.join(' or ')}`, 'Write the recipe in front of it.');
}

function unknown(message: string, value: string, known: readonly string[]): never {
  const nearest = nearestName(value, known);
  throw invalid(
    message,
    nearest === undefined ? `Use one of ${known.join(', ')}.` : `Did you mean \`${nearest}\`?`,
  );
}

function invalid(message: string, hint: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', message, { hint });
}
