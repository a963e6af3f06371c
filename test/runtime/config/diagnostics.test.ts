import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from '../../../src/runtime/config/diagnostics.js';
import type { Diagnostic } from '../../../src/runtime/config/types.js';

const at = (line: number, severity: Diagnostic['severity'], message = 'says so'): Diagnostic => ({
  severity,
  message,
  path: `a[${line}]`,
  hint: 'do this',
  line,
  column: 3,
});

describe('findings as text', () => {
  it('say the same of several places once, with the other lines', () => {
    expect(formatDiagnostics('c.yaml', [at(1, 'warning'), at(2, 'warning', 'else'), at(4, 'warning')])).toBe(
      'c.yaml:1:3 warning: says so (also in line 4)\n  do this\nc.yaml:2:3 warning: else\n  do this',
    );
    const many = Array.from({ length: 12 }, (_, index) => at(index + 1, 'note'));
    expect(formatDiagnostics('c.yaml', many)).toBe(
      'c.yaml:1:3 note: says so (also in lines 2, 3, 4, 5, 6 and 6 more)\n  do this',
    );
  });

  it('tell many older spellings as one, unless each is asked for', () => {
    const old = Array.from(
      { length: 5 },
      (_, index): Diagnostic => ({
        ...at(index + 1, 'note', `\`old_${index}\` is an older name`),
        code: 'deprecated-name',
      }),
    );
    const found = [...old, at(2, 'warning', 'else')];
    expect(formatDiagnostics('c.yaml', found)).toBe(
      'c.yaml:1:3 note: an older layout: 5 spellings have newer ones, e.g. `old_0`, `old_1`, `old_2`\n' +
        '  they are read as they are; `vllm-sr config migrate` names and rewrites each\n' +
        'c.yaml:2:3 warning: else\n  do this',
    );
    expect(formatDiagnostics('c.yaml', found, 'each')).toContain('`old_4` is an older name');
    expect(formatDiagnostics('c.yaml', old.slice(2))).toContain('`old_4` is an older name');
  });

  it('name every error, since each has to be mended', () => {
    expect(formatDiagnostics('c.yaml', [at(1, 'error'), at(4, 'error')]).split('\n')).toHaveLength(4);
  });
});
