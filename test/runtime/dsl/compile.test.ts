import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { at, listAt, textAt } from '../../../src/runtime/config/raw.js';
import { analyse } from '../../../src/runtime/dsl/analyse.js';
import { mergeIntoBase, routingYaml } from '../../../src/runtime/dsl/compose.js';
import { printed } from './programs.js';

function compile(text: string) {
  const analysis = analyse(text, { env: {} });
  const errors = analysis.diagnostics.filter(({ severity }) => severity === 'error');
  expect(printed(errors)).toEqual([]);
  return analysis.compiled;
}

const decisions = (text: string) => listAt(compile(text), 'routing', 'decisions');

const signals = `
SIGNAL keyword a { operator: OR keywords: ["alpha"] }
SIGNAL keyword b { operator: OR keywords: ["beta"] }
`;

describe('a route', () => {
  it('becomes a decision', () => {
    expect(
      decisions(`${signals}
ROUTE r (description = "why") {
  PRIORITY 7
  TIER 2
  WHEN keyword("a") OR NOT keyword("b")
  MODEL m (reasoning = true, effort = high, weight = 0.5), "n"
  ALGORITHM static
  PLUGIN fast_response { message: "hello" }
  annotations: { owner: "me" }
}`),
    ).toEqual([
      {
        name: 'r',
        description: 'why',
        priority: 7,
        tier: 2,
        rules: {
          operator: 'OR',
          conditions: [
            { type: 'keyword', name: 'a' },
            { operator: 'NOT', conditions: [{ type: 'keyword', name: 'b' }] },
          ],
        },
        modelRefs: [
          { model: 'm', use_reasoning: true, reasoning_effort: 'high', weight: 0.5 },
          { model: 'n' },
        ],
        algorithm: { type: 'static' },
        plugins: [{ type: 'fast_response', configuration: { message: 'hello' } }],
        annotations: { owner: 'me' },
      },
    ]);
  });

  it('without WHEN takes every request', () => {
    expect(decisions('ROUTE r { MODEL m }')).toEqual([
      { name: 'r', rules: { operator: 'AND', conditions: [] }, modelRefs: [{ model: 'm' }] },
    ]);
  });

  it('with FOR over a list has a model for each, over a name it leaves that to the router', () => {
    expect(decisions('ROUTE r { FOR m IN [small, big] { MODEL m (weight = 1), other } }')).toMatchObject([
      {
        modelRefs: [
          { model: 'small', weight: 1 },
          { model: 'other' },
          { model: 'big', weight: 1 },
          { model: 'other' },
        ],
      },
    ]);
    expect(decisions('ROUTE r { MODEL m FOR c IN decision.candidates { MODEL c } }')).toMatchObject([
      { candidateIterations: [{ variable: 'c', source: 'decision.candidates', models: [{ model: 'c' }] }] },
    ]);
  });

  it('takes plugins from templates, own fields first; those of a recipe hide those of the file', () => {
    const compiled = compile(`
PLUGIN polite system_prompt { system_prompt: "Be polite." mode: insert }
ROUTE r { MODEL m PLUGIN polite { mode: replace } }
RECIPE fast {
  PLUGIN polite system_prompt { system_prompt: "Be quick." }
  ROUTE r { MODEL m PLUGIN polite }
}`);
    const configuration = (part: unknown) => at(listAt(part, 'routing', 'decisions')[0], 'plugins');
    expect(configuration(compiled)).toEqual([
      { type: 'system_prompt', configuration: { system_prompt: 'Be polite.', mode: 'replace' } },
    ]);
    expect(configuration(listAt(compiled, 'recipes')[0])).toEqual([
      { type: 'system_prompt', configuration: { system_prompt: 'Be quick.' } },
    ]);
  });
});

describe('a decision tree', () => {
  const tree = `${signals}
DECISION_TREE first {
  IF keyword("a") { NAME "alpha" MODEL m }
  ELSE IF keyword("b") AND keyword("a") { MODEL m }
  ELSE { TIER 1 MODEL n }
}
DECISION_TREE second { IF keyword("b") { MODEL m } ELSE { MODEL n } }
`;

  it('gives each branch a name and a priority that falls', () => {
    expect(decisions(tree).map((decision) => [textAt(decision, 'name'), at(decision, 'priority')])).toEqual([
      ['alpha', 1_000_000],
      ['first_2', 999_999],
      ['first_else', 999_998],
      ['second_1', 999_000],
      ['second_else', 998_999],
    ]);
  });

  it('lets a branch hold only where none before it does', () => {
    const a = { type: 'keyword', name: 'a' };
    const both = { operator: 'AND', conditions: [{ type: 'keyword', name: 'b' }, a] };
    const not = (condition: unknown) => ({ operator: 'NOT', conditions: [condition] });
    expect(decisions(tree).map((decision) => at(decision, 'rules'))).toEqual([
      { operator: 'AND', conditions: [a] },
      { operator: 'AND', conditions: [not(a), both] },
      { operator: 'AND', conditions: [not(a), not(both)] },
      { operator: 'AND', conditions: [{ type: 'keyword', name: 'b' }] },
      not({ type: 'keyword', name: 'b' }),
    ]);
  });

  it('stands with no ROUTE, and has an ELSE', () => {
    const { diagnostics } = analyse(
      `${signals}DECISION_TREE t { IF keyword("a") { MODEL m } }\nROUTE r { MODEL m }`,
      {
        env: {},
      },
    );
    expect(printed(diagnostics)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('warning: DECISION_TREE t has no ELSE'),
        expect.stringContaining('error: ROUTE and DECISION_TREE do not stand together'),
      ]),
    );
  });
});

describe('the other blocks', () => {
  it('become the parts of the configuration that they name', () => {
    expect(
      compile(`
ROUTING { strategy: confidence }
MODEL m { param_size: "8B" }
SIGNAL context long { min_tokens: 32K max_tokens: "64K" }
SIGNAL keyword a { operator: OR keywords: ["x"] }
PROJECTION score load { method: weighted_sum inputs: [{ type: keyword, name: a, weight: 1 }] }
PROJECTION mapping band { source: load method: threshold_bands outputs: [{ name: high, gte: 0.5 }] }
ROUTE r { WHEN projection("high") AND context("long") MODEL m }
ENTRYPOINT { model_names: ["vllm-sr/fast"] recipe: fast }
RECIPE fast (description = "quick") { ROUTE r { MODEL m } }
TEST t { "x" -> r }`),
    ).toEqual({
      routing: {
        strategy: 'confidence',
        modelCards: [{ name: 'm', param_size: '8B' }],
        signals: {
          context: [{ name: 'long', min_tokens: '32K', max_tokens: '64K' }],
          keywords: [{ name: 'a', operator: 'OR', keywords: ['x'] }],
        },
        projections: {
          scores: [
            { name: 'load', method: 'weighted_sum', inputs: [{ type: 'keyword', name: 'a', weight: 1 }] },
          ],
          mappings: [
            {
              name: 'band',
              source: 'load',
              method: 'threshold_bands',
              outputs: [{ name: 'high', gte: 0.5 }],
            },
          ],
        },
        decisions: [
          {
            name: 'r',
            rules: {
              operator: 'AND',
              conditions: [
                { type: 'projection', name: 'high' },
                { type: 'context', name: 'long' },
              ],
            },
            modelRefs: [{ model: 'm' }],
          },
        ],
      },
      entrypoints: [{ model_names: ['vllm-sr/fast'], recipe: 'fast' }],
      recipes: [
        {
          name: 'fast',
          description: 'quick',
          routing: {
            decisions: [
              { name: 'r', rules: { operator: 'AND', conditions: [] }, modelRefs: [{ model: 'm' }] },
            ],
          },
        },
      ],
    });
  });
});

describe('as text', () => {
  const compiled = compile(`${signals}ROUTE r { WHEN keyword("a") MODEL yes }`);

  it('it reads back as it was, also by readers of the older YAML', () => {
    const text = routingYaml(compiled);
    expect(parseYaml(text)).toEqual(compiled);
    expect(parseYaml(text, { version: '1.1' })).toEqual(compiled);
    expect(routingYaml(compile(''))).toBe('routing: {}\n');
  });

  it('it takes the place of the same parts of a base, whose rest and comments stay', () => {
    const base = `# infra
version: v0.3
providers: # who answers
  models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}]
routing:
  modelCards: [{name: m}]
  decisions: [{name: old}]
`;
    const merged = mergeIntoBase(compiled, { text: base, source: 'infra.yaml' });
    expect(merged.replaced).toEqual(['routing.decisions']);
    expect(merged.text).toContain('# infra\n');
    expect(merged.text).toContain('# who answers');
    expect(parseYaml(merged.text)).toMatchObject({
      routing: {
        modelCards: [{ name: 'm' }],
        decisions: [{ name: 'r' }],
        signals: at(compiled, 'routing', 'signals'),
      },
    });
    expect(mergeIntoBase(compiled, { text: 'version: v0.3\n', source: 'x' }).replaced).toEqual([]);
  });
});
