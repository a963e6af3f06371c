import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listAt, textAt } from '../../../src/runtime/config/raw.js';
import { nodesOf, type Program } from '../../../src/runtime/dsl/ast.js';
import { canonicalRouting } from '../../../src/runtime/dsl/canonical.js';
import { raiseConfig } from '../../../src/runtime/dsl/decompile.js';
import { Problems } from '../../../src/runtime/dsl/diagnostics.js';
import { formatProgram } from '../../../src/runtime/dsl/format.js';
import { lowerProgram } from '../../../src/runtime/dsl/lower.js';
import { SourceText } from '../../../src/runtime/dsl/source.js';
import { plainObject } from '../../../src/runtime/dsl/values.js';
import { parsed, printed, program, withoutSpans } from './programs.js';

const numRuns = 60;

/** Plain data of what a tree compiles to. */
function compiled(tree: Program): unknown {
  const problems = new Problems();
  const { document } = lowerProgram(nodesOf(tree), problems);
  const errors = problems.resolve(new SourceText('')).filter(({ severity }) => severity === 'error');
  expect(printed(errors)).toEqual([]);
  return plainObject(document);
}

/** Names of branches are chosen freely, so two may have the same; then nothing comes back. */
function hasTwins(config: unknown): boolean {
  const scopes = [config, ...listAt(config, 'recipes')];
  return scopes.some((scope) => {
    const names = listAt(scope, 'routing', 'decisions').map((decision) => textAt(decision, 'name'));
    return new Set(names).size < names.length;
  });
}

describe('whatever a file says', () => {
  it('its text, once formatted, says the same', () => {
    fc.assert(
      fc.property(program, (tree) => {
        const text = formatProgram(tree);
        expect(withoutSpans(parsed(text))).toEqual(withoutSpans(tree));
      }),
      { numRuns },
    );
  });

  it('formatting twice changes nothing more', () => {
    fc.assert(
      fc.property(program, (tree) => {
        const once = formatProgram(tree);
        expect(formatProgram(parsed(once))).toBe(once);
      }),
      { numRuns },
    );
  });

  it('what it compiles to is canonical, and comes back from decompiling and compiling', () => {
    fc.assert(
      fc.property(program, (tree) => {
        const config = compiled(tree);
        fc.pre(!hasTwins(config));
        expect(canonicalRouting(config)).toEqual(config);
        expect(compiled(parsed(formatProgram(raiseConfig(config))))).toEqual(config);
      }),
      { numRuns },
    );
  });

  it('decompiling what was compiled from a decompiled file gives the same text', () => {
    fc.assert(
      fc.property(program, (tree) => {
        const config = compiled(tree);
        fc.pre(!hasTwins(config));
        const once = formatProgram(raiseConfig(config));
        expect(formatProgram(raiseConfig(compiled(parsed(once))))).toBe(once);
      }),
      { numRuns },
    );
  });
});
