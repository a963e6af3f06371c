import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '../../../../src/runtime/config/diagnostics.js';
import { lintConfigText } from '../../../../src/runtime/config/lint/lint.js';

interface Parts {
  readonly signals?: string;
  readonly decisions: string;
  readonly routing?: string;
  readonly models?: string;
}

/** A file around the part that a test is about. */
function file({ signals = '', decisions, routing = '', models = '' }: Parts): string {
  return `version: v0.3
listeners: [{name: main, address: 127.0.0.1, port: 8899}]
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "127.0.0.1:8000"}]}
    - {name: big, backend_refs: [{endpoint: "127.0.0.1:8001"}]}
${models}routing:
${routing}  signals:
    keywords:
      - {name: code, operator: OR, keywords: [python, rust]}
      - {name: legal, operator: OR, keywords: [contract, tort]}
    context:
      - {name: short, max_tokens: 1000}
      - {name: long, min_tokens: 8K}
${signals}  decisions:
${decisions}`;
}

const useAll = `    - {name: keep-alive, priority: -5, modelRefs: [{model: big}], rules: {operator: AND, conditions: [{type: keyword, name: code}, {type: keyword, name: legal}, {operator: OR, conditions: [{type: context, name: short}, {type: context, name: long}]}]}}
`;

/** What the linter itself finds, as printed, without what loading says. */
function lint(parts: Parts, ...codes: string[]): string[] {
  const { diagnostics } = lintConfigText(file(parts), '', {}, { rules: 'all' });
  return diagnostics
    .filter(({ code = '' }) => (codes.length === 0 ? code !== 'setting' : codes.includes(code)))
    .map((diagnostic) =>
      formatDiagnostic('', diagnostic)
        .replace(/^:\d+:\d+ /, '')
        .replace(/\n.*/s, ''),
    );
}

function decision(name: string, priority: number, rules: string, model = 'big'): string {
  return `    - {name: ${name}, priority: ${priority}, modelRefs: [{model: ${model}}], rules: ${rules}}\n`;
}

const code = '{type: keyword, name: code}';
const legal = '{type: keyword, name: legal}';
const short = '{type: context, name: short}';
const long = '{type: context, name: long}';
const all = (...conditions: string[]) => `{operator: AND, conditions: [${conditions.join(', ')}]}`;
const some = (...conditions: string[]) => `{operator: OR, conditions: [${conditions.join(', ')}]}`;
const not = (condition: string) => `{operator: NOT, conditions: [${condition}]}`;

describe('a sound configuration', () => {
  it('has no findings', () => {
    const decisions =
      decision('lawyers', 50, all(legal, not(code))) +
      decision('coders', 40, some(code, all(long, not(legal)))) +
      decision('brief', 30, short, 'small');
    expect(lint({ decisions })).toEqual([]);
  });
});

describe('conditions that contradict each other', () => {
  it.each([
    ['a signal and its negation', all(code, not(code)), '`keyword:code` and `NOT keyword:code` exclude'],
    ['disjoint ranges', all(short, long, legal), '`context:short` and `context:long` exclude'],
    [
      'a negation of all there is left',
      all(some(code, legal), not(code), not(legal)),
      '`(keyword:code OR keyword:legal)`, `NOT keyword:code` and `NOT keyword:legal` exclude',
    ],
    ['a negated catch-all', not(all()), '`NOT ()` cannot be true'],
    [
      'deep down',
      all(all(code), not(some(code, short))),
      '`keyword:code` and `NOT (keyword:code OR context:short)`',
    ],
  ])('are found: %s', (_, rules, reason) => {
    const [found, ...rest] = lint({ decisions: decision('odd', 10, rules) + useAll }, 'never-matches');
    expect(found).toContain('warning: decision `odd` can never match: ');
    expect(found).toContain(reason);
    expect(rest).toEqual([]);
  });

  it('are found between a keyword rule and its opposite', () => {
    const signals = `      - {name: other, min_tokens: 1}
    language: [{name: de}, {name: fr}]
`;
    const found = (rules: string, extra: string) =>
      lint(
        {
          signals: `${signals}`.replace('    language', `${extra}    language`),
          decisions: decision('odd', 10, rules),
        },
        'never-matches',
      );
    expect(found(all('{type: language, name: de}', '{type: language, name: fr}'), '')).toHaveLength(1);
    expect(found(all('{type: language, name: de}', code), '')).toEqual([]);
  });

  it('are found among keywords', () => {
    const text = (rules: string) =>
      file({ decisions: decision('odd', 10, rules) }).replace(
        '      - {name: legal',
        `      - {name: no_code, operator: NOR, keywords: [Rust, python, go]}
      - {name: both, operator: AND, keywords: [python, rust]}
      - {name: legal`,
      );
    const found = (rules: string) =>
      lintConfigText(text(rules), '', {}, { rules: 'all' }).diagnostics.filter(
        (diagnostic) => diagnostic.code === 'never-matches',
      ).length;
    const [noCode, both] = ['{type: keyword, name: no_code}', '{type: keyword, name: both}'];
    expect(found(all(code, noCode))).toBe(1);
    expect(found(all(both, not(code)))).toBe(1);
    expect(found(all(both, noCode))).toBe(1);
    // Without `code` there may still be `go`.
    expect(found(all(not(code), not(noCode)))).toBe(0);
    expect(found(all(not(both), code))).toBe(0);
  });

  it('in one alternative are told for that alternative', () => {
    const decisions = decision('odd', 10, some(legal, all(short, long))) + useAll;
    expect(lint({ decisions }, 'dead-alternative')).toEqual([
      'warning: `context:short AND context:long` in decision `odd` can never be true [dead-alternative]',
    ]);
    expect(lint({ decisions }, 'never-matches')).toEqual([]);
  });

  it('have a place in the file', () => {
    const text = file({ decisions: decision('odd', 10, all(code, not(code))) });
    const { diagnostics } = lintConfigText(text, '', {}, { rules: 'all' });
    expect(diagnostics.find((diagnostic) => diagnostic.code === 'never-matches')).toMatchObject({
      path: 'routing.decisions[0].rules',
      line: 17,
      severity: 'warning',
      hint: expect.stringContaining('remove the decision'),
    });
  });
});

describe('a decision that never wins', () => {
  const reported = (decisions: string, routing = '') =>
    lint({ decisions, routing }, 'unreachable-decision', 'catch-all-hides');

  it('is found behind a wider one of higher priority', () => {
    expect(reported(decision('wide', 20, code) + decision('narrow', 10, all(code, legal)))).toEqual([
      'warning: decision `narrow` can never win: whenever it matches, decision `wide` matches too and comes first [unreachable-decision]',
    ]);
    expect(reported(decision('wide', 10, code) + decision('narrow', 20, all(code, legal)))).toEqual([]);
  });

  it('is found behind several that leave nothing over', () => {
    const decisions =
      decision('a', 30, all(code, legal)) +
      decision('b', 20, all(code, not(legal))) +
      decision('other', 25, long) +
      decision('c', 10, code);
    expect(reported(decisions)).toEqual([
      'warning: decision `c` can never win: whenever it matches, one of `a`, `b` matches too and comes first [unreachable-decision]',
    ]);
  });

  it('is found behind ranges that contain its own', () => {
    const decisions = decision('not_long', 20, not(long)) + decision('brief', 10, short);
    expect(reported(decisions)).toHaveLength(1);
  });

  it('is found behind a catch-all, which is told too', () => {
    const decisions = `    - {name: everything, priority: 30, modelRefs: [{model: big}]}\n${decision('a', 20, code)}`;
    expect(reported(decisions)).toEqual([
      'warning: decision `everything` matches every request, so these never win: `a` [catch-all-hides]',
      expect.stringContaining('decision `a` can never win'),
    ]);
    expect(
      reported(decision('everything', 30, some(code, not(code))) + decision('a', 20, legal))[0],
    ).toContain('whatever its conditions');
  });

  it('is not claimed where the confidence decides', () => {
    const decisions = decision('wide', 20, code) + decision('narrow', 10, all(code, legal));
    expect(reported(decisions, '  strategy: confidence\n')).toEqual([]);
  });

  it('is not claimed of what can match after all', () => {
    expect(reported(decision('a', 30, all(code, legal)) + decision('b', 20, some(code, legal)))).toEqual([]);
  });
});

describe('ties', () => {
  const reported = (decisions: string, signals = '') => lint({ decisions, signals }, 'equal-priority');

  it('are found where both can match and the outcome differs', () => {
    expect(reported(decision('a', 10, code) + decision('b', 10, legal, 'small'))).toEqual([
      'warning: `a`, `b` have the same priority (10) and can match the same request: the first by name wins [equal-priority]',
    ]);
  });

  it('are none where only one can match, or the outcome is the same', () => {
    expect(reported(decision('a', 10, short) + decision('b', 10, long, 'small'))).toEqual([]);
    expect(reported(decision('a', 10, code) + decision('b', 10, legal))).toEqual([]);
    expect(reported(decision('a', 10, code) + decision('b', 11, legal, 'small'))).toEqual([]);
  });

  it('are a note where a confidence decides', () => {
    const signals = '    domains: [{name: law}, {name: math}]\n';
    const [found] = reported(
      decision('a', 10, '{type: domain, name: law}') +
        decision('b', 10, '{type: domain, name: math}', 'small'),
      signals,
    );
    expect(found).toMatch(/^note: .* the higher confidence wins/);
  });
});

describe('what is known of signals', () => {
  const signals = `    structure:
      - {name: few, feature: {type: count, source: {type: regex, pattern: '\\d+'}}, predicate: {lte: 2}}
      - {name: many, feature: {type: count, source: {type: regex, pattern: '\\d+'}}, predicate: {gt: 5}}
      - {name: some, feature: {type: exists, source: {type: regex, pattern: '\\d+'}}}
    domains:
      - {name: sciences, mmlu_categories: [physics, chemistry, biology], threshold: 0.5}
      - {name: physics, threshold: 0.6}
    embeddings:
      - {name: near, threshold: 0.8, candidates: [reset my password]}
      - {name: wide, threshold: 0.6, candidates: [reset my password, unlock my account]}
`;
  const never = (rules: string) =>
    lint({ signals, decisions: decision('odd', 10, rules) }, 'never-matches').length;
  const leaf = (type: string, name: string) => `{type: ${type}, name: ${name}}`;

  it.each([
    ['bounds of one number', all(leaf('structure', 'few'), leaf('structure', 'many')), 1],
    ['bounds of one number that overlap', all(leaf('structure', 'few'), leaf('structure', 'some')), 0],
    ['many and none', all(leaf('structure', 'many'), not(leaf('structure', 'some'))), 1],
    ['a domain within another', all(leaf('domain', 'physics'), not(leaf('domain', 'sciences'))), 1],
    ['a domain around another', all(leaf('domain', 'sciences'), not(leaf('domain', 'physics'))), 0],
    ['nearer examples among more', all(leaf('embedding', 'near'), not(leaf('embedding', 'wide'))), 1],
    ['more examples than those', all(leaf('embedding', 'wide'), not(leaf('embedding', 'near'))), 0],
  ])('is used: %s', (_, rules, expected) => {
    expect(never(rules)).toBe(expected);
  });
});

describe('members of a partition', () => {
  const signals = `    embeddings:
      - {name: refund, threshold: 0.4, candidates: [money back]}
      - {name: parcel, threshold: 0.4, candidates: [where is it]}
`;
  const routing = '  projections: {partitions: [{name: intents, members: [refund, parcel]}]}\n';
  const both = decision('a', 10, all('{type: embedding, name: refund}', '{type: embedding, name: parcel}'));
  const boost =
    '    - {name: push, rules: {type: keyword, name: code}, action: {type: boost, decision: a, weight: 0.1}}\n';

  it('never match together, unless boosts lift one that its partition has put back', () => {
    expect(lint({ signals, decisions: both }, 'never-matches')).toEqual([]);
    expect(lint({ signals, routing, decisions: both }, 'never-matches')).toHaveLength(1);
    expect(lint({ signals, routing, decisions: both + boost }, 'never-matches')).toEqual([]);
  });
});

describe('what nothing uses', () => {
  it('is found: signals and models', () => {
    const models = '    - {name: spare, backend_refs: [{endpoint: "127.0.0.1:8002"}]}\n';
    const found = lint({ models, decisions: decision('a', 10, code) }, 'unused-signal', 'unused-model');
    expect(found).toEqual([
      'warning: no decision leads to model `spare`: only clients that name it reach it [unused-model]',
      'warning: keyword signal `legal` is not used: no condition refers to it [unused-signal]',
      'warning: context signal `short` is not used: no condition refers to it [unused-signal]',
      'warning: context signal `long` is not used: no condition refers to it [unused-signal]',
    ]);
  });

  it('are not signals of composers, nor members of a partition of which another member is used', () => {
    const signals = `    domains: [{name: law, mmlu_categories: [law]}, {name: rest, mmlu_categories: [other]}]
    complexity:
      - {name: task, hard: {candidates: [prove it]}, easy: {candidates: [say hi]}, composer: {type: keyword, name: legal}}
`;
    const routing = '  projections: {partitions: [{name: fields, members: [law, rest]}]}\n';
    const rules = all('{type: domain, name: law}', '{type: complexity, name: "task:hard"}');
    const found = lint({ signals, routing, decisions: decision('a', 10, rules) }, 'unused-signal');
    expect(found.join('\n')).not.toMatch(/`legal`|`rest`/);
    const apart = lint({ signals, decisions: decision('a', 10, rules) }, 'unused-signal');
    expect(apart.join('\n')).toContain('domain signal `rest` is not used');
  });
});

describe('signals', () => {
  const reported = (signals: string, ...codes: string[]) => lint({ signals, decisions: useAll }, ...codes);

  it('have thresholds that cannot be reached, or that everything reaches', () => {
    const signals = `    embeddings:
      - {name: never, threshold: 1, candidates: [reset my password]}
      - {name: always, threshold: 0.05, candidates: [reset my password please]}
      - {name: fine, threshold: 0.6, candidates: [reset the router]}
`;
    expect(reported(signals, 'threshold-never', 'threshold-always')).toEqual([
      expect.stringMatching(/`never`: no text reaches the threshold 1/),
      expect.stringMatching(/`always`: texts that have nothing in common reach the threshold 0.05/),
    ]);
  });

  it('have thresholds that were made for another embedding model', () => {
    const signals = `    embeddings:
      - {name: published, threshold: 0.7, candidates: [reset my password]}
      - {name: average, threshold: 0.4, aggregation_method: mean, candidates: [reset my password, change my mail]}
      - {name: fine, threshold: 0.4, candidates: [reset the router]}
    preferences: [{name: account, description: about the account, threshold: 0.6}]
`;
    const high = /^warning: (?:embedding|preference) signal `(\w+)`: with the embedded model .* stay below/;
    const decisions = decision(
      'a',
      10,
      all(
        '{type: embedding, name: published}',
        '{type: embedding, name: average}',
        '{type: preference, name: account}',
      ),
    );
    const names = lint({ signals, decisions }, 'threshold-high').map((line) => high.exec(line)?.[1]);
    expect(names).toEqual(['published', 'average', 'account']);
    // Nothing is known of a model that the configuration brings.
    const margin = `  projections:
    scores: [{name: lead, inputs: [{type: embedding, name: published, weight: 1, value_source: raw}]}]
`;
    expect(lint({ signals, routing: margin, decisions: useAll }, 'threshold-high')).toEqual([]);
    const own = `${file({ signals, decisions })}global:
  model_catalog: {embeddings: {semantic: {qwen3_model_path: models/qwen3}}}
`;
    const codes = lintConfigText(own, '', {}, { rules: 'all' }).diagnostics.map(({ code }) => code);
    expect(codes).not.toContain('threshold-high');
  });

  it('may be counted beyond 1 by scores', () => {
    const routing = `  projections:
    scores: [{name: size, method: weighted_sum, inputs: [{type: context, name: short, weight: 0.001, value_source: raw}]}]
    mappings: [{name: sizes, source: size, outputs: [{name: huge, gte: 20}, {name: small, lt: 20}]}]
`;
    expect(lint({ routing, decisions: useAll }, 'threshold-never')).toEqual([]);
  });

  it('have patterns that match anything', () => {
    const text = file({ decisions: useAll }).replace(
      '      - {name: legal',
      `      - {name: patterns, operator: OR, method: regex, keywords: ['x*', '[a-z]', '\\d{4}', '.']}
      - {name: legal`,
    );
    const found = lintConfigText(text, '', {}, { rules: 'all' }).diagnostics.flatMap((diagnostic) =>
      diagnostic.code === 'regex-too-broad' ? [diagnostic.path] : [],
    );
    expect(found).toEqual([
      'routing.signals.keywords[1].keywords[0]',
      'routing.signals.keywords[1].keywords[1]',
      'routing.signals.keywords[1].keywords[3]',
    ]);
  });

  it('have examples given twice, or on both sides', () => {
    const signals = `    embeddings:
      - {name: doubled, threshold: 0.6, candidates: [Reset it, turn it off, reset it]}
`;
    expect(reported(signals, 'duplicate-candidate')).toEqual([
      'note: embedding signal `doubled`: `reset it` is given twice in `candidates` [duplicate-candidate]',
    ]);
  });
});

describe('decisions', () => {
  it('name a model twice', () => {
    const decisions = `    - {name: a, priority: 1, rules: ${code}, modelRefs: [{model: big}, {model: small}, {model: big}]}\n`;
    expect(lint({ decisions }, 'duplicate-candidate')).toEqual([
      'warning: decision `a` names `big` twice in `modelRefs` [duplicate-candidate]',
    ]);
  });
});

describe('placeholders and older names', () => {
  it('are warnings of the linter', () => {
    const models =
      '    - {name: spare, backend_refs: [{base_url: "https://api.example.com/v1", api_key: your-api-key}]}\n';
    expect(lint({ models, decisions: useAll }, 'placeholder')).toEqual([
      'warning: `api_key` is a placeholder [placeholder]',
    ]);
    const old = file({ decisions: useAll })
      .replace('version: v0.3', 'version: v0.4')
      .replace('defaults: {model:', 'defaults: {default_model:');
    const { diagnostics } = lintConfigText(old, '', {}, { rules: 'all' });
    expect(diagnostics.find((diagnostic) => diagnostic.code === 'deprecated-name')).toMatchObject({
      severity: 'warning',
      message: '`providers.defaults.default_model` is an older name',
    });
  });
});

describe('recipes', () => {
  it('are looked at one by one', () => {
    const text = `${file({ decisions: useAll })}recipes:
  - name: desk
    routing:
      signals: {keywords: [{name: help, operator: OR, keywords: [help me]}]}
      decisions:
        - {name: odd, priority: 1, modelRefs: [{model: big}], rules: ${all('{type: keyword, name: help}', not('{type: keyword, name: help}'))}}
entrypoints: [{model_names: [helpdesk], recipe: desk}]
`;
    const found = lintConfigText(text, '', {}, { rules: 'all' }).diagnostics.find(
      (diagnostic) => diagnostic.code === 'never-matches',
    );
    expect(found?.path).toBe('recipes[0].routing.decisions[0].rules');
  });
});

describe('without --strict', () => {
  it('only what is certain is told, as notes', () => {
    const decisions = decision('odd', 10, all(code, not(code)));
    const { diagnostics } = lintConfigText(file({ decisions }), '', {}, { rules: 'certain' });
    expect(diagnostics.filter((diagnostic) => diagnostic.code !== undefined)).toEqual([
      expect.objectContaining({ severity: 'note', code: 'never-matches' }),
    ]);
  });
});

describe('a large file', () => {
  it('of a thousand decisions is checked', () => {
    const decisions = Array.from({ length: 1000 }, (_, at) =>
      decision(`d${at}`, at + 1, all(code, at % 3 === 0 ? legal : not(legal), at % 2 === 0 ? short : long)),
    ).join('');
    const found = lint({ decisions }, 'unreachable-decision', 'not-checked');
    // The last of each of the four kinds wins; all others are hidden.
    expect(found).toHaveLength(996);
  });
});
