import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml, stringify } from 'yaml';
import { ConfigError } from '../../../src/runtime/config/diagnostics.js';
import { migrateConfigText } from '../../../src/runtime/config/migrate.js';
import { nodesOf } from '../../../src/runtime/dsl/ast.js';
import { canonicalRouting } from '../../../src/runtime/dsl/canonical.js';
import { decompileConfigText, raiseConfig } from '../../../src/runtime/dsl/decompile.js';
import { DslError, Problems } from '../../../src/runtime/dsl/diagnostics.js';
import { formatProgram } from '../../../src/runtime/dsl/format.js';
import { lowerProgram } from '../../../src/runtime/dsl/lower.js';
import { plainObject } from '../../../src/runtime/dsl/values.js';
import { parsed } from './programs.js';

const compiled = (text: string) => plainObject(lowerProgram(nodesOf(parsed(text)), new Problems()).document);

const folder = new URL('../../acceptance/configs/', import.meta.url);
const configs = readdirSync(folder).map((name) => fileURLToPath(new URL(name, folder)));

/** Data without null, which means "not given" in a configuration. */
const { data } = fc.letrec((tie) => ({
  data: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.constantFrom('AND', 'OR', 'NOT', 'keyword', 'retention', 'true', '12', 'null'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.array(tie('data'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        ...['type', 'name', 'operator', 'conditions', 'model', 'use_reasoning', 'reasoning', 'configuration'],
        ...['kind', 'retention', 'keyword', 'variable', 'source', 'models', 'x y'],
      ),
      tie('data'),
      { maxKeys: 3 },
    ),
  ),
}));

const decision = fc
  .tuple(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        ...[
          'description',
          'priority',
          'tier',
          'rules',
          'modelRefs',
          'algorithm',
          'plugins',
          'emits',
          'action',
        ],
        ...['candidateIterations', 'annotations', 'no such key'],
      ),
      fc.oneof(data, fc.array(data, { maxLength: 2 })),
      { maxKeys: 5 },
    ),
  )
  .map(([name, rest]) => ({ ...rest, name }));

describe('decompiling', () => {
  it.each(configs.map((file) => [basename(file), file]))(
    'and compiling again gives the routing of %s',
    (_, file) => {
      const text = readFileSync(file, 'utf8');
      const config: unknown = parseYaml(migrateConfigText(text, file).text, { logLevel: 'silent' });
      const dsl = decompileConfigText(text, file).text;
      // Empty values of YAML mean "not given".
      const routing: unknown = JSON.parse(
        JSON.stringify(canonicalRouting(config), (_key, value: unknown) => value ?? undefined),
      );
      expect(compiled(dsl)).toEqual(routing);
    },
  );

  it('keeps what no statement can say as data', () => {
    fc.assert(
      fc.property(fc.uniqueArray(decision, { selector: ({ name }) => name, maxLength: 3 }), (decisions) => {
        const canonical = canonicalRouting({ routing: { decisions } });
        expect(compiled(formatProgram(raiseConfig({ routing: { decisions } })))).toEqual(canonical);
      }),
      { numRuns: 300 },
    );
  });

  it('reads statements where they fit', () => {
    const text = stringify({
      routing: {
        decisions: [
          {
            name: 'a',
            priority: 'safety',
            rules: {
              operator: 'OR',
              conditions: [{ operator: 'AND', conditions: [{ type: 'keyword', name: 'x' }] }],
            },
            modelRefs: [{ model: 'm', use_reasoning: true, reasoning_effort: 'low', lora_name: 'l' }],
            algorithm: { type: 'confidence', confidence: { threshold: 0.5 }, on_error: 'skip' },
            plugins: [{ type: 'fast_response', configuration: { message: 'no' } }, { type: 'memory' }],
            emits: [{ kind: 'retention', retention: { drop: true } }],
            action: { type: 'block' },
          },
          { name: 'b', rules: { operator: 'OR', conditions: [] }, modelRefs: ['m'] },
          { name: 'c', rules: { operator: 'AND', conditions: [] } },
        ],
      },
    });
    expect(decompileConfigText(text, 'f').text).toBe(`ROUTE a {
  PRIORITY safety
  WHEN keyword("x")
  MODEL m (reasoning = true, effort = "low", lora = "l")
  ALGORITHM confidence (on_error = "skip") { threshold: 0.5 }
  PLUGIN fast_response { message: "no" }
  PLUGIN memory
  EMIT retention { drop: true }
  action: { type: "block" }
}

ROUTE b {
  rules: { operator: "OR", conditions: [] }
  modelRefs: ["m"]
}

ROUTE c {}
`);
  });

  it('reads older layouts, and says which parts it leaves out', () => {
    const text = 'keyword_rules: [{name: x, operator: OR, keywords: [a]}]\nlisteners: [{port: 1}]\n';
    const { left } = decompileConfigText(text, 'f');
    expect(left).toContain('listeners');
  });

  it('says where a part has no words', () => {
    const refusal = (text: string) => {
      try {
        return decompileConfigText(text, 'f.yaml').text;
      } catch (error) {
        if (error instanceof DslError || error instanceof ConfigError) return error.message;
        throw error;
      }
    };
    expect(refusal('routing:\n  signals:\n    keywords:\n      - {operator: OR}\n')).toBe(
      '1 error in f.yaml:\nf.yaml:4:9 error: `routing.signals.keywords[0]` has no name',
    );
    expect(refusal('routing:\n  signals:\n    keyword: [{name: a}]\n')).toBe(
      '1 error in f.yaml:\nf.yaml:3:14 error: `routing.signals.keyword` is no known family of signals',
    );
    expect(refusal('routing:\n  fallback: {a: .inf}\n')).toBe(
      '1 error in f.yaml:\nf.yaml:2:17 error: `routing.fallback.a` holds Infinity, which the DSL cannot write',
    );
    expect(refusal('routing: [')).toContain('not valid YAML');
  });
});
