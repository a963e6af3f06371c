/**
 * Checks the rules of `routing` or of a recipe: signals, projections, decisions.
 *
 * @module
 */
import { projectionType } from '../decision/projections/types.js';
import { pluginKinds } from '../plugins/index.js';
import { signalFamilies } from '../signals/index.js';
import { checkAction, checkReasoning, checkWeights } from './check-actions.js';
import { checkAlgorithm } from './check-algorithm.js';
import { checkDuplicates } from './check-duplicates.js';
import { checkPlannedRules, checkThresholds, warnPlanned } from './check-planned.js';
import { checkProjections } from './check-projections.js';
import { checkRule, SignalNames } from './check-rules.js';
import { type Findings, formatPath, type Path } from './diagnostics.js';
import { plannedDecision, plannedFamilies, plannedModelRef, plannedPlugins } from './not-yet-available.js';
import { at, isRecord, listAt, textAt } from './raw.js';
import type { RoutingBlock } from './routing-blocks.js';

export interface RulesBlock extends RoutingBlock {
  /** Whether the file had the layout of v0.1 and v0.2. */
  readonly flat: boolean;
  /** Whether servers name the categories of domains: nobody knows their labels before they are asked. */
  readonly openDomains?: boolean;
}

/** Checks one block of rules; names in it are its own. */
export function checkRouting(rules: RulesBlock, findings: Findings): void {
  const names = new SignalNames(rules.block, rules.flat);
  checkSignals(rules, findings);
  checkComposers(rules, names, findings);
  checkProjections(rules, names, findings);
  checkDecisions(rules, names, findings);
}

/** Rule trees that levels of complexity depend on. */
function checkComposers({ block, path }: RulesBlock, names: SignalNames, findings: Findings): void {
  listAt(block, 'signals', 'complexity').forEach((rule, index) => {
    const composer = at(rule, 'composer');
    if (composer === undefined) return;
    const place = [...path, 'signals', 'complexity', index, 'composer'];
    checkRule(composer, place, names, findings);
    if (!mentionsProjection(composer)) return;
    const message =
      'a composer cannot ask for a projection: projections are made of what composers let through';
    findings.error(place, message, 'name the signals themselves');
  });
}

function mentionsProjection(rule: unknown): boolean {
  if (textAt(rule, 'type')?.toLowerCase() === projectionType) return true;
  return listAt(rule, 'conditions').some(mentionsProjection);
}

function checkSignals({ block, path: base, openDomains }: RulesBlock, findings: Findings): void {
  for (const { type, configKey } of [...signalFamilies, ...plannedFamilies]) {
    const path = [...base, 'signals', configKey];
    checkDuplicates(listAt(block, 'signals', configKey), path, `${type} signal`, findings);
  }
  for (const family of signalFamilies) {
    const { type } = family;
    const path = [...base, 'signals', family.configKey];
    const items = listAt(block, 'signals', family.configKey);
    const rules: { readonly name: string }[] = [];
    const indices: number[] = [];
    items.forEach((item, index) => {
      const parsed = family.schema.safeParse(item);
      if (!parsed.success) return;
      rules.push(parsed.data);
      indices.push(index);
    });
    if (rules.length === 0) continue;
    if (type === 'domain' && openDomains === true) continue;
    // What is odd about rules side by side may be due to the one that is missing.
    const complete = rules.length === items.length;
    family.check?.(rules, (position, inner, message, severity = 'error') => {
      const index = indices[position];
      if (index === undefined || (severity !== 'error' && !complete)) return;
      const field =
        inner.length === 0 ? `${type} signal \`${rules[position]?.name}\`` : `\`${formatPath(inner)}\``;
      findings[severity]([...path, index, ...inner], `${field}: ${message.replace(/\.$/, '')}`);
    });
  }
  checkPlannedRules(block, base, findings);
}

function checkDecisions({ block, path: base }: RulesBlock, names: SignalNames, findings: Findings): void {
  const decisions = listAt(block, 'decisions');
  checkDuplicates(decisions, [...base, 'decisions'], 'decision', findings);
  decisions.forEach((decision, index) => {
    if (!isRecord(decision)) return;
    const path: Path = [...base, 'decisions', index];
    const name = textAt(decision, 'name') ?? `#${index + 1}`;
    if (decision.rules !== undefined) checkRule(decision.rules, [...path, 'rules'], names, findings);
    warnPlanned(decision, path, plannedDecision, findings);
    listAt(decision, 'modelRefs').forEach((ref, at) => {
      warnPlanned(ref, [...path, 'modelRefs', at], plannedModelRef, findings);
    });
    checkPlugins(decision, path, findings);
    checkAction(decision, path, { names, decisions }, findings);
    checkReasoning(decision, path, { names, decisions }, findings);
    checkWeights(decision, path, findings);
    if (listAt(decision, 'modelRefs').length === 0 && !answersItself(decision)) {
      findings.warning(
        path,
        `decision \`${name}\` names no model: the default model answers`,
        'add `modelRefs: [{model: …}]`',
      );
    }
    checkAlgorithm(decision, path, findings);
  });
}

/** Whether a decision needs no model: it answers by itself, passes on, or never wins. */
function answersItself(decision: unknown): boolean {
  const action = textAt(decision, 'action', 'type');
  if (action !== undefined && action !== 'route') return true;
  if (textAt(decision, 'action', 'destination') !== undefined) return true;
  return listAt(decision, 'plugins').some((plugin) => textAt(plugin, 'type') === 'fast_response');
}

function checkPlugins(decision: unknown, path: Path, findings: Findings): void {
  const seen = new Set<string>();
  listAt(decision, 'plugins').forEach((plugin, index) => {
    const type = textAt(plugin, 'type');
    if (type === undefined) return;
    const place = [...path, 'plugins', index, 'type'];
    if (seen.has(type)) {
      findings.error(place, `plugin \`${type}\` is given twice in one decision`, 'merge the two');
    }
    seen.add(type);
    if (!plannedPlugins.includes(type)) return;
    checkThresholds(at(plugin, 'configuration'), [...path, 'plugins', index, 'configuration'], findings);
    if (at(plugin, 'configuration', 'enabled') === false) return;
    findings.warning(
      place,
      `plugin \`${type}\` is not available in this version: it does nothing`,
      `available: ${pluginKinds.map((kind) => kind.type).join(', ')}`,
    );
  });
}
