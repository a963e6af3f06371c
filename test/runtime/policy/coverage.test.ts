import { describe, expect, it } from 'vitest';
import { promptRequest } from '../../../src/commands/support/requests.js';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { CoverageCollector } from '../../../src/runtime/policy/coverage.js';
import { missesOf } from '../../../src/runtime/policy/expectations.js';
import { createRouter } from '../../../src/runtime/selection/router.js';

const loaded = loadConfigText(
  `version: v0.3
providers:
  defaults: {model: small}
  models: [{name: small, backend_refs: [{endpoint: "127.0.0.1:1"}]}]
routing:
  signals:
    keywords: [{name: code, operator: OR, keywords: [loop]}, {name: rude, operator: OR, keywords: [damn]}]
  decisions:
    - {name: refuse, priority: 20, rules: {type: keyword, name: rude}, action: {type: block}}
    - {name: coding, priority: 10, rules: {type: keyword, name: code}, modelRefs: [{model: small}]}
recipes:
  - name: terse
    routing:
      signals:
        keywords: [{name: why, operator: OR, keywords: [why]}]
      decisions:
        - {name: explain, priority: 10, rules: {type: keyword, name: why}, modelRefs: [{model: small}]}
entrypoints: [{model_names: [terse-model], recipe: terse}]`,
  'test',
  {},
);

async function planFor(prompt: string, model = 'auto') {
  const router = createRouter(loaded, undefined);
  const request = promptRequest(prompt, model);
  return router.select(await router.evaluate(request, 'full'), request);
}

describe('coverage', () => {
  it('counts decisions, both outcomes of conditions, and signals, of recipes too', async () => {
    const collector = new CoverageCollector(loaded.config);
    expect(collector.report().decisions.missing).toEqual(['refuse', 'coding', 'terse/explain']);
    for (const plan of [await planFor('a loop'), await planFor('why?', 'terse-model')]) {
      collector.add(plan.evaluation);
    }
    const { share, decisions, conditions, signals } = collector.report();
    expect(decisions).toEqual({ total: 3, reached: 2, missing: ['refuse'] });
    expect(signals).toEqual({ total: 3, reached: 2, missing: ['keyword:rude'] });
    expect(conditions.missing).toEqual([
      { decision: 'refuse', condition: 'keyword:rude', path: 'rules', never: ['matched'] },
      { decision: 'coding', condition: 'keyword:code', path: 'rules', never: ['not_matched'] },
      { decision: 'terse/explain', condition: 'keyword:why', path: 'rules', never: ['not_matched'] },
    ]);
    expect(share).toBeCloseTo((2 + 3 + 2) / (3 + 6 + 3));
  });
});

describe('expectations', () => {
  it('know refusals and recipes', async () => {
    expect(missesOf({ blocked: true, model: ['none'] }, await planFor('damn loop'))).toEqual([]);
    expect(missesOf({ blocked: false }, await planFor('damn loop'))).toEqual([
      { field: 'blocked', expected: 'no', actual: 'yes' },
    ]);
    expect(
      missesOf({ recipe: 'terse', decision: ['explain'] }, await planFor('why?', 'terse-model')),
    ).toEqual([]);
    expect(missesOf({ recipe: 'terse' }, await planFor('a loop'))).toEqual([
      { field: 'recipe', expected: 'terse', actual: 'default' },
    ]);
  });
});
