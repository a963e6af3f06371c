import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lintRules } from '../../../../src/runtime/config/lint/index.js';

it('the docs list every rule of the linter, as it is', () => {
  const text = readFileSync(new URL('../../../../docs/configuration-lifecycle.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (.*) \| (warning|note) \|$/gm)].map(
    ([, ...cells]) => cells,
  );
  expect(rows).toEqual(lintRules.map(({ code, summary, severity }) => [code, summary, severity]));
});
