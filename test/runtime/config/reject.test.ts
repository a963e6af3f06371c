import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/runtime/config/diagnostics.js';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { base, findings, printed } from './helpers.js';

const rules = (text: string) => `${base}routing:
  signals:
    keywords:
      - {name: code_words, operator: OR, keywords: [python]}
    domains:
      - {name: math}
    complexity:
      - {name: hardness, hard: {candidates: [a]}, easy: {candidates: [b]}}
  decisions:
    - name: one
      modelRefs: [{model: small}]
      rules: ${text}
`;

/** Text and the beginning of the one error it must give, as `line:column error: message`. */
const table: readonly (readonly [what: string, text: string, expected: string])[] = [
  ['an empty file', '', '1:1 error: the file is empty'],
  ['a file with comments only', '# nothing\n', '1:1 error: the file is empty'],
  ['a list', '- a\n', '1:1 error: a config file is a mapping of keys to values; found a list'],
  ['a word', '\n  hello', '2:3 error: a config file is a mapping of keys to values; found a single value'],
  ['broken YAML', 'version: v0.3\nlisteners: [\n', '3:1 error: not valid YAML'],
  [
    'tab indentation',
    'version: v0.3\nproviders:\n\tmodels: []\n',
    '3:1 error: a tab is used for indentation',
  ],
  ['two documents', `${base}---\na: 1\n`, '11:1 error: the file holds more than one YAML document'],
  [
    'a duplicate key',
    `${base}version: v0.3\n`,
    '11:1 error: key `version` is given twice in the same mapping',
  ],
  ['an unknown alias', 'version: *nope\n', '1:10 error: alias `*nope` refers to no anchor'],
  ['an unknown version', base.replace('v0.3', 'v0.9'), '1:10 error: found version `v0.9`'],
  [
    'an unknown root key',
    `${base}routng: {}\n`,
    '11:1 error: unknown key `routng`\n  did you mean `routing`?',
  ],
  [
    'an unknown key in a list entry',
    base.replace('name: main, port', 'name: main, prot: 1, port'),
    '3:18 error: unknown key `prot` in `listeners[0]`\n  did you mean `port`?',
  ],
  [
    'a port out of range',
    base.replace('8899', '70000'),
    '3:24 error: `port`: found `70000`; must be at most 65535',
  ],
  [
    'a port of the wrong type',
    base.replace('8899', 'web'),
    '3:24 error: `port`: found `web`; expected a number',
  ],
  ['a missing port', base.replace(', port: 8899', ''), '3:5 error: `port` is missing in `listeners[0]`'],
  [
    'a timeout without unit',
    base.replace('port: 8899', 'port: 8899, timeout: "300"'),
    '3:39 error: `timeout`: found `300`\n  write a number with a unit',
  ],
  [
    'a timeout that is a number',
    base.replace('port: 8899', 'port: 8899, timeout: 300'),
    '3:39 error: `timeout`: found `300`\n  write a number with a unit',
  ],
  [
    'two listeners on one port',
    base.replace('8899}', '8899}\n  - {port: 8899}'),
    '4:12 error: two listeners use 0.0.0.0:8899',
  ],
  [
    'a listener on the management port',
    base.replace('port: 8899', 'port: 8080, address: 127.0.0.1'),
    '3:24 error: the listener uses 127.0.0.1:8080, which is the management port',
  ],
  [
    'no listeners at all',
    base.replace(/listeners:\n.*\n/, 'listeners: []\n'),
    '2:12 error: the list of listeners is empty',
  ],
  [
    'a mapping where a list belongs',
    base.replace('  - {name: main, port: 8899}', '  name: main'),
    '3:3 error: `listeners`: found a mapping; expected a list\n  start each entry with `- `',
  ],
  [
    'a number where text belongs',
    base.replace('name: main', 'name: 12'),
    '3:12 error: `name`: found `12`; expected text\n  write it in quotes: "12"',
  ],
  [
    'a number with zeros in front where text belongs',
    base.replace('name: main', 'name: 007'),
    '3:12 error: `name`: found `007`; expected text\n  write it in quotes: "007"',
  ],
  [
    'an endpoint with a key in it, which is not shown',
    base.replace('"127.0.0.1:8000"', '"https://ann:pa55@host/v1?key=sk-1 2"'),
    '8:33 error: `endpoint`: `https://***@host/v1?***` is no endpoint',
  ],
  [
    'an unknown default model',
    base.replace('model: small', 'model: smal'),
    '5:21 error: unknown model `smal`\n  did you mean `small`?',
  ],
  [
    'a model declared twice',
    base.replace('name: big', 'name: small'),
    '9:13 error: model `small` is declared twice',
  ],
  [
    'an endpoint without address',
    base.replace('endpoint: "127.0.0.1:8000"', 'weight: 1'),
    '8:22 error: an endpoint needs `endpoint` or `base_url`',
  ],
  [
    'a used model without endpoints',
    base.replace('\n      backend_refs: [{endpoint: "127.0.0.1:8000"}]', ''),
    '7:7 error: model `small` is used and has no endpoint',
  ],
  [
    'an endpoint with a space',
    base.replace('127.0.0.1:8000', 'my host'),
    '8:33 error: `endpoint`: `my host` is no endpoint',
  ],
  [
    'an endpoint with an odd scheme',
    base.replace('127.0.0.1:8000', 'ftp://x'),
    '8:33 error: `endpoint`: `ftp://x` starts with `ftp://`',
  ],
  [
    'an endpoint with half a scheme',
    base.replace('127.0.0.1:8000', 'https//h'),
    '8:33 error: `endpoint`: `https//h` is no endpoint\n  a URL starts with',
  ],
  [
    'a base_url without scheme',
    base.replace('endpoint: "127.0.0.1:8000"', 'base_url: api.example.com/v1'),
    '8:33 error: `base_url`: found `api.example.com/v1`; expected a full URL\n  write `https://api.example.com/v1`',
  ],
  [
    'a negative weight',
    base.replace('8000"', '8000", weight: -1'),
    '8:59 error: `weight`: found `-1`; must be at least 0',
  ],
  [
    'an unknown reasoning family',
    base.replace('name: big', 'name: big\n      reasoning: {family: qwen}'),
    '10:27 error: unknown reasoning family `qwen`\n  did you mean `qwen3`?',
  ],
  [
    'reasoning without parameter',
    base.replace('name: big', 'name: big\n      reasoning: {type: reasoning_effort}'),
    '10:7 error: `parameter` is missing in `reasoning`',
  ],
  [
    'an unknown operator',
    rules('{operator: XOR, conditions: []}'),
    '22:25 error: found operator `XOR`; allowed: `AND`, `OR`, `NOT`\n  did you mean `OR`?',
  ],
  [
    'a lower-case operator',
    rules('{operator: and, conditions: []}'),
    '22:25 error: found operator `and`; allowed: `AND`, `OR`, `NOT`\n  write `AND` in upper case',
  ],
  [
    'NOT with two children',
    rules('{operator: NOT, conditions: [{type: keyword, name: code_words}, {type: domain, name: math}]}'),
    '22:42 error: NOT needs exactly one condition; found 2',
  ],
  [
    'NOT without children',
    rules('{operator: NOT, conditions: []}'),
    '22:42 error: NOT needs exactly one condition; found 0',
  ],
  [
    'OR without children',
    rules('{operator: OR, conditions: []}'),
    '22:41 error: OR without conditions never matches',
  ],
  [
    'an operator without conditions',
    rules('{operator: OR}'),
    '22:7 error: `conditions` is missing beside `operator`',
  ],
  [
    'a condition that is an operator too',
    rules('{type: keyword, name: code_words, operator: AND, conditions: []}'),
    '22:14 error: this rule is a condition',
  ],
  ['an empty rule', rules('{}'), '22:14 error: this rule is empty'],
  [
    'a list as rule',
    rules('[]'),
    '22:14 error: a rule is `{type, name}` or `{operator, conditions}`; found an empty list',
  ],
  [
    'an unknown key in a rule',
    rules('{type: keyword, nam: code_words}'),
    '22:7 error: `name` is missing in a condition',
  ],
  [
    'an unknown signal type',
    rules('{type: keyword2, name: code_words}'),
    '22:21 error: unknown signal type `keyword2`\n  did you mean `keyword`?',
  ],
  [
    'a config key as type',
    rules('{type: keywords, name: code_words}'),
    '22:21 error: unknown signal type `keywords`\n  did you mean `keyword`?',
  ],
  [
    'an unknown signal',
    rules('{type: keyword, name: code_word}'),
    '22:36 error: unknown keyword signal `code_word`\n  did you mean `code_words`? declared under `routing.signals.keywords`',
  ],
  [
    'an undeclared domain',
    rules('{type: domain, name: physics}'),
    '22:35 error: unknown domain signal `physics`',
  ],
  [
    'a complexity condition without level',
    rules('{type: complexity, name: hardness}'),
    '22:39 error: found `hardness`; a complexity condition names a level\n  write `hardness:hard`',
  ],
  [
    'a signal of a family that has none',
    rules('{type: pii, name: any}'),
    '22:32 error: unknown pii signal `any`\n  declare it under `routing.signals.pii`, which has none',
  ],
  [
    'an unknown label where no domains are declared',
    `${base}routing:\n  decisions:\n    - {name: a, rules: {type: domain, name: phisics}, modelRefs: [{model: small}]}\n`,
    '13:45 error: unknown domain `phisics`\n  did you mean `physics`?',
  ],
  [
    'a wrong field of a signal',
    `${base}routing:\n  signals:\n    keywords:\n      - {name: a, operator: NAND, keywords: [x]}\n`,
    '14:29 error: `operator`: found `NAND`\n  did you mean `AND`? allowed: `AND`, `OR`, `NOR`',
  ],
  [
    "what a signal family's own check finds",
    `${base}routing:\n  signals:\n    context:\n      - {name: a, min_tokens: 5K, max_tokens: 1K}\n`,
    '14:31 error: `min_tokens`: found 5000, which is more than max_tokens (1000); swap them',
  ],
  [
    'a signal declared twice',
    `${base}routing:\n  signals:\n    domains:\n      - {name: math}\n      - {name: math}\n`,
    '15:16 error: domain signal `math` is declared twice',
  ],
  [
    'a decision declared twice',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}]}\n    - {name: a, modelRefs: [{model: big}]}\n`,
    '14:14 error: decision `a` is declared twice',
  ],
  [
    'an unknown model in a decision',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: bigg}]}\n`,
    '13:37 error: unknown model `bigg`\n  did you mean `big`?',
  ],
  [
    'an undeclared LoRA adapter',
    `${base}routing:\n  modelCards: [{name: big, loras: [{name: law-expert}]}]\n  decisions:\n    - {name: a, modelRefs: [{model: big, lora_name: law-expret}]}\n`,
    '14:53 error: unknown LoRA adapter `law-expret`\n  did you mean `law-expert`?',
  ],
  [
    'an unknown plugin',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], plugins: [{type: sistem_prompt, configuration: {}}]}\n`,
    '13:61 error: `type`: found `sistem_prompt`\n  did you mean `system_prompt`?',
  ],
  [
    'a wrong plugin configuration',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], plugins: [{type: fast_response, configuration: {mesage: no}}]}\n`,
    '13:76 error: `message` is missing in `routing.decisions[0].plugins[0].configuration`',
  ],
  [
    'a plugin given twice',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], plugins: [{type: tools}, {type: tools}]}\n`,
    '13:76 error: plugin `tools` is given twice in one decision',
  ],
  [
    'an unknown algorithm',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], algorithm: {type: hybird}}\n`,
    '13:62 error: `type`: found `hybird`\n  did you mean `hybrid`?',
  ],
  [
    'a slip in the settings of an algorithm that does not run yet',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], algorithm: {type: automix, automix: {verification_treshold: 0.7}}}\n`,
    '13:81 error: unknown key `verification_treshold` in `automix`\n  did you mean `verification_threshold`?',
  ],
  [
    'a slip deeper in such settings',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], algorithm: {type: multi_factor, multi_factor: {slo: {max_tftt_ms: 5}}}}\n`,
    '13:97 error: unknown key `max_tftt_ms` in `slo`\n  did you mean `max_ttft_ms`?',
  ],
  [
    'a setting of an algorithm beside its block',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], algorithm: {type: elo, k_factor: 32}}\n`,
    '13:67 error: unknown key `k_factor` in `algorithm`\n  write it one level deeper, under `elo`',
  ],
  [
    'a number that such a setting cannot have',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], algorithm: {type: latency_aware, latency_aware: {ttft_percentile: 0}}}\n`,
    '13:110 error: `ttft_percentile`: found `0`; must be from 1 to 100',
  ],
  [
    'a word that such a setting does not know',
    `${base}routing:\n  decisions:\n    - {name: a, modelRefs: [{model: big}], algorithm: {type: confidence, confidence: {confidence_method: margins}}}\n`,
    '13:106 error: `confidence_method`: found `margins`\n  did you mean `margin`? allowed:',
  ],
  [
    'a priority that is no whole number',
    `${base}routing:\n  decisions:\n    - {name: a, priority: 1.5, modelRefs: [{model: big}]}\n`,
    '13:27 error: `priority`: expected a whole number; found `1.5`',
  ],
];

describe('a config file is refused', () => {
  it.each(table)('for %s', (_what, text, expected) => {
    const errors = printed(text);
    expect(errors.join('\n')).toContain(expected);
    expect(errors.some((error) => error.startsWith(expected))).toBe(true);
  });

  it('with all problems at once, in file order', () => {
    const text = `version: v0.3
listeners:
  - {port: 0}
providers:
  defaults: {modle: small}
  models:
    - name: small
      backend_refs: [{endpoint: "127.0.0.1:8000", weigth: 2}]
routing:
  decisions:
    - name: a
      rules: {operator: XOR, conditions: []}
      modelRefs: [{model: smol}]
`;
    expect(
      findings(text).flatMap((finding) =>
        finding.severity === 'error' ? [`${finding.line}:${finding.column}`] : [],
      ),
    ).toEqual(['3:12', '5:14', '8:51', '12:25', '13:27']);
  });

  it('with what is wrong within one rule even if the one beside it is malformed', () => {
    const text = `${base}routing:
  signals:
    context: [{name: a, min_tokens: 10X}, {name: b, min_tokens: 5K, max_tokens: 1K}, {name: c, max_tokens: 9K}]
`;
    expect(printed(text).map((error) => error.split(' error')[0])).toEqual(['13:37', '13:65']);
    expect(printed(text, 'warning').join()).not.toContain('context');
  });

  it('by an error that carries every finding and shows the errors', () => {
    expect.assertions(4);
    try {
      loadConfigText('listeners: [{port: 0}]\nx: 1\n', 'my.yaml', {});
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      expect(error.code).toBe('VSR_CONFIG_INVALID');
      expect(error.message).toMatch(/^2 errors in my\.yaml:\nmy\.yaml:1:20 error: /);
      expect(error.diagnostics.some((finding) => finding.severity === 'note')).toBe(true);
      expect(error.diagnostics.map((finding) => finding.path)).toContain('listeners[0].port');
    }
  });

  it('without quoting secrets', () => {
    const text = base.replace('8000"', '8000", api_key: [hunter2], api_key_env: 5');
    expect(printed(text).join('\n')).not.toContain('hunter2');
    const number = base.replace('8000"', '8000", api_key: 31337');
    expect(printed(number).join('\n')).not.toContain('31337');
  });
});
