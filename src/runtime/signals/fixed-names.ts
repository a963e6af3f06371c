/**
 * Families whose rules are the labels of a model: their names are given.
 *
 * @module
 */
import { didYouMean } from '../text/suggestions.js';
import type { RuleIssueReporter } from './types.js';

/** Warns about rules whose name is no label: older tools accepted them, and they can never match. */
export function checkFixedNames(
  rules: readonly { readonly name: string }[],
  names: readonly string[],
  report: RuleIssueReporter,
): void {
  rules.forEach(({ name }, index) => {
    if (names.includes(name)) return;
    const hint = didYouMean(name, names) || `; names are ${names.join(', ')}`;
    report(index, ['name'], `found \`${name}\`, which is none: the rule can never match${hint}`, 'warning');
  });
}
