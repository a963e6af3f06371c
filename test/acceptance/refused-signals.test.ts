import { counted, rule, sig, testRefusals } from './refusals.js';

testRefusals({
  signals: [
    [
      'an unknown family',
      sig('keyword: [{name: k, operator: OR, keywords: [x]}]'),
      '10:5 unknown key `keyword` in `routing.signals` – did you mean `keywords`?',
    ],
    ['a family of old', sig('latency: [{name: h}]'), '10:5 unknown key `latency`'],
    [
      'a rule without name',
      sig('keywords: [{operator: OR, keywords: [x]}]'),
      '10:16 `name` is missing in `routing.signals.keywords[0]`',
    ],
    [
      'a name twice',
      sig('keywords: [{name: k, operator: OR, keywords: [x]}, {name: k, operator: OR, keywords: [y]}]'),
      '10:63 keyword signal `k` is declared twice',
    ],
    [
      'an unknown label',
      sig('domains: [{name: a, mmlu_categories: [phyiscs]}]'),
      '10:43 `mmlu_categories[0]`: found `phyiscs`, which is no label; did you mean "physics"?',
    ],
    [
      'no label at all',
      sig('domains: [{name: a, mmlu_categories: [cooking]}]'),
      '10:43 `mmlu_categories[0]`: found `cooking`, which is no label; labels are biology',
    ],
    [
      'a probability above 1',
      sig('domains: [{name: math, threshold: 60}]'),
      '10:39 `threshold`: found `60`; must be at most 1',
    ],
    [
      'a similarity above 1',
      sig('embeddings: [{name: e, threshold: 1.2, candidates: [a]}]'),
      '10:39 `threshold`: found `1.2`; must be at most 1',
    ],
    ['no threshold', sig('embeddings: [{name: e, candidates: [a]}]'), '10:18 `threshold` is missing'],
    [
      'no candidates',
      sig('embeddings: [{name: e, threshold: 0.5, candidates: []}]'),
      '10:56 `candidates`: found none; give at least one',
    ],
    [
      'an aggregation of the docs',
      sig('embeddings: [{name: e, threshold: 0.5, candidates: [a], aggregation_method: avg}]'),
      '10:81 `aggregation_method`: found `avg` – allowed: `max`, `mean`, `any`',
    ],
    [
      'a language in upper case',
      sig('language: [{name: EN}]'),
      '10:23 `name`: "EN" is no ISO 639-1 language code; did you mean "en"?',
    ],
    [
      'the name of a language',
      sig('language: [{name: english}]'),
      '10:23 `name`: "english" is no ISO 639-1 language code',
    ],
    [
      'a locale',
      sig('language: [{name: zh-CN}]'),
      '10:23 `name`: "zh-CN" is no ISO 639-1 language code; did you mean "zh"?',
    ],
    [
      'no token count',
      sig('context: [{name: c, min_tokens: lots}]'),
      '10:37 `min_tokens`: Expected a token count',
    ],
    [
      'a negative token count',
      sig('context: [{name: c, min_tokens: -5}]'),
      '10:37 `min_tokens`: Expected a token count',
    ],
    [
      'an unknown unit',
      sig('context: [{name: c, max_tokens: 1G}]'),
      '10:37 `max_tokens`: Expected a token count',
    ],
    [
      'bounds in the wrong order',
      sig('context: [{name: c, min_tokens: 10K, max_tokens: 2K}]'),
      '10:37 `min_tokens`: found 10000, which is more than max_tokens (2000)',
    ],
    [
      'no bounds',
      sig('context: [{name: c}]'),
      '10:15 context signal `c`: has neither min_tokens nor max_tokens',
    ],
    [
      'two lower bounds',
      counted('predicate: {gt: 1, gte: 2}'),
      '10:97 `predicate`: Two bounds on the same side',
    ],
    [
      'bounds nothing satisfies',
      counted('predicate: {gt: 5, lt: 2}'),
      '10:97 `predicate`: No number can satisfy',
    ],
    ['an empty predicate', counted('predicate: {}'), '10:97 `predicate`: A predicate needs at least one'],
    ['no number', counted('predicate: {gt: .nan}'), '10:102 `gt`: found `.nan`; expected a number'],
    [
      'a predicate on exists',
      sig(
        'structure: [{name: s, feature: {type: exists, source: {type: regex, pattern: x}}, predicate: {gt: 1}}]',
      ),
      '10:98 `predicate`: exists takes no predicate',
    ],
    [
      'a sequence of a regex',
      sig('structure: [{name: s, feature: {type: sequence, source: {type: regex, pattern: x}}}]'),
      '10:68 `feature.source.type`: A sequence feature needs',
    ],
    [
      'a density of bytes',
      sig('structure: [{name: s, feature: {type: density, source: {type: text_bytes}}}]'),
      '10:67 `feature.source.type`: text_bytes can only be counted',
    ],
    [
      'look-around',
      sig("structure: [{name: s, feature: {type: exists, source: {type: regex, pattern: '(?=x)'}}}]"),
      '10:82 `feature.source.pattern`: "(?=x)" is no RE2 pattern: look-around',
    ],
    [
      'a slip in a nested key',
      sig('structure: [{name: s, feature: {type: exists, source: {type: regex, patern: x}}}]'),
      '10:73 unknown key `patern`',
    ],
    [
      'a probability above 1',
      sig('jailbreak: [{name: j, threshold: 2}]'),
      '10:38 `threshold`: found `2`; must be at most 1',
    ],
  ],
  conditions: [
    [
      'an undeclared signal',
      rule('{type: keyword, name: kk}'),
      '12:46 unknown keyword signal `kk` – did you mean `k`?',
    ],
    [
      'a signal of another family',
      rule('{type: embedding, name: k}'),
      '12:48 unknown embedding signal `k` – `k` is a keyword signal: write `type: keyword`',
    ],
    [
      'nothing declared',
      rule('{type: embedding, name: e}'),
      '12:48 unknown embedding signal `e` – declare it under `routing.signals.embeddings`',
    ],
    [
      'an unknown type',
      rule('{type: keywrd, name: k}'),
      '12:31 unknown signal type `keywrd` – did you mean `keyword`?',
    ],
    [
      'the plural',
      rule('{type: keywords, name: k}'),
      '12:31 unknown signal type `keywords` – did you mean `keyword`?',
    ],
    ['no type', rule('{name: k}'), '12:17 `type` is missing in a condition'],
    ['no name', rule('{type: keyword}'), '12:17 `name` is missing in a condition'],
    [
      'an undeclared domain',
      rule('{type: domain, name: law}', 'domains: [{name: math}]'),
      '12:45 unknown domain signal `law` – declared under `routing.signals.domains`: `math`',
    ],
    [
      'the label of a declared domain',
      rule(
        '{type: domain, name: computer science}',
        'domains: [{name: cs, mmlu_categories: [computer science]}]',
      ),
      '12:45 unknown domain signal `computer science` – did you mean `cs`',
    ],
    [
      'another spelling of a domain',
      rule('{type: domain, name: computer_science}', 'domains: [{name: computer science}]'),
      '12:45 unknown domain signal `computer_science` – did you mean `computer science`',
    ],
    [
      'no domain',
      rule('{type: domain, name: astrology}'),
      '12:45 unknown domain `astrology` – labels: `biology`',
    ],
    [
      'a condition on answers',
      rule('{type: hallucination, name: h}', 'hallucination: [{name: h}]'),
      '12:31 signal type `hallucination` is about answers',
    ],
    [
      'complexity without level',
      rule('{type: complexity, name: c}', 'complexity: [{name: c, hard: {candidates: [a]}}]'),
      '12:49 found `c`; a complexity condition names a level',
    ],
    [
      'complexity with another level',
      rule('{type: complexity, name: "c:tough"}', 'complexity: [{name: c}]'),
      '12:49 found `c:tough`; a complexity condition names a level',
    ],
    [
      'an output nobody maps',
      rule('{type: projection, name: heavy}'),
      '12:49 unknown projection signal `heavy`',
    ],
    [
      'a lower-case operator',
      rule('{operator: and, conditions: [{type: keyword, name: k}]}'),
      '12:35 found operator `and`; allowed: `AND`, `OR`, `NOT` – write `AND` in upper case',
    ],
    [
      'NOR',
      rule('{operator: NOR, conditions: [{type: keyword, name: k}]}'),
      '12:35 found operator `NOR`; allowed: `AND`, `OR`, `NOT` – put an OR below a NOT',
    ],
    [
      'a misspelt operator',
      rule('{operator: ADN, conditions: [{type: keyword, name: k}]}'),
      '12:35 found operator `ADN`; allowed: `AND`, `OR`, `NOT` – did you mean `AND`?',
    ],
    [
      'NOT of two',
      rule('{operator: NOT, conditions: [{type: keyword, name: k}, {type: keyword, name: k}]}'),
      '12:52 NOT needs exactly one condition; found 2',
    ],
    [
      'NOT of none',
      rule('{operator: NOT, conditions: []}'),
      '12:52 NOT needs exactly one condition; found 0',
    ],
    ['OR of none', rule('{operator: OR, conditions: []}'), '12:51 OR without conditions never matches'],
    ['no conditions', rule('{operator: OR}'), '12:17 `conditions` is missing beside `operator`'],
    [
      'both forms at once',
      rule('{operator: OR, type: keyword, name: k, conditions: []}'),
      '12:24 this rule is a condition',
    ],
    [
      'a list',
      rule('[{type: keyword, name: k}]'),
      '12:24 a rule is `{type, name}` or `{operator, conditions}`; found a list',
    ],
    [
      'a mistake deep down',
      rule(
        '{operator: AND, conditions: [{operator: NOT, conditions: [{operator: OR, conditions: [{type: keyword, name: z}]}]}]}',
      ),
      '12:132 unknown keyword signal `z`',
    ],
  ],
});
