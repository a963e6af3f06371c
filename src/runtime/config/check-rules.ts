/**
 * Checks rule trees of decisions: their form, and that conditions name signals that exist.
 *
 * @module
 */
import { projectionType } from '../decision/projections/types.js';
import { errorPolicies, leafFields, operators, unknownPolicies } from '../decision/types.js';
import { canonicalDomainLabel, type DomainLabel, domainLabels } from '../signals/domain-labels.js';
import { familyOfType, signalFamilies } from '../signals/index.js';
import { predicateProblem, predicateSchema } from '../signals/predicate.js';
import type { SignalFamily } from '../signals/types.js';
import { listNames, nearestName, suggestion } from '../text/suggestions.js';
import type { Findings, Path } from './diagnostics.js';
import { plannedFamilies } from './not-yet-available.js';
import { isRecord, listAt, show, textAt } from './raw.js';

/** Condition types whose names the v0.1 tools never looked at: files with unknown ones were in use. */
export const uncheckedTypes: readonly string[] = ['user_feedback', 'preference'];

const levels: readonly string[] = ['hard', 'medium', 'easy'];

/** Names that conditions of each type may use. */
export class SignalNames {
  readonly #names = new Map<string, ReadonlySet<string>>();
  readonly #types: readonly string[];
  readonly #labels = new Map<string, readonly string[]>();
  /** Classifiers that say which of their labels mean nothing. */
  readonly #withNegatives = new Set<string>();
  /** True if the file declares no domains, so that labels themselves are the domains. */
  readonly domainsImplied: boolean;
  /** True for the layout of v0.1 and v0.2, whose tools did not check every name. */
  readonly flat: boolean;
  /** Declared domains by the labels they hold. */
  readonly #domainOf = new Map<DomainLabel, string>();

  /** @param routing Plain values of `routing`, or of that of a recipe. */
  constructor(routing: unknown, flat: boolean) {
    this.flat = flat;
    const families = [...signalFamilies, ...plannedFamilies];
    for (const { type, configKey } of families) {
      const built = familyOfType(type);
      const rules = listAt(routing, 'signals', configKey);
      const names = rules.flatMap((rule) =>
        built === undefined ? (textAt(rule, 'name') ?? []) : conditionNames(built, rule),
      );
      this.#names.set(type, new Set(names));
    }
    const outputs = listAt(routing, 'projections', 'mappings').flatMap((mapping) =>
      listAt(mapping, 'outputs').flatMap((output) => textAt(output, 'name') ?? []),
    );
    this.#names.set(projectionType, new Set(outputs));
    this.#types = [...families.map((family) => family.type), projectionType];
    for (const classifier of listAt(routing, 'signals', 'classifiers')) {
      const labels = listAt(classifier, 'labels').filter((label) => typeof label === 'string');
      const name = textAt(classifier, 'name') ?? '';
      this.#labels.set(name, labels);
      if (listAt(classifier, 'negative_labels').length > 0) this.#withNegatives.add(name);
    }
    const domains = listAt(routing, 'signals', 'domains');
    this.domainsImplied = domains.length === 0;
    for (const domain of domains) {
      const name = textAt(domain, 'name');
      const categories = listAt(domain, 'mmlu_categories');
      for (const category of name === undefined || categories.length > 0 ? categories : [name]) {
        const label = typeof category === 'string' ? canonicalDomainLabel(category) : undefined;
        if (label !== undefined && name !== undefined) this.#domainOf.set(label, name);
      }
    }
  }

  /** The declared domain that holds a label. */
  domainOf(label: DomainLabel): string | undefined {
    return this.#domainOf.get(label);
  }

  /** Labels that the classifier of a name declares; empty if it declares none. */
  labelsOf(classifier: string): readonly string[] {
    return this.#labels.get(classifier) ?? [];
  }

  /** Whether conditions on the classifier of a name mean something without a label. */
  hasNegativeLabels(classifier: string): boolean {
    return this.#withNegatives.has(classifier);
  }

  get types(): readonly string[] {
    return this.#types;
  }

  of(type: string): ReadonlySet<string> | undefined {
    return this.#names.get(type);
  }

  /** The type of the signal of this name. */
  typeOf(name: string): string | undefined {
    for (const [type, names] of this.#names) if (names.has(name)) return type;
    return undefined;
  }
}

/** Names that conditions use for a rule; for one that is not valid, its own. */
function conditionNames(family: SignalFamily, rule: unknown): readonly string[] {
  const parsed = family.conditionNames === undefined ? undefined : family.schema.safeParse(rule);
  if (parsed?.success && family.conditionNames !== undefined) return family.conditionNames(parsed.data);
  const name = textAt(rule, 'name');
  return name === undefined ? [] : [name];
}

/** Config key of a family, e.g. `keywords` for `keyword`. */
function configKeyOf(type: string): string | undefined {
  return [...signalFamilies, ...plannedFamilies].find((family) => family.type === type)?.configKey;
}

/** Checks the rule at `path` and everything below it. */
export function checkRule(rule: unknown, path: Path, names: SignalNames, findings: Findings): void {
  const forms = 'a rule is `{type, name}` or `{operator, conditions}`';
  if (!isRecord(rule)) {
    const hint = Array.isArray(rule) ? 'put the list under `conditions` and add `operator: AND`' : undefined;
    findings.error(path, `${forms}; found ${show(rule)}`, hint);
    return;
  }
  const keys = Object.keys(rule);
  const leaf = keys.some((key) => key === 'type' || key === 'name');
  const composite = keys.some((key) => key === 'operator' || key === 'conditions');
  const known = composite ? ['operator', 'conditions'] : ['type', 'name', ...leafFields];
  for (const key of keys) {
    if (['type', 'name', 'operator', 'conditions'].includes(key)) continue;
    if (leaf && !composite && leafFields.includes(key)) continue;
    findings.error([...path, key], `unknown key \`${key}\` in a rule`, suggestion(key, known), 'key');
  }
  if (leaf && composite) {
    findings.error(
      path,
      'this rule is a condition (`type`, `name`) and an operator (`operator`, `conditions`) at once',
      'make the condition one of `conditions`',
    );
  } else if (composite) {
    checkComposite(rule, path, names, findings);
  } else if (leaf) {
    checkLeaf(rule, path, names, findings);
  } else if (keys.length === 0) {
    findings.error(path, `this rule is empty; ${forms}`, 'leave `rules` out to match every request');
  }
}

function checkComposite(
  rule: Record<string, unknown>,
  path: Path,
  names: SignalNames,
  findings: Findings,
): void {
  const { operator, conditions } = rule;
  const upper = typeof operator === 'string' ? operator.toUpperCase() : '';
  const known = operators.find((candidate) => candidate === operator);
  if (known === undefined) {
    const meant = operators.find((candidate) => candidate === upper);
    const allowed = `allowed: ${listNames(operators)}`;
    const hint = meant === undefined ? nearestOperator(upper, allowed) : `write \`${meant}\` in upper case`;
    findings.error([...path, 'operator'], `found operator ${show(operator)}; ${allowed}`, hint);
  }
  if (conditions === undefined) {
    const hint = known === 'AND' ? 'write `conditions: []` to match every request' : undefined;
    findings.error([...path, 'conditions'], `\`conditions\` is missing beside \`operator\``, hint, 'key');
    return;
  }
  if (!Array.isArray(conditions)) {
    findings.error([...path, 'conditions'], `\`conditions\`: found ${show(conditions)}; expected a list`);
    return;
  }
  if (known === 'NOT' && conditions.length !== 1) {
    findings.error(
      [...path, 'conditions'],
      `NOT needs exactly one condition; found ${conditions.length}`,
      conditions.length > 1 ? 'put the conditions into one AND or OR below the NOT' : undefined,
    );
  }
  if (known === 'OR' && conditions.length === 0) {
    findings.error(
      [...path, 'conditions'],
      'OR without conditions never matches',
      'add a condition, or use AND with an empty list to match every request',
    );
  }
  conditions.forEach((child, index) => {
    checkRule(child, [...path, 'conditions', index], names, findings);
  });
}

function nearestOperator(upper: string, allowed: string): string | undefined {
  const near = upper === 'NOR' ? undefined : nearestName(upper, operators);
  if (upper === 'NOR') return 'put an OR below a NOT';
  return near === undefined ? undefined : `did you mean \`${near}\`? ${allowed}`;
}

function checkLeaf(rule: Record<string, unknown>, path: Path, names: SignalNames, findings: Findings): void {
  const { name } = rule;
  const type = typeof rule.type === 'string' ? rule.type.toLowerCase() : rule.type;
  for (const key of ['type', 'name'] as const) {
    const value = rule[key];
    if (value === undefined)
      findings.error([...path, key], `\`${key}\` is missing in a condition`, undefined, 'key');
    else if (typeof value !== 'string' || value === '') {
      const hint =
        typeof value === 'number' || typeof value === 'boolean'
          ? `write it in quotes: "${value}"`
          : undefined;
      findings.error([...path, key], `\`${key}\`: found ${show(value)}; expected text`, hint);
    }
  }
  checkLeafFields(rule, path, findings);
  if (typeof type !== 'string' || type === '') return;
  const known = names.of(type);
  if (known === undefined) {
    const meant = [...signalFamilies, ...plannedFamilies].find((family) => family.configKey === type);
    const hint = meant === undefined ? suggestion(type, names.types) : `did you mean \`${meant.type}\`?`;
    findings.error([...path, 'type'], `unknown signal type \`${type}\``, hint);
    return;
  }
  if (type === 'hallucination') {
    const message = 'signal type `hallucination` is about answers and cannot be a condition';
    findings.error([...path, 'type'], message, 'remove the condition');
    return;
  }
  if (typeof name !== 'string' || name === '') return;
  const at: Path = [...path, 'name'];
  if (rule.label !== undefined && typesWithoutLabels.includes(type)) {
    const message = `\`label\`: signals of type ${type} report no labels`;
    findings.error([...path, 'label'], message, 'remove it', 'key');
  }
  const labels = type === 'classifier' ? names.labelsOf(name) : [];
  if (typeof rule.label === 'string' && labels.length > 0 && !labels.includes(rule.label)) {
    const message = `classifier \`${name}\` has no label \`${rule.label}\``;
    findings.error([...path, 'label'], message, suggestion(rule.label, labels, 'labels'));
  }
  if (
    type === 'classifier' &&
    known.has(name) &&
    rule.label === undefined &&
    !names.hasNegativeLabels(name)
  ) {
    const message = `this condition names no \`label\` of classifier \`${name}\`: it holds whatever label is sure enough`;
    const found = labels.length > 0 ? `, one of ${listNames(labels)}` : '';
    const hint = `add \`label\`${found}; or say with \`negative_labels\` of the classifier which ones mean nothing`;
    findings.warning(path, message, hint);
  }
  if (known.has(name) && type !== 'complexity') return;
  if (type === 'complexity') {
    checkComplexity(name, known, at, findings);
  } else if (type === 'domain') {
    checkDomain(name, known, names, at, findings);
  } else if (names.flat && uncheckedTypes.includes(type)) {
    const message = `unknown ${type} signal \`${name}\`: the condition never matches`;
    findings.warning(at, message, undeclared(type, name, known));
  } else {
    const other = names.typeOf(name);
    const hint =
      other === undefined
        ? undeclared(type, name, known)
        : `\`${name}\` is a ${other} signal: write \`type: ${other}\``;
    findings.error(at, `unknown ${type} signal \`${name}\``, hint);
  }
}

/** Types whose signals are about one thing each. */
const typesWithoutLabels: readonly string[] = [
  ...['keyword', 'context', 'structure', 'language', 'authz', 'metadata', 'conversation', 'event'],
  ...['embedding', 'complexity', projectionType],
];

/** Form of the fields beside `type` and `name`. */
function checkLeafFields(rule: Record<string, unknown>, path: Path, findings: Findings): void {
  const { label, predicate } = rule;
  if (label !== undefined && (typeof label !== 'string' || label === '')) {
    findings.error([...path, 'label'], `\`label\`: found ${show(label)}; expected text`);
  }
  for (const [key, allowed] of [
    ['on_error', errorPolicies],
    ['on_unknown', unknownPolicies],
  ] as const) {
    const value = rule[key];
    if (value === undefined || allowed.some((policy) => policy === value)) continue;
    const hint = typeof value === 'string' ? suggestion(value, allowed) : `allowed: ${listNames(allowed)}`;
    findings.error([...path, key], `\`${key}\`: found ${show(value)}`, hint);
  }
  if (predicate === undefined) return;
  const place: Path = [...path, 'predicate'];
  if (!isRecord(predicate)) {
    findings.error(place, `\`predicate\`: found ${show(predicate)}; expected a mapping`, 'e.g. `{gte: 0.7}`');
    return;
  }
  let sound = true;
  for (const [key, value] of Object.entries(predicate)) {
    if (!boundKeys.includes(key)) {
      findings.error(
        [...place, key],
        `unknown key \`${key}\` in a predicate`,
        suggestion(key, boundKeys),
        'key',
      );
    } else if (typeof value !== 'number' || !Number.isFinite(value)) {
      findings.error([...place, key], `\`${key}\`: found ${show(value)}; expected a number`);
    } else continue;
    sound = false;
  }
  const bounds = predicateSchema.safeParse(predicate);
  const problem = sound && bounds.success ? predicateProblem(bounds.data) : undefined;
  if (problem !== undefined) findings.error(place, `\`predicate\`: ${problem.replace(/\.$/, '')}`);
}

const boundKeys: readonly string[] = Object.keys(predicateSchema.shape);

/** A label that is not declared as a domain is one where there is no doubt what else it could mean. */
function checkDomain(
  name: string,
  known: ReadonlySet<string>,
  names: SignalNames,
  at: Path,
  findings: Findings,
): void {
  const label = canonicalDomainLabel(name);
  if (names.domainsImplied) {
    if (label === undefined) {
      findings.error(at, `unknown domain \`${name}\``, suggestion(name, domainLabels, 'labels'));
    }
    return;
  }
  const holder = label === undefined ? undefined : names.domainOf(label);
  const hint =
    holder === undefined
      ? undeclared('domain', name, known)
      : `did you mean \`${holder}\`, the domain that holds the label \`${label}\`?`;
  if (names.flat && label !== undefined) {
    const message = `domain \`${name}\` is not declared: it is read as the label \`${label}\``;
    findings.warning(at, message, holder === undefined ? 'declare it under `signals.domains`' : hint);
  } else {
    findings.error(at, `unknown domain signal \`${name}\``, hint);
  }
}

function undeclared(type: string, name: string, known: ReadonlySet<string>): string {
  const key = configKeyOf(type);
  const place = key === undefined ? 'routing.projections.mappings[].outputs' : `routing.signals.${key}`;
  if (known.size === 0) return `declare it under \`${place}\`, which has none`;
  return suggestion(name, known, `declared under \`${place}\``);
}

function checkComplexity(name: string, known: ReadonlySet<string>, at: Path, findings: Findings): void {
  const colon = name.lastIndexOf(':');
  const rule = colon < 0 ? name : name.slice(0, colon);
  const level = colon < 0 ? undefined : name.slice(colon + 1);
  // The family lists each level as a name of its own.
  if (!known.has(rule) && !known.has(`${rule}:${levels[0]}`)) {
    findings.error(at, `unknown complexity signal \`${rule}\``, undeclared('complexity', rule, known));
  } else if (level === undefined || !levels.includes(level)) {
    findings.error(
      at,
      `found \`${name}\`; a complexity condition names a level`,
      `write ${levels.map((each) => `\`${rule}:${each}\``).join(', ')}`,
    );
  }
}
