import { describe, expect, it } from 'vitest';
import { ask, errorsOf, load, routerOf, warningsOf } from './support.js';

const signals =
  'signals: {keywords: [{name: bad, operator: OR, keywords: [bad]}, {name: odd, operator: OR, keywords: [odd]}]}';
const rules = (name: string) => `rules: {type: keyword, name: ${name}}`;

describe('a block', () => {
  const file = `
routing:
  ${signals}
  decisions:
    - {name: guard, ${rules('bad')}, action: {type: block, message: No.}}
    - {name: high, priority: 150, ${rules('odd')}, modelRefs: [{model: big}]}
    - {name: all, modelRefs: [{model: third}]}
`;

  it('goes before everything below its level, and no model answers', async () => {
    const { block, target, plugins, reason } = await routerOf(file).plan(ask('odd and bad'));
    expect({ block, target, plugins, reason }).toEqual({
      block: { type: 'block', message: 'No.', status: 200 },
      target: undefined,
      plugins: [],
      reason: 'decision `guard` blocks the request',
    });
  });

  it('holds for models that the client names', async () => {
    const plan = await routerOf(file).plan(ask('bad', { model: 'big' }));
    expect(plan).toMatchObject({ kind: 'explicit', block: { message: 'No.' } });
    const fine = await routerOf(file).plan(ask('fine', { model: 'big' }));
    expect(fine.target?.model.name).toBe('big');
  });
});

describe('levels of priority', () => {
  it('are numbers with a name', () => {
    const named = ['safety', 'override', 'boost', 'consensus', 'default', 'block', 'route', '7'];
    const { config } = load(
      `routing: {decisions: [${named.map((level) => `{name: ${level}-d, priority: ${level}, modelRefs: [{model: big}]}`).join(', ')}]}`,
    );
    expect(config.decisions.map(({ priority }) => priority)).toEqual([200, 150, 100, 50, 0, 200, 150, 7]);
    expect(errorsOf('routing: {decisions: [{name: d, priority: overide}]}').join()).toContain(
      'did you mean `override`?',
    );
  });
});

describe('a fallthrough', () => {
  it('is recorded and leaves the request to the next decision', async () => {
    const router = routerOf(`
routing:
  ${signals}
  decisions:
    - {name: note, priority: 9, ${rules('odd')}, action: {type: fallthrough}}
    - {name: late, priority: -1, ${rules('odd')}, action: {type: fallthrough}}
    - {name: all, modelRefs: [{model: third}]}
`);
    const { evaluation, target } = await router.plan(ask('odd'));
    expect([evaluation.decision?.name, evaluation.recorded, target?.model.name]).toEqual([
      'all',
      ['note'],
      'third',
    ]);
    const verdicts = evaluation.trace().map(({ name, verdict }) => [name, verdict]);
    expect(verdicts).toContainEqual(['note', 'matched, and leaves it to the next decision']);
  });
});

describe('the file', () => {
  it('says what an action leaves without effect, and what it cannot do', () => {
    const file = (decision: string) => `
routing:
  ${signals}
  decisions: [{name: other, modelRefs: [{model: big}]}, {name: d, ${rules('odd')}, ${decision}}]
`;
    expect(warningsOf(file('modelRefs: [{model: big}], action: {type: block}')).join()).toContain(
      '`modelRefs` has no effect: no model is called for a blocked request',
    );
    const boost = (target: string) => file(`action: {type: boost, weight: 0.2, ${target}}`);
    expect(errorsOf(boost('decision: othr')).join()).toContain(
      'unknown decision `othr` (did you mean `other`?',
    );
    expect(errorsOf(boost('decision: d')).join()).toContain('cannot boost itself');
    expect(errorsOf(boost('category: math')).join()).toBe('');
    expect(errorsOf(boost('category: maths and more')).join()).toContain('no domain signal is about');
    expect(errorsOf(boost('category: math, decision: other')).join()).toContain('exactly one of');
    expect(errorsOf(file('action: {type: route, destination: bigg}')).join()).toContain(
      'unknown destination `bigg` (did you mean `big`?',
    );
  });
});

describe('what decides about models', () => {
  it('is pointed out where it has no effect', () => {
    const file = (more: string) => `routing: {decisions: [{name: d, ${more}}]}`;
    expect(warningsOf(file('modelRefs: [{model: big, weight: 2}, {model: small}]')).join()).toContain(
      '`static` shares requests only if every reference has a weight',
    );
    const reasoning =
      'modelRefs: [{model: big}], reasoning: {mode: entropy, categories: {Math: true, mats: false}}';
    expect(warningsOf(file(reasoning)).join()).toMatch(
      /^[^,]*`mats` is no category of the domain classifier \(did you mean `math`\?[^,]*/,
    );
  });
});

describe('a condition that must be answered', () => {
  it('fails the request by name of the signal', async () => {
    const router = routerOf(`
routing:
  signals: {domains: [{name: law}]}
  decisions: [{name: d, rules: {type: domain, name: law, on_unknown: fail_request}, modelRefs: [{model: big}]}]
`);
    await expect(async () => router.plan(ask('sue them'))).rejects.toMatchObject({
      code: 'VSR_SIGNAL_UNAVAILABLE',
      httpStatus: 503,
      message: expect.stringContaining('Signal `domain:law` has no answer'),
    });
  });
});
