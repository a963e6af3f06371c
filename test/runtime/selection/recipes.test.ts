import { describe, expect, it } from 'vitest';
import { listedModels } from '../../../src/runtime/apis/models.js';
import { ask, errorsOf, load, routerOf, warningsOf } from './support.js';

const word = (name: string) => `{keywords: [{name: w, operator: OR, keywords: [${name}]}]}`;
const decision = (name: string, model: string, more = '') =>
  `{name: ${name}, rules: {type: keyword, name: w}, modelRefs: [{model: ${model}}]${more}}`;

const twoRecipes = `
routing:
  signals: ${word('hello')}
  decisions: [${decision('greet', 'big')}]
recipes:
  - name: cheap
    description: For small things.
    routing:
      signals: ${word('bye')}
      decisions: [${decision('part', 'third')}]
  - name: idle
    routing: {decisions: []}
entrypoints:
  - {model_names: [team/cheap, budget], recipe: cheap}
  - {model_names: [usual], recipe: default}
`;

describe('a recipe', () => {
  const router = routerOf(twoRecipes);
  const plan = async (model: string, text: string) => {
    const { evaluation, target } = await router.plan(ask(text, { model }));
    return [evaluation.recipe, evaluation.decision?.name, target?.model.name];
  };

  it('answers for its virtual models, with names of its own', async () => {
    expect(await plan('auto', 'hello')).toEqual(['default', 'greet', 'big']);
    expect(await plan('auto', 'bye')).toEqual(['default', undefined, 'small']);
    expect(await plan('team/cheap', 'bye')).toEqual(['cheap', 'part', 'third']);
    expect(await plan('budget', 'hello')).toEqual(['cheap', undefined, 'small']);
    expect(await plan('usual', 'hello')).toEqual(['default', 'greet', 'big']);
  });

  it('is listed by its virtual names; one that nothing leads to is pointed out', () => {
    const listed = listedModels(load(twoRecipes).config, 0).map(({ id, description }) => [id, description]);
    expect(listed).toContainEqual(['team/cheap', 'For small things.']);
    expect(listed.map(([id]) => id)).toEqual([
      'vllm-sr/auto',
      'auto',
      'MoM',
      'team/cheap',
      'budget',
      'usual',
    ]);
    expect(warningsOf(twoRecipes).join()).toContain('no entrypoint leads to recipe `idle`');
  });

  it('takes over from another one that sends the request to it', async () => {
    const chained = routerOf(`
routing:
  signals: ${word('hello')}
  decisions:
    - {name: onward, rules: {type: keyword, name: w}, action: {type: route, destination: next}}
    - {name: aside, rules: {operator: AND, conditions: []}, action: {type: route, destination: big}}
recipes:
  - {name: second, routing: {decisions: [{name: end, modelRefs: [{model: third}]}]}}
entrypoints: [{model_names: [next], recipe: second}]
`);
    const sent = await chained.plan(ask('hello'));
    expect(sent.target?.model.name).toBe('third');
    expect(sent.evaluation).toMatchObject({
      recipe: 'second',
      via: [{ recipe: 'default', decision: 'onward' }],
    });
    const byName = routerOf(`
routing: {decisions: [{name: d, action: {type: route, destination: second}}]}
recipes: [{name: second, routing: {decisions: [{name: end, modelRefs: [{model: third}]}]}}]
`);
    expect((await byName.plan(ask('hello'))).target?.model.name).toBe('third');
    const aside = await chained.plan(ask('what'));
    expect([aside.target?.model.name, aside.reason]).toEqual([
      'big',
      'decision `aside` sends the request to it',
    ]);
  });
});

describe('the file', () => {
  it('may not give a name twice, or to nothing', () => {
    const errors = errorsOf(`
routing: {modelCards: [{name: big, loras: [{name: big-law}]}]}
recipes: [{name: one, routing: {}}, {name: one, routing: {}}, {name: default, routing: {}}]
entrypoints:
  - {model_names: [big, big-law, auto, fresh], recipe: one}
  - {model_names: [fresh], recipe: ones}
`).join('\n');
    expect(errors).toContain('recipe `one` is declared twice');
    expect(errors).toContain('`default` is the name of the rules under `routing`');
    expect(errors).toContain('the name `big` is taken by a model');
    expect(errors).toContain('the name `big-law` is taken by a LoRA adapter');
    expect(errors).toContain('the name `auto` is taken by the router');
    expect(errors).toContain('the name `fresh` is taken by another entrypoint');
    expect(errors).toContain('unknown recipe `ones` (did you mean `one`?');
  });

  it('is checked inside recipes as under routing', () => {
    const errors = errorsOf(`
recipes:
  - name: r
    routing:
      signals: {keywords: [{name: w, operator: OR, keywords: [x]}, {name: w, operator: OR, keywords: [y]}]}
      decisions:
        - {name: d, rules: {type: keyword, name: v}, modelRefs: [{model: bigg}]}
        - {name: e, rules: {type: keyword}, modelRefs: [{model: big}]}
entrypoints: [{model_names: [v], recipe: r}]
`);
    const text = errors.join('\n');
    expect(text).toContain(
      'recipes[0].routing.signals.keywords[1].name: keyword signal `w` is declared twice',
    );
    expect(text).toContain('recipes[0].routing.decisions[0].rules.name: unknown keyword signal `v`');
    expect(text).toContain('recipes[0].routing.decisions[0].modelRefs[0].model: unknown model `bigg`');
    expect(text).toContain('recipes[0].routing.decisions[1].rules.name: `name` is missing in a condition');
  });

  it('may not send requests round in a circle', () => {
    const hop = (to: string) => `{decisions: [{name: d, action: {type: route, destination: ${to}}}]}`;
    const errors = errorsOf(`
routing: ${hop('a')}
recipes: [{name: one, routing: ${hop('b')}}, {name: two, routing: ${hop('auto')}}]
entrypoints: [{model_names: [a], recipe: one}, {model_names: [b], recipe: two}]
`);
    expect(errors.join()).toContain('requests could go round in a circle: default → one → two → default');
  });
});

describe('a recipe of an older file', () => {
  it('may call its plugins by older names', () => {
    const { config } = load(`
recipes:
  - name: r
    routing:
      decisions:
        - {name: d, modelRefs: [{model: big}], plugins: [{type: semantic-cache, configuration: {enabled: false}}]}
entrypoints: [{model_names: [v], recipe: r}]
`);
    expect(config.recipes[0]?.decisions[0]?.plugins.map(({ type }) => type)).toEqual(['response_cache']);
  });
});
