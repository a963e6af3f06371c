/**
 * Checks that names are given once.
 *
 * @module
 */
import type { Findings, Path } from './diagnostics.js';
import { textAt } from './raw.js';

/** Reports every item of `items` whose name an earlier one has. */
export function checkDuplicates(
  items: readonly unknown[],
  path: Path,
  what: string,
  findings: Findings,
): void {
  const seen = new Map<string, number>();
  items.forEach((item, index) => {
    const name = textAt(item, 'name');
    if (name === undefined) return;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else {
      findings.error(
        [...path, index, 'name'],
        `${what} \`${name}\` is declared twice`,
        `entry ${first + 1} has the same name; rename one of them`,
      );
    }
  });
}
