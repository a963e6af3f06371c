/**
 * A configuration as lint rules look at it.
 *
 * @module
 */
import { isComposite, type LeafRule, type Rule } from '../../decision/types.js';
import { signalFamilies } from '../../signals/index.js';
import type { Path } from '../diagnostics.js';
import { at, listAt } from '../raw.js';
import type { Decision, LoadedConfig, RouterConfig, Routing } from '../types.js';
import { Logic } from './logic.js';
import { Precedence } from './precedence.js';
import { relationsOf } from './relations.js';

/** One rule under `routing.signals`. */
export interface SignalRule {
  readonly type: string;
  readonly name: string;
  readonly path: Path;
  /** Names under which conditions refer to it. */
  readonly names: readonly string[];
  /** As its family's schema leaves it. */
  readonly rule: unknown;
}

/** Rules that belong together. */
export interface Policy {
  /** Where they stand: `routing`, or that of a recipe. */
  readonly path: Path;
  readonly decisions: readonly Decision[];
  readonly signals: readonly SignalRule[];
  /** The block of the file with defaults filled in. */
  readonly block: unknown;
  readonly precedence: Precedence;
  readonly logic: Logic;
}

export interface LintedFile {
  readonly config: RouterConfig;
  /** The file in the canonical layout. */
  readonly document: LoadedConfig['document'];
  readonly policies: readonly Policy[];
}

export function lintedFile({ config, document }: LoadedConfig): LintedFile {
  const recipes = config.recipes.map((recipe, index) =>
    policyOf(recipe, ['recipes', index, 'routing'], at(listAt(document, 'recipes')[index], 'routing')),
  );
  return {
    config,
    document,
    policies: [policyOf(config, ['routing'], document.routing), ...recipes],
  };
}

function policyOf(routing: Routing, path: Path, block: unknown): Policy {
  const { decisions, strategy } = routing;
  return {
    path,
    decisions,
    signals: signalRulesOf(routing, path),
    block,
    precedence: new Precedence(decisions, strategy),
    logic: new Logic(
      decisions.map(({ rules }) => rules),
      relationsOf(routing),
    ),
  };
}

export function decisionPath({ path }: Policy, index: number): Path {
  return [...path, 'decisions', index];
}

function signalRulesOf({ signals }: Routing, path: Path): SignalRule[] {
  return signalFamilies.flatMap((family) => {
    return (signals[family.configKey] ?? []).map((rule, index) => {
      const parsed = family.conditionNames === undefined ? undefined : family.schema.safeParse(rule);
      return {
        type: family.type,
        name: rule.name,
        path: [...path, 'signals', family.configKey, index],
        names: parsed?.success ? (family.conditionNames?.(parsed.data) ?? [rule.name]) : [rule.name],
        rule,
      };
    });
  });
}

/** A condition as people name it: `keyword:urgent`. */
export function leafName({ type, name, label }: LeafRule): string {
  return label === undefined ? `${type}:${name}` : `${type}:${name}:${label}`;
}

/** A rule on one line, cut where it gets long. */
export function ruleText(rule: Rule, depth = 0): string {
  if (!isComposite(rule)) return leafName(rule);
  const parts = rule.conditions.map((condition) => ruleText(condition, depth + 1));
  if (rule.operator === 'NOT') return `NOT ${parts[0] ?? ''}`;
  const shown = parts.length > 4 ? [...parts.slice(0, 3), '…'] : parts;
  const text = shown.join(` ${rule.operator} `);
  return depth > 0 ? `(${text})` : text;
}

/** All conditions below a rule, with their places. */
export function leavesOf(
  rule: Rule | undefined,
  path: Path,
): readonly { readonly leaf: LeafRule; readonly path: Path; readonly negated: boolean }[] {
  const found: { leaf: LeafRule; path: Path; negated: boolean }[] = [];
  const visit = (node: Rule, place: Path, negated: boolean): void => {
    if (!isComposite(node)) found.push({ leaf: node, path: place, negated });
    else {
      node.conditions.forEach((child, index) => {
        visit(child, [...place, 'conditions', index], node.operator === 'NOT' ? !negated : negated);
      });
    }
  };
  if (rule !== undefined) visit(rule, path, false);
  return found;
}
