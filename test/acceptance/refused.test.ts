// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { expect, it } from 'vitest';
import { algorithm, B, dec, iris, plugin, testRefusals } from './refusals.js';
import { judge, lines } from './support.js';

testRefusals({
  'the file itself': [
    ['no text', '\n', '1:1 the file is empty'],
    ['a list', '- a\n', '1:1 a config file is a mapping of keys to values; found a list'],
    ['a word', 'hello\n', '1:1 a config file is a mapping of keys to values; found a single value'],
    ['a tab', `${B}routing:\n\tsignals: {}\n`, '9:1 a tab is used for indentation'],
    ['an open quote', `${B}routing: {strategy: "priority}\n`, '9:1 not valid YAML: Missing closing'],
    ['an unknown version', B.replace('v0.3', 'v9'), '1:10 found version `v9` – allowed: `v0.1`'],
    ['an unknown key at the top', `${B}routng: {}\n`, '8:1 unknown key `routng` – did you mean `routing`?'],
    ['a key twice', `${B}version: v0.3\n`, '8:1 key `version` is given twice'],
    ['two documents', `${B}---\nversion: v0.3\n`, '8:1 the file holds more than one YAML document'],
    ['a missing variable', B.replace('h:1', '${NOPE}:1'), '6:47 environment variable `NOPE` is not set'],
    ['a broken variable', B.replace('h:1', '${NO PE}'), '6:47 `${NO PE}` holds `${` that starts no variable'],
  ],
  listeners: [
    ['none', B.replace('[{name: main, port: 8899}]', '[]'), '2:12 the list of listeners is empty'],
    ['port 0', B.replace('8899', '0'), '2:32 `port`: found `0`; must be at least 1'],
    ['port 99999', B.replace('8899', '99999'), '2:32 `port`: found `99999`; must be at most 65535'],
    ['a port in quotes', B.replace('8899', '"8899"'), '2:32 `port`: found `8899`; expected a number'],
    ['no port', B.replace(', port: 8899', ''), '2:13 `port` is missing in `listeners[0]`'],
    [
      'a timeout without unit',
      B.replace('8899}', '8899, timeout: 30}'),
      '2:47 `timeout`: found `30` – write a number with a unit',
    ],
    ['a negative timeout', B.replace('8899}', '8899, timeout: -5s}'), '2:47 `timeout`: found `-5s`'],
    [
      'one port twice',
      B.replace('[{name: main, port: 8899}]', '[{port: 1}, {port: 1}]'),
      '2:31 two listeners use 0.0.0.0:1',
    ],
    [
      'an unknown key',
      B.replace('8899}', '8899, adress: h}'),
      '2:38 unknown key `adress` in `listeners[0]` – did you mean `address`?',
    ],
  ],
  models: [
    [
      'an unknown default',
      B.replace('model: small}', 'model: smal}'),
      '4:21 unknown model `smal` – did you mean `small`?',
    ],
    ['a name twice', B.replace('name: big', 'name: small'), '7:14 model `small` is declared twice'],
    ['no name', B.replace('name: big, ', ''), '7:7 `name` is missing in `providers.models[1]`'],
    ['no endpoint', B.replace('[{endpoint: "h:1"}]', '[]'), '6:7 model `small` is used and has no endpoint'],
    [
      'an endpoint without address',
      B.replace('{endpoint: "h:1"}', '{weight: 1}'),
      '6:36 an endpoint needs `endpoint` or `base_url`',
    ],
    [
      'a negative weight',
      B.replace('"h:1"', '"h:1", weight: -1'),
      '6:62 `weight`: found `-1`; must be at least 0',
    ],
    [
      'an unknown protocol',
      B.replace('"h:1"', '"h:1", protocol: grpc'),
      '6:64 `protocol`: found `grpc` – allowed: `http`, `https`',
    ],
    ['another scheme', B.replace('h:1', 'ftp://h'), '6:47 `endpoint`: `ftp://h` starts with `ftp://`'],
    ['a port out of range', B.replace('"h:1"', '"h:99999"'), '6:47 `endpoint`: `h:99999` is no endpoint'],
    ['a space', B.replace('"h:1"', '"a b"'), '6:47 `endpoint`: `a b` is no endpoint: it holds a space'],
    [
      'a base URL without scheme',
      B.replace('endpoint: "h:1"', 'base_url: "h:1"'),
      '6:47 `base_url`: found `h:1`; expected a full URL',
    ],
    [
      'an unknown family',
      B.replace('small,', 'small, reasoning_family: qwen,'),
      '6:39 unknown reasoning family `qwen` – did you mean `qwen3`?',
    ],
    [
      'an unknown way to reason',
      B.replace('small,', 'small, reasoning: {type: magic, parameter: x},'),
      '6:39 `type`: found `magic` – allowed:',
    ],
    [
      'half a way to reason',
      B.replace('small,', 'small, reasoning: {type: reasoning_effort},'),
      '6:21 `parameter` is missing in `reasoning`',
    ],
    [
      'a negative price',
      B.replace('small,', 'small, pricing: {prompt_per_1m: -1},'),
      '6:46 `prompt_per_1m`: found `-1`',
    ],
    ['a card without name', `${B}routing: {modelCards: [{param_size: 8B}]}\n`, '8:24 `name` is missing'],
    [
      'a bad header',
      B.replace('"h:1"', '"h:1", auth_header: "a b"'),
      '6:67 `auth_header`: not a valid header name',
    ],
  ],
  decisions: [
    ['no name', dec('{modelRefs: [{model: small}]}'), '12:7 `name` is missing in `routing.decisions[0]`'],
    [
      'a name twice',
      dec('{name: d, modelRefs: [{model: small}]}\n    - {name: d, modelRefs: [{model: small}]}'),
      '13:14 decision `d` is declared twice',
    ],
    [
      'a priority in words',
      dec('{name: d, priority: high}'),
      '12:27 `priority`: found `high`; expected a number or a name',
    ],
    [
      'half a priority',
      dec('{name: d, priority: 1.5}'),
      '12:27 `priority`: expected a whole number; found `1.5`',
    ],
    [
      'a priority in quotes',
      dec('{name: d, priority: "100"}'),
      '12:27 `priority`: found `100`; expected a number – write it without quotes',
    ],
    ['a negative tier', dec('{name: d, tier: -1}'), '12:23 `tier`: found `-1`; must be at least 0'],
    [
      'an unknown key',
      dec('{name: d, priorty: 5}'),
      '12:17 unknown key `priorty` in `routing.decisions[0]` – did you mean `priority`?',
    ],
    [
      'an unknown model',
      dec('{name: d, modelRefs: [{model: smal}]}'),
      '12:37 unknown model `smal` – did you mean `small`?',
    ],
    [
      'a model by name alone',
      dec('{name: d, modelRefs: [small]}'),
      '12:29 `modelRefs[0]`: found `small`; expected a mapping',
    ],
    [
      'an unknown adapter',
      dec('{name: d, modelRefs: [{model: small, lora_name: x}]}'),
      '12:55 unknown LoRA adapter `x`',
    ],
    [
      'reasoning in words',
      dec('{name: d, modelRefs: [{model: small, use_reasoning: "yes"}]}'),
      '12:59 `use_reasoning`: found `yes`; expected `true` or `false`',
    ],
    [
      'an unknown strategy',
      `${B}routing: {strategy: fastest}\n`,
      '8:21 `strategy`: found `fastest` – allowed: `priority`, `confidence`',
    ],
    ['an unknown algorithm', algorithm('{type: magic}'), '12:64 `type`: found `magic` – allowed: `static`'],
    [
      'a block of another algorithm',
      algorithm('{type: hybrid, hybrid: {}, automix: {}}'),
      '12:84 block `automix` does not belong to algorithm `hybrid`',
    ],
    [
      'an unknown key of an algorithm',
      algorithm('{type: hybrid, hybird: {}}'),
      '12:72 unknown key `hybird` in `algorithm` – did you mean `hybrid`?',
    ],
    [
      'an unknown plugin',
      plugin('sytem_prompt', '{}'),
      '12:63 `type`: found `sytem_prompt` – did you mean `system_prompt`?',
    ],
    [
      'an unknown mode',
      plugin('system_prompt', '{system_prompt: a, mode: append}'),
      '12:118 `mode`: found `append` – allowed: `insert`, `replace`',
    ],
    ['a message that is missing', plugin('fast_response', '{}'), '12:78 `message` is missing'],
    [
      'no configuration',
      dec('{name: d, plugins: [{type: system_prompt}]}'),
      '12:27 `configuration` is missing',
    ],
    [
      'a bad header',
      plugin('header_mutation', '{add: [{name: "bad name", value: x}]}'),
      '12:109 `name`: not a valid header name',
    ],
    [
      'a threshold above 1',
      plugin('semantic-cache', '{enabled: true, similarity_threshold: 1.5}'),
      '12:132 `similarity_threshold`: found `1.5`; must be from 0 to 1',
    ],
    [
      'one plugin under two names',
      dec(
        '{name: d, plugins: [{type: semantic-cache, configuration: {}}, {type: response_cache, configuration: {}}]}',
      ),
      '12:77 plugin `response_cache` is given twice',
    ],
  ],
  global: [
    [
      'an unknown section',
      `${B}global: {routr: {}}\n`,
      '8:10 unknown key `routr` in `global` – did you mean `router`?',
    ],
    [
      'a slip in a key',
      `${B}global: {router: {auto_model_nme: x}}\n`,
      '8:19 unknown key `auto_model_nme` in `global.router` – did you mean `auto_model_name`?',
    ],
    [
      'a number as name',
      `${B}global: {router: {auto_model_name: 5}}\n`,
      '8:36 `auto_model_name`: found `5`; expected text – write it in quotes: "5"',
    ],
    [
      'a management port in use',
      `${B}global: {services: {management_api: {bind_address: 0.0.0.0, port: 8899}}}\n`,
      '2:32 the listener uses 0.0.0.0:8899, which is the management port',
    ],
  ],
  'the v0.1 layout': [
    [
      'an undeclared keyword',
      iris('{type: keyword, name: kk}'),
      '7:101 unknown keyword signal `kk` – did you mean `k`?',
    ],
    ['an undeclared embedding', iris('{type: embedding, name: e}'), '7:103 unknown embedding signal `e`'],
    [
      'an undeclared fact check',
      iris('{type: fact_check, name: needs_fact_check}'),
      '7:104 unknown fact_check signal',
    ],
    ['no domain', iris('{type: domain, name: astrology}'), '7:100 unknown domain signal `astrology`'],
    [
      'a lower-case operator',
      iris('').replace('operator: OR, conditions', 'operator: or, conditions'),
      '7:62 found operator `or`',
    ],
    [
      'an unknown model',
      iris('{type: keyword, name: k}').replace('modelRefs: [{model: m}]', 'modelRefs: [{model: mm}]'),
      '7:127 unknown model `mm`',
    ],
    [
      'an unknown default',
      iris('{type: keyword, name: k}').replace('default_model: m', 'default_model: n'),
      '8:28 unknown model `n`',
    ],
    [
      'no endpoint',
      iris('{type: keyword, name: k}').replace('[{endpoint: "h:1"}]', '[]'),
      '8:40 model `m` is used and has no endpoint',
    ],
  ],
});

it('names every mistake of a file, in the order of the file', () => {
  const text = `version: v0.3
listeners: [{port: 0}]
providers:
  defaults: {model: nobody}
  models: [{name: m, backend_refs: [{endpoint: "ftp://h"}]}]
routing:
  signals:
    keywords: [{name: k, operator: xor, keywords: []}]
  decisions:
    - {name: d, rules: {type: keyword, name: q}, modelRefs: [{model: x}]}
`;
  expect(lines(judge(text)).map((line) => line.split(' ')[0])).toEqual([
    '2:20',
    '4:21',
    '5:48',
    '8:36',
    '8:51',
    '10:46',
    '10:70',
  ]);
});
