/**
 * Labels of the domain classifier.
 *
 * @module
 */
import { domainLabels } from '../models/catalog/labels.js';

export { domainLabels };

export type DomainLabel = (typeof domainLabels)[number];

/** Other words for a label that leave no doubt. */
const aliases: Readonly<Record<string, DomainLabel>> = {
  cs: 'computer science',
  computerscience: 'computer science',
  mathematics: 'math',
  maths: 'math',
  others: 'other',
};

/** The categories that belong to a domain, as its rule writes them: its name if it lists none. */
export function categoriesOfRule(rule: {
  readonly name: string;
  readonly mmlu_categories?: readonly string[] | undefined;
}): readonly string[] {
  return rule.mmlu_categories?.length ? rule.mmlu_categories : [rule.name];
}

/** The label that `name` stands for: any case, `_` or `-` for the space; undefined if it is none. */
export function canonicalDomainLabel(name: string): DomainLabel | undefined {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
  return (
    domainLabels.find((label) => label === plain) ??
    (Object.hasOwn(aliases, plain) ? aliases[plain] : undefined)
  );
}
