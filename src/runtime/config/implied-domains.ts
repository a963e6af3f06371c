/**
 * Domains that are declared nowhere: labels of the classifier that conditions name.
 *
 * @module
 */
import { canonicalDomainLabel, type DomainLabel } from '../signals/domain-labels.js';
import { at, isRecord, listAt, textAt } from './raw.js';

export interface ImpliedDomain {
  readonly name: string;
  readonly mmlu_categories: readonly DomainLabel[];
}

/** Labels that conditions, scores and partitions of `routing` (plain values) name, less the domains that stand there. */
export function impliedDomains(routing: unknown): readonly ImpliedDomain[] {
  const names = new Set<string>();
  for (const decision of listAt(routing, 'decisions')) collectDomains(at(decision, 'rules'), names);
  for (const score of listAt(routing, 'projections', 'scores')) {
    for (const input of listAt(score, 'inputs')) collectDomains(input, names);
  }
  const embeddings = new Set(listAt(routing, 'signals', 'embeddings').map((rule) => textAt(rule, 'name')));
  for (const partition of listAt(routing, 'projections', 'partitions')) {
    for (const member of listAt(partition, 'members')) {
      if (typeof member === 'string' && !embeddings.has(member)) names.add(member);
    }
  }
  for (const domain of listAt(routing, 'signals', 'domains')) names.delete(textAt(domain, 'name') ?? '');
  return [...names].flatMap((name) => {
    const label = canonicalDomainLabel(name);
    return label === undefined ? [] : [{ name, mmlu_categories: [label] }];
  });
}

function collectDomains(rule: unknown, names: Set<string>): void {
  if (!isRecord(rule)) return;
  const name = textAt(rule, 'name');
  // Types are read in any case.
  if (textAt(rule, 'type')?.toLowerCase() === 'domain' && name !== undefined) names.add(name);
  for (const child of listAt(rule, 'conditions')) collectDomains(child, names);
}
