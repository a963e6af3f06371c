/**
 * Expectations of a policy test: whether they can be met at all, and whether an evaluation meets them.
 *
 * @module
 */
import type { Findings, Path } from '../config/diagnostics.js';
import type { RouterConfig } from '../config/types.js';
import type { Evaluation } from '../decision/evaluation.js';
import { defaultRecipe, routingsInUse } from '../decision/routing-of.js';
import type { Plan } from '../selection/types.js';
import { shortNumber } from '../text/numbers.js';
import { suggestion } from '../text/suggestions.js';
import { type Expectation, none, type PolicyTestFile } from './test-file.js';

/** One expectation that was not met. */
export interface Miss {
  /** Field of `expect`. */
  readonly field: keyof Expectation;
  readonly expected: string;
  readonly actual: string;
}

/** What the signals and the plan of a configuration are called. */
interface KnownNames {
  readonly decisions: readonly string[];
  readonly models: readonly string[];
  /** `family:name` of every signal that a decision asks for: others are never evaluated. */
  readonly signals: readonly string[];
}

/**
 * Adds a finding for every name in the file that the configuration does not have: such an expectation can
 * never be met, or always is.
 *
 * @param signals `family:name` of every signal that a decision asks for.
 */
export function checkExpectations(
  file: PolicyTestFile,
  config: RouterConfig,
  signals: readonly string[],
  findings: Findings,
): void {
  const known: KnownNames = {
    decisions: [...routingsInUse(config).values()].flatMap(({ decisions }) =>
      decisions.map(({ name }) => name),
    ),
    models: config.models.flatMap(({ name, loras }) => [name, ...loras]),
    signals,
  };
  const recipes = [...routingsInUse(config).keys()];
  for (const { path, expect } of file.cases) {
    const at = (field: string): Path => [...path, 'expect', field];
    checkNames(expect.decision, known.decisions, 'decision', at('decision'), findings);
    checkNames(expect.recipe === undefined ? [] : [expect.recipe], recipes, 'recipe', at('recipe'), findings);
    checkNames(expect.model, known.models, 'model', at('model'), findings);
    for (const field of ['matched', 'not_matched'] as const) {
      expect[field]?.forEach((name, index) => {
        if (known.signals.includes(name)) return;
        const message = `no decision of the configuration asks for a signal \`${name}\``;
        findings.error([...at(field), index], message, suggestion(name, known.signals));
      });
    }
  }
}

function checkNames(
  names: readonly string[] | undefined,
  known: readonly string[],
  kind: string,
  path: Path,
  findings: Findings,
): void {
  for (const name of names ?? []) {
    if (name === none || known.includes(name)) continue;
    findings.error(path, `the configuration has no ${kind} \`${name}\``, suggestion(name, [...known, none]));
  }
}

/** Decision that won, as expectations name it. */
export function decisionName({ decision }: Pick<Evaluation, 'decision'>): string {
  return decision?.name ?? none;
}

/** Model that would answer, as expectations name it: a LoRA name wins. */
export function modelName({ modelRef, target }: Pick<Plan, 'modelRef' | 'target'>): string {
  return modelRef?.loraName ?? target?.model.name ?? none;
}

/** Expectations that `plan` does not meet, in the order of the schema; none if all are met. */
export function missesOf(expect: Expectation, plan: Plan): Miss[] {
  const { evaluation, reasoning } = plan;
  const misses: Miss[] = [];
  const check = (field: Miss['field'], met: boolean, expected: string, actual: string) => {
    if (!met) misses.push({ field, expected, actual });
  };
  if (expect.decision !== undefined) {
    const actual = decisionName(evaluation);
    check('decision', expect.decision.includes(actual), expect.decision.join(' or '), actual);
  }
  if (expect.model !== undefined) {
    const actual = modelName(plan);
    check('model', expect.model.includes(actual), expect.model.join(' or '), actual);
  }
  if (expect.recipe !== undefined) {
    const actual = evaluation.recipe ?? defaultRecipe;
    check('recipe', actual === expect.recipe, expect.recipe, actual);
  }
  if (expect.blocked !== undefined) {
    const actual = plan.block !== undefined;
    check('blocked', actual === expect.blocked, yesNo(expect.blocked), yesNo(actual));
  }
  if (expect.reasoning !== undefined) {
    const actual = reasoning?.enabled === true;
    check('reasoning', actual === expect.reasoning, onOff(expect.reasoning), onOff(actual));
  }
  if (expect.reasoning_effort !== undefined) {
    const actual = reasoning?.enabled === true ? reasoning.effort : none;
    check('reasoning_effort', actual === expect.reasoning_effort, expect.reasoning_effort, actual);
  }
  for (const field of ['matched', 'not_matched'] as const) {
    for (const name of expect[field] ?? []) {
      const actual = statusOf(evaluation, name);
      check(field, actual === field, `${name} ${words[field]}`, words[actual]);
    }
  }
  const plugins = plan.plugins.map(({ type }) => type);
  for (const name of expect.plugins ?? []) {
    check('plugins', plugins.includes(name), name, plugins.join(', ') || none);
  }
  if (expect.min_confidence !== undefined) {
    const { confidence } = evaluation;
    const met = confidence >= expect.min_confidence;
    check('min_confidence', met, `at least ${expect.min_confidence}`, shortNumber(confidence));
  }
  return misses;
}

const words = { matched: 'matched', not_matched: 'not matched', unavailable: 'unavailable' } as const;

function onOff(enabled: boolean): string {
  return enabled ? 'on' : 'off';
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function statusOf({ signals }: Evaluation, label: string): keyof typeof words {
  const signal = signals.find(({ type, name }) => `${type}:${name}` === label);
  return signal?.outcome?.status ?? 'unavailable';
}
