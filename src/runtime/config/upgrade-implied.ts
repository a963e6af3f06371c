/**
 * What files of v0.1 and v0.2 could leave undeclared and later layouts want declared.
 *
 * @module
 */
import { isSeq, YAMLMap, YAMLSeq } from 'yaml';
import { SignalNames, uncheckedTypes } from './check-rules.js';
import type { Findings, Path } from './diagnostics.js';
import { impliedDomains } from './implied-domains.js';
import { itemsAt, mapAt, newPair, nodeOf, toPlain } from './nodes.js';
import { at, isRecord, listAt, textAt } from './raw.js';

/**
 * Declares the labels that conditions of a file in the canonical layout name beside declared domains. Of undeclared
 * conditions that cannot be declared without changing what they do it only warns.
 */
export function declareImplied(root: YAMLMap, findings: Findings): void {
  const routing = at(toPlain(root), 'routing');
  warnOfUndeclared(routing, findings);
  const list = nodeOf(mapAt(root, 'routing', 'signals'), 'domains');
  // Where no domain is declared, labels need no declaration in any layout.
  if (!isSeq(list) || itemsAt(list).length === 0) return;
  for (const { name, mmlu_categories } of impliedDomains(routing)) {
    const labels = new YAMLSeq();
    labels.flow = true;
    for (const label of mmlu_categories) labels.add(label);
    const domain = new YAMLMap();
    domain.items.push(newPair('name', name), newPair('mmlu_categories', labels));
    list.items.push(domain);
    const path = ['routing', 'signals', 'domains'];
    findings.note(path, `domain \`${name}\` was not declared and is added`, 'check that its label is meant');
  }
}

function warnOfUndeclared(routing: unknown, findings: Findings): void {
  const names = new SignalNames(routing, true);
  const visit = (rule: unknown, path: Path): void => {
    if (!isRecord(rule)) return;
    const [type, name] = [textAt(rule, 'type')?.toLowerCase() ?? '', textAt(rule, 'name') ?? ''];
    if (uncheckedTypes.includes(type) && names.of(type)?.has(name) === false) {
      findings.warning(
        [...path, 'name'],
        `unknown ${type} signal \`${name}\`: the condition never matches, and the new layout refuses it`,
        'declare the signal, or take the condition out',
      );
    }
    listAt(rule, 'conditions').forEach((child, index) => {
      visit(child, [...path, 'conditions', index]);
    });
  };
  listAt(routing, 'decisions').forEach((decision, index) => {
    visit(at(decision, 'rules'), ['routing', 'decisions', index, 'rules']);
  });
}
