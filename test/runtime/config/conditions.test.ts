import { describe, expect, it } from 'vitest';
import { errorsOf, load, warningsOf } from '../selection/support.js';

const file = (rules: string, more = '') => `
routing:
  signals:
    keywords: [{name: word, operator: OR, keywords: [x]}]
    domains: [{name: law}, {name: math}]
    embeddings: [{name: close, threshold: 0.5, candidates: [x]}]
    classifiers: [{name: tone, type: llm, model: m, labels: [angry, calm]}]
${more}
  decisions: [{name: d, rules: ${rules}, modelRefs: [{model: big}]}]
global: {model_catalog: {external: [{name: m, role: classification, model_name: m, llm_endpoint: {address: 127.0.0.1, port: 1}}]}}
`;
const errors = (rules: string, more?: string) => errorsOf(file(rules, more)).join('\n');

describe('a condition', () => {
  it('keeps what it says beside the name of its signal', () => {
    const rule =
      '{type: Classifier, name: tone, label: angry, predicate: {gte: 0.6, lt: 0.9}, on_error: match}';
    expect(load(file(rule)).config.decisions[0]?.rules).toEqual({
      type: 'classifier',
      name: 'tone',
      label: 'angry',
      predicate: { gte: 0.6, lt: 0.9 },
      on_error: 'match',
    });
  });

  it.each([
    [
      '{type: classifier, name: tone, label: angri}',
      'classifier `tone` has no label `angri` (did you mean `angry`?',
    ],
    ['{type: keyword, name: word, label: x}', 'signals of type keyword report no labels'],
    ['{type: domain, name: law, predicate: {}}', '`predicate`: A predicate needs at least one of'],
    ['{type: domain, name: law, predicate: {gte: 0.9, lt: 0.1}}', 'No number can satisfy these bounds'],
    ['{type: domain, name: law, predicate: {gte: 0.9, gt: 0.1}}', 'Two bounds on the same side'],
    ['{type: domain, name: law, predicate: {min: 1}}', 'unknown key `min` in a predicate'],
    ['{type: domain, name: law, predicate: {gte: "1"}}', '`gte`: found `1`; expected a number'],
    ['{type: domain, name: law, predicate: 3}', '`predicate`: found `3`; expected a mapping'],
    ['{type: domain, name: law, on_error: matches}', '`on_error`: found `matches` (did you mean `match`?'],
    ['{type: domain, name: law, on_unknown: fail}', '`on_unknown`: found `fail`'],
  ])('%s is refused', (rules, message) => {
    expect(errors(rules)).toContain(message);
  });
});

describe('a condition on a classifier that names no label', () => {
  const warnings = (text: string) => warningsOf(text).filter((line) => line.includes('label'));
  const bare = file('{type: classifier, name: tone}');

  it('is told what it means, and what else to write', () => {
    expect(warnings(bare)).toEqual([
      expect.stringContaining(
        'names no `label` of classifier `tone`: it holds whatever label is sure enough',
      ),
    ]);
    const told = load(bare).diagnostics.map(({ hint }) => hint);
    expect(told).toContainEqual(expect.stringContaining('add `label`, one of `angry`, `calm`'));
  });

  it('means something where the classifier says which labels mean nothing', () => {
    expect(
      warnings(bare.replace('labels: [angry, calm]', 'labels: [angry, calm], negative_labels: [calm]')),
    ).toEqual([]);
    expect(warnings(file('{type: classifier, name: tone, label: angry}'))).toEqual([]);
  });
});

describe('projections', () => {
  const always = '{operator: AND, conditions: []}';
  const projections = (text: string) => `  projections: ${text}`;

  it.each([
    [
      '{partitions: [{name: p, members: [law, close]}]}',
      '`close` is a signal of type embedding among members of type domain',
    ],
    ['{partitions: [{name: p, members: [law, maths]}]}', 'unknown domain or embedding signal `maths`'],
    ['{partitions: [{name: p, members: [law], default: math}]}', '`math` is no member'],
    [
      '{partitions: [{name: p, members: [law]}, {name: q, members: [math, law]}]}',
      '`law` is a member of partition `p` already',
    ],
    [
      '{partitions: [{name: p, semantics: softmax_exclusive, members: [law]}]}',
      '`softmax_exclusive` needs a `temperature` above 0',
    ],
    [
      '{scores: [{name: s, inputs: [{type: keyword, name: wrd, weight: 1}]}]}',
      'unknown keyword signal `wrd`',
    ],
    [
      '{scores: [{name: s, inputs: [{type: keywrd, name: word, weight: 1}]}]}',
      'unknown signal type `keywrd`',
    ],
    ['{scores: [{name: s, inputs: [{type: kb_metric, weight: 1}]}]}', '`kb` is missing'],
    ['{mappings: [{name: m, source: s, outputs: [{name: o, gte: 1}]}]}', 'unknown score `s`'],
    [
      `{scores: [{name: a, inputs: [{type: projection, name: ob, weight: 1}]}, {name: b, inputs: [{type: projection, name: a, weight: 1}]}],
        mappings: [{name: m, source: b, outputs: [{name: ob, gte: 1}]}]}`,
      'score `a` depends on itself: a → ob → b → a',
    ],
    [
      '{scores: [{name: s, inputs: [{type: keyword, name: word, weight: 1}]}], mappings: [{name: m, source: s, outputs: [{name: o, gte: 2, lt: 1}]}]}',
      'output `o`: No number can satisfy these bounds together',
    ],
    [
      '{scores: [{name: s, inputs: [{type: keyword, name: word, weight: 1}]}], mappings: [{name: m, source: s, outputs: [{name: o, gte: 2}]}, {name: n, source: s, outputs: [{name: o, lt: 2}]}]}',
      'output `o` is declared twice',
    ],
  ])('%s are refused', (text, message) => {
    expect(errors(always, projections(text))).toContain(message);
  });

  it('take labels for domains where none is declared', () => {
    const { config } = load(`
routing:
  projections:
    partitions: [{name: p, members: [law, health]}]
    scores: [{name: s, inputs: [{type: domain, name: math, weight: 1}]}]
    mappings: [{name: m, source: s, outputs: [{name: o, gte: 1}]}]
  decisions: [{name: d, rules: {type: projection, name: o}, modelRefs: [{model: big}]}]
`);
    expect(config.signals.domains?.map(({ name }) => name)).toEqual(['math', 'law', 'health']);
  });

  it('give conditions their outputs, and a composer cannot ask for them', () => {
    const text = projections(
      '{scores: [{name: s, inputs: [{type: keyword, name: word, weight: 1}]}], mappings: [{name: m, source: s, outputs: [{name: o, gte: 1}]}]}',
    );
    expect(errors('{type: projection, name: o}', text)).toBe('');
    expect(errors('{type: projection, name: oo}', text)).toContain('unknown projection signal `oo`');
    const complexity =
      '    complexity: [{name: c, hard: {candidates: [x]}, easy: {candidates: [y]}, composer: {type: projection, name: o}}]\n';
    expect(errors(always, complexity + text)).toContain('a composer cannot ask for a projection');
  });
});
