// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { describe, expect, it } from 'vitest';
import { request, route, routerFor } from './support.js';

const models = `version: v0.3
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: h}]}
    - {name: big, provider_model_id: org/big-32b, backend_refs: [{endpoint: h}]}
    - {name: coder, backend_refs: [{endpoint: h}]}
`;

/** Conditions on keyword signals `a`, `b`, `c`, each found by its own letter tripled. */
const has = (letter: string) => `{type: keyword, name: ${letter}}`;
const not = (rule: string) => `{operator: NOT, conditions: [${rule}]}`;
const and = (...rules: string[]) => `{operator: AND, conditions: [${rules.join(', ')}]}`;
const or = (...rules: string[]) => `{operator: OR, conditions: [${rules.join(', ')}]}`;
const decision = (name: string, rules: string, more = 'modelRefs: [{model: big}]') =>
  `    - {name: ${name}${rules && `, rules: ${rules}`}, ${more}}\n`;
const letters = ['a', 'b', 'c', 'd']
  .map((letter) => `      - {name: ${letter}, operator: OR, keywords: [${letter.repeat(3)}]}\n`)
  .join('');
const config = (decisions: string, more = '') =>
  `${models}routing:\n${more}  signals:\n    keywords:\n${letters}  decisions:\n${decisions}`;

type Case = readonly [
  what: string,
  text: string,
  prompt: string,
  decision: string | undefined,
  model: string | undefined,
];

const big = 'modelRefs: [{model: big}]';
const coder = 'modelRefs: [{model: coder}]';
const at = (priority: number, more = big) => `priority: ${priority}, ${more}`;

const two = (first: number, second: number) =>
  config(decision('one', has('a'), at(first)) + decision('two', has('b'), at(second, coder)));
const confidence = (decisions: string) => config(decisions, '  strategy: confidence\n');

const groups: Readonly<Record<string, readonly Case[]>> = {
  'rule trees': [
    ['a bare condition', config(decision('d', has('a'))), 'aaa', 'd', 'org/big-32b'],
    ['a bare condition that fails', config(decision('d', has('a'))), 'x', undefined, 'small'],
    ['AND, both', config(decision('d', and(has('a'), has('b')))), 'aaa bbb', 'd', 'org/big-32b'],
    ['AND, one', config(decision('d', and(has('a'), has('b')))), 'aaa', undefined, 'small'],
    ['OR, one', config(decision('d', or(has('a'), has('b')))), 'bbb', 'd', 'org/big-32b'],
    ['OR, none', config(decision('d', or(has('a'), has('b')))), 'x', undefined, 'small'],
    ['NOT', config(decision('d', not(has('a')))), 'x', 'd', 'org/big-32b'],
    ['NOT of a match', config(decision('d', not(has('a')))), 'aaa', undefined, 'small'],
    ['double NOT', config(decision('d', not(not(has('a'))))), 'aaa', 'd', 'org/big-32b'],
    ['AND NOT', config(decision('d', and(has('a'), not(has('b'))))), 'aaa', 'd', 'org/big-32b'],
    [
      'AND NOT, both there',
      config(decision('d', and(has('a'), not(has('b'))))),
      'aaa bbb',
      undefined,
      'small',
    ],
    ['NOT OR is neither', config(decision('d', not(or(has('a'), has('b'))))), 'x', 'd', 'org/big-32b'],
    ['NOT OR, one there', config(decision('d', not(or(has('a'), has('b'))))), 'bbb', undefined, 'small'],
    ['NOT AND, one there', config(decision('d', not(and(has('a'), has('b'))))), 'aaa', 'd', 'org/big-32b'],
    [
      'OR of ANDs, second',
      config(decision('d', or(and(has('a'), has('b')), and(has('c'), has('d'))))),
      'ccc ddd',
      'd',
      'org/big-32b',
    ],
    [
      'OR of ANDs, halves',
      config(decision('d', or(and(has('a'), has('b')), and(has('c'), has('d'))))),
      'aaa ddd',
      undefined,
      'small',
    ],
    [
      'AND of ORs',
      config(decision('d', and(or(has('a'), has('b')), or(has('c'), has('d'))))),
      'bbb ccc',
      'd',
      'org/big-32b',
    ],
    [
      'AND of ORs, one side',
      config(decision('d', and(or(has('a'), has('b')), or(has('c'), has('d'))))),
      'aaa bbb',
      undefined,
      'small',
    ],
    ['no rules', config(decision('d', '')), 'x', 'd', 'org/big-32b'],
    ['an empty AND', config(decision('d', and())), '', 'd', 'org/big-32b'],
    ['a type in capitals', config(decision('d', '{type: Keyword, name: a}')), 'aaa', 'd', 'org/big-32b'],
    [
      'conditions without operator',
      config(decision('d', `{conditions: [${has('a')}, ${has('b')}]}`)),
      'aaa',
      undefined,
      'small',
    ],
    ['one condition twice', config(decision('d', and(has('a'), has('a')))), 'aaa', 'd', 'org/big-32b'],
    ['a contradiction', config(decision('d', and(has('a'), not(has('a'))))), 'aaa', undefined, 'small'],
    [
      'an unavailable signal',
      config(decision('d', or('{type: fact_check, name: needs_fact_check}', has('a')))).replace(
        '  signals:',
        '  signals:\n    fact_check: [{name: needs_fact_check}]',
      ),
      'aaa',
      'd',
      'org/big-32b',
    ],
  ],
  priorities: [
    ['the higher wins', two(1, 2), 'aaa bbb', 'two', 'coder'],
    ['whatever the order', two(2, 1), 'aaa bbb', 'one', 'org/big-32b'],
    ['only what matches', two(9, 1), 'bbb', 'two', 'coder'],
    ['below zero', two(-1, -2), 'aaa bbb', 'one', 'org/big-32b'],
    [
      'none is 0',
      config(decision('one', has('a'), big) + decision('two', has('b'), at(-1, coder))),
      'aaa bbb',
      'one',
      'org/big-32b',
    ],
    ['huge', two(2000000000, 1999999999), 'aaa bbb', 'one', 'org/big-32b'],
    ['a tie goes to the name', two(5, 5), 'aaa bbb', 'one', 'org/big-32b'],
    [
      'a tie, names in other order',
      config(decision('z', has('a'), at(5)) + decision('y', has('b'), at(5, coder))),
      'aaa bbb',
      'y',
      'coder',
    ],
    [
      'the bands of the roadmap',
      config(
        decision('block', has('a'), at(200)) +
          decision('override', has('b'), at(150)) +
          decision('boost', has('c'), at(100)) +
          decision('default', '', at(0, coder)),
      ),
      'bbb ccc',
      'override',
      'org/big-32b',
    ],
    [
      'the catch-all last',
      config(decision('block', has('a'), at(200)) + decision('default', '', at(0, coder))),
      'x',
      'default',
      'coder',
    ],
    [
      'a catch-all above hides the rest',
      config(decision('one', has('a'), at(1)) + decision('all', '', at(2, coder))),
      'aaa',
      'all',
      'coder',
    ],
    [
      'same priority: certain beats catch-all',
      config(decision('z', has('a'), at(1)) + decision('all', '', at(1, coder))),
      'aaa',
      'z',
      'org/big-32b',
    ],
  ],
  confidence: [
    [
      'a keyword beats the catch-all',
      confidence(decision('one', has('a'), at(1)) + decision('all', '', at(9, coder))),
      'aaa',
      'one',
      'org/big-32b',
    ],
    [
      'equal confidence: priority',
      confidence(decision('one', has('a'), at(1)) + decision('two', has('b'), at(2, coder))),
      'aaa bbb',
      'two',
      'coder',
    ],
    [
      'equal all: name',
      confidence(decision('b', has('a'), at(1)) + decision('a', has('b'), at(1, coder))),
      'aaa bbb',
      'a',
      'coder',
    ],
    [
      'an AND with a catch-all inside is less sure',
      confidence(decision('one', and(has('a'), and()), at(9)) + decision('two', has('b'), at(1, coder))),
      'aaa bbb',
      'two',
      'coder',
    ],
    [
      'OR takes the surest',
      confidence(decision('one', or(and(), has('a')), at(9)) + decision('two', has('b'), at(1, coder))),
      'aaa bbb',
      'one',
      'org/big-32b',
    ],
    [
      'NOT is certain',
      confidence(decision('one', not(has('c')), at(9)) + decision('two', has('b'), at(1, coder))),
      'bbb',
      'one',
      'org/big-32b',
    ],
    [
      'global.router.strategy',
      `${config(decision('one', has('a'), at(1)) + decision('all', '', at(9, coder)))}global: {router: {strategy: confidence}}\n`,
      'aaa',
      'one',
      'org/big-32b',
    ],
    [
      'routing.strategy wins over it',
      `${config(decision('one', has('a'), at(1)) + decision('all', '', at(9, coder)), '  strategy: priority\n')}global: {router: {strategy: confidence}}\n`,
      'aaa',
      'all',
      'coder',
    ],
  ],
  tiers: [
    [
      'the lower tier wins over priority',
      config(
        decision('one', has('a'), `tier: 2, ${at(9)}`) +
          decision('two', has('b'), `tier: 1, ${at(1, coder)}`),
      ),
      'aaa bbb',
      'two',
      'coder',
    ],
    [
      'tier 0 comes first',
      config(decision('one', has('a'), at(1)) + decision('two', has('b'), `tier: 1, ${at(9, coder)}`)),
      'aaa bbb',
      'one',
      'org/big-32b',
    ],
    [
      'no tier matches: priority',
      config(
        decision('one', has('a'), at(1)) +
          decision('two', has('b'), at(9, coder)) +
          decision('three', has('c'), `tier: 1, ${at(99)}`),
      ),
      'aaa bbb',
      'two',
      'coder',
    ],
    [
      'in one tier: priority',
      config(
        decision('one', has('a'), `tier: 1, ${at(1)}`) +
          decision('two', has('b'), `tier: 1, ${at(2, coder)}`),
      ),
      'aaa bbb',
      'two',
      'coder',
    ],
    [
      'in one tier: confidence before priority',
      config(
        decision('one', has('a'), `tier: 1, ${at(1)}`) + decision('two', and(), `tier: 1, ${at(2, coder)}`),
      ),
      'aaa',
      'one',
      'org/big-32b',
    ],
  ],
  models: [
    [
      'the first reference',
      config(decision('d', '', 'modelRefs: [{model: coder}, {model: big}]')),
      'x',
      'd',
      'coder',
    ],
    ['no reference: the default', config(decision('d', '', 'priority: 1')), 'x', 'd', 'small'],
    ['an empty list of references', config(decision('d', '', 'modelRefs: []')), 'x', 'd', 'small'],
    ['nothing matches: the default', config(decision('d', has('a'))), 'x', undefined, 'small'],
    ['no decisions: the default', models, 'x', undefined, 'small'],
    [
      'no default',
      config(decision('d', has('a'))).replace('  defaults: {model: small}\n', ''),
      'x',
      undefined,
      undefined,
    ],
    [
      'no default, a match',
      config(decision('d', has('a'))).replace('  defaults: {model: small}\n', ''),
      'aaa',
      'd',
      'org/big-32b',
    ],
    [
      'an adapter',
      config(
        decision('d', '', 'modelRefs: [{model: big, lora_name: law}]'),
        '  modelCards: [{name: big, loras: [{name: law}]}]\n',
      ),
      'x',
      'd',
      'law',
    ],
    [
      'a weight alone does not matter',
      config(decision('d', '', 'modelRefs: [{model: coder}, {model: big, weight: 0.9}]')),
      'x',
      'd',
      'coder',
    ],
    [
      'an algorithm that is not built',
      config(decision('d', '', 'modelRefs: [{model: coder}, {model: big}], algorithm: {type: elo}')),
      'x',
      'd',
      'coder',
    ],
    [
      'only an answer of the router',
      config(decision('d', has('a'), 'plugins: [{type: fast_response, configuration: {message: no}}]')),
      'aaa',
      'd',
      'small',
    ],
    [
      'ids by provider',
      config(decision('d', '')).replace(
        'provider_model_id: org/big-32b',
        'external_model_ids: {vllm: v, openai: o}',
      ),
      'x',
      'd',
      'v',
    ],
  ],
};

for (const [group, cases] of Object.entries(groups)) {
  describe(group, () => {
    it.each(cases)('%s', async (_, text, prompt, expected, model) => {
      expect(await route(routerFor(text), request(prompt))).toMatchObject({ decision: expected, model });
    });
  });
}

describe('names that ask the router to choose', () => {
  const text = config(decision('d', ''));
  const named = (list: string) => `${text}global: {router: {${list}}}\n`;
  it.each([
    [text, 'auto', true],
    [text, 'vllm-sr/auto', true],
    [text, 'MoM', true],
    [text, 'mom', false],
    [text, 'Auto', false],
    [text, 'small', false],
    [named('auto_model_name: pick'), 'pick', true],
    [named('auto_model_name: pick'), 'auto', true],
    [named('auto_model_name: pick'), 'MoM', false],
    [named('auto_model_names: [pick, choose]'), 'choose', true],
    [named('auto_model_names: [pick, choose]'), 'auto', false],
    [named('auto_model_names: [pick], auto_model_name: MoM'), 'MoM', false],
    [named('auto_model_names: []'), 'auto', false],
  ])('%#: %s', (config, name, expected) => {
    expect(routerFor(config).isAuto(name)).toBe(expected);
  });

  it.each([
    ['small', 'small'],
    ['big', 'org/big-32b'],
    ['law', 'law'],
  ])('%s is a model by itself', async (name, upstream) => {
    const router = routerFor(
      config(decision('d', ''), '  modelCards: [{name: big, loras: [{name: law}]}]\n'),
    );
    const { plan, model } = await route(router, request('x', { model: name }));
    expect([plan.kind, model]).toEqual(['explicit', upstream]);
  });

  it('what is neither is refused, with the nearest name', () => {
    expect(() => routerFor(text).plan(request('x', { model: 'smal' }))).toThrow(
      expect.objectContaining({ code: 'VSR_MODEL_NOT_FOUND', hint: 'Did you mean `small`?' }),
    );
  });
});

describe('reasoning', () => {
  it.each([
    ['{model: big}', 'low', { enabled: false, effort: 'low' }],
    ['{model: big, use_reasoning: true}', 'low', { enabled: true, effort: 'low' }],
    [
      '{model: big, use_reasoning: true, reasoning_effort: medium}',
      'low',
      { enabled: true, effort: 'medium' },
    ],
    [
      '{model: big, use_reasoning: false, reasoning_effort: medium}',
      'low',
      { enabled: false, effort: 'medium' },
    ],
    ['{model: big, use_reasoning: true}', '', { enabled: true, effort: 'high' }],
  ])('%s with default %s', async (ref, effort, expected) => {
    const text = config(decision('d', '', `modelRefs: [${ref}]`));
    const router = routerFor(
      effort ? text.replace('{model: small}', `{model: small, reasoning_effort: ${effort}}`) : text,
    );
    expect((await route(router, request('x'))).plan.reasoning).toEqual(expected);
  });

  it.each([
    ['qwen3', { type: 'chat_template_kwargs', parameter: 'enable_thinking' }],
    ['deepseek', { type: 'chat_template_kwargs', parameter: 'thinking' }],
    ['gpt-oss', { type: 'reasoning_effort', parameter: 'reasoning_effort' }],
    ['gpt', { type: 'reasoning_effort', parameter: 'reasoning_effort' }],
    ['mistral', { type: 'top_level_reasoning_effort', parameter: 'reasoning_effort' }],
  ])('family %s', (family, dialect) => {
    const text = models.replace('name: small,', `name: small, reasoning: {family: ${family}},`);
    expect(routerFor(text).loaded.config.models[0]?.reasoning).toEqual(dialect);
  });
});
