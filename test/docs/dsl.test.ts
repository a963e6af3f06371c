import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../src/runtime/dsl/analyse.js';
import { formatDslDiagnostics } from '../../src/runtime/dsl/diagnostics.js';

const text = readFileSync(new URL('../../docs/dsl.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/^```dsl\n(.*?)^```$/gms)].map(([, example = '']) => example);

describe('the examples of docs/dsl.md', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(4);
  });

  it.each(examples)('have no errors: %s', (example) => {
    const { diagnostics } = analyse(example, { env: {} });
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(formatDslDiagnostics('docs/dsl.md', errors)).toBe('');
  });
});
