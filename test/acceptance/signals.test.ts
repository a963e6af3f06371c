import { describe, expect, it } from 'vitest';
import type { MessageView } from '../../src/runtime/signals/types.js';
import { request, route, routerFor } from './support.js';

const models = `version: v0.3
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: h}]}
    - {name: big, provider_model_id: org/big-32b, backend_refs: [{endpoint: h}]}
    - {name: coder, backend_refs: [{endpoint: h}]}
`;

const decision = (name: string, rules: string) =>
  `    - {name: ${name}, rules: ${rules}, modelRefs: [{model: big}]}\n`;

describe('signals without keywords', () => {
  const signal = (key: string, rules: string, names: readonly (readonly [type: string, name: string])[]) =>
    `${models}routing:\n  signals:\n    ${key}: [${rules}]\n  decisions:\n${names.map(([type, name]) => decision(name, `{type: ${type}, name: ${name}}`)).join('')}`;
  const context = (bounds: string) => signal('context', `{name: c, ${bounds}}`, [['context', 'c']]);
  const words = (count: number) => 'word '.repeat(count);
  const structure = (feature: string) => signal('structure', `{name: s, ${feature}}`, [['structure', 's']]);
  const count = (source: string, predicate: string) =>
    structure(`feature: {type: count, source: ${source}}, predicate: ${predicate}`);
  const languages = signal(
    'language',
    '{name: en}, {name: de}, {name: fr}, {name: zh}, {name: ru}',
    ['en', 'de', 'fr', 'zh', 'ru'].map((name) => ['language', name]),
  );
  it.each<readonly [what: string, text: string, prompt: string, decision: string | undefined]>([
    ['at least', context('min_tokens: 1K'), words(2000), 'c'],
    ['too short', context('min_tokens: 1K'), words(100), undefined],
    ['at most', context('max_tokens: 100'), words(20), 'c'],
    ['too long', context('max_tokens: 100'), words(2000), undefined],
    ['between', context('min_tokens: "0.5K", max_tokens: 0.01M'), words(2000), 'c'],
    ['an empty maximum is none', context('min_tokens: 10, max_tokens: ""'), words(2000), 'c'],
    ['lower-case k', context('min_tokens: 1k'), words(2000), 'c'],
    ['a whole number', context('min_tokens: 100'), words(2000), 'c'],
    ['questions', count("{type: regex, pattern: '\\?'}", '{gte: 2}'), 'why? how?', 's'],
    ['one question', count("{type: regex, pattern: '\\?'}", '{gte: 2}'), 'why?', undefined],
    [
      'a code block',
      structure("feature: {type: exists, source: {type: regex, pattern: '```'}}"),
      'a ```b```',
      's',
    ],
    [
      'no code block',
      structure("feature: {type: exists, source: {type: regex, pattern: '```'}}"),
      'a b',
      undefined,
    ],
    [
      'keywords counted',
      count('{type: keyword_set, keywords: [must, should]}', '{gt: 1}'),
      'It must and should',
      's',
    ],
    [
      'keywords are words',
      count('{type: keyword_set, keywords: [must, should]}', '{gt: 1}'),
      'mustard shoulder',
      undefined,
    ],
    [
      'in order',
      structure('feature: {type: sequence, source: {type: sequence, sequences: [[first, then]]}}'),
      'First this, then that',
      's',
    ],
    [
      'out of order',
      structure('feature: {type: sequence, source: {type: sequence, sequences: [[first, then]]}}'),
      'then this, first that',
      undefined,
    ],
    ['bytes', count('{type: text_bytes}', '{gte: 6}'), 'ééé', 's'],
    ['few bytes', count('{type: text_bytes}', '{gt: 6}'), 'ééé', undefined],
    [
      'density',
      structure("feature: {type: density, source: {type: regex, pattern: '!'}}, predicate: {gte: 0.5}"),
      'now! go!',
      's',
    ],
    ['English', languages, 'Could you please explain how photosynthesis works in plants?', 'en'],
    ['German', languages, 'Könnten Sie mir bitte erklären, wie die Photosynthese funktioniert?', 'de'],
    ['French', languages, 'Pourriez-vous m’expliquer comment fonctionne la photosynthèse ?', 'fr'],
    ['Chinese', languages, '请解释一下光合作用是如何工作的', 'zh'],
    ['Russian', languages, 'Объясните, пожалуйста, как работает фотосинтез', 'ru'],
    ['no language', languages, '12345 67890', undefined],
    ['no encoder', signal('domains', '{name: math}', [['domain', 'math']]), 'What is 2+2?', undefined],
  ])('%s', async (_, text, prompt, expected) => {
    expect((await route(routerFor(text), request(prompt))).decision).toBe(expected);
  });

  it('the context counts every message, the rest only the last user text', async () => {
    const router = routerFor(context('min_tokens: 1K'));
    const messages: MessageView[] = [
      { role: 'system', text: words(2000) },
      { role: 'user', text: 'hi' },
    ];
    expect((await route(router, request(messages))).decision).toBe('c');
    expect((await route(router, request('hi', { structuredChars: 20_000 }))).decision).toBe('c');
  });
});
