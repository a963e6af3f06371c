// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { describe, expect, test } from 'vitest';
import { patchConfigText } from '../../../src/runtime/config/patch.js';

const patched = (text: string, patch: Readonly<Record<string, unknown>>) =>
  patchConfigText(text, patch, 'router.yaml');

const today = `# ours
version: v0.3
global: {services: {management_api: {bind: 127.0.0.1}}} # stays first
providers:
  defaults:
    default_model: one # the cheap one
  models:
    - name: one
      backend_refs: [{type: vllm, endpoint: "127.0.0.1:1", api_key: sk-one}]
    - {name: two, backend_refs: [{type: vllm, endpoint: "127.0.0.1:2"}]}
routing:
  decisions:
    - name: all
      plugins: [{type: semantic-cache, configuration: {enabled: true}}]
      modelRefs: [{model: one}]
`;

describe('a patch of a file with older names', () => {
  test('of something else leaves them alone', () => {
    expect(patched(today, { routing: { strategy: 'confidence' } })).toBe(`${today}  strategy: confidence\n`);
  });

  test.each([
    ['older', { default_model: 'two' }],
    ['newer', { model: 'two' }],
  ])('may name what it changes by its %s name; the file keeps its own', (_name, defaults) => {
    expect(patched(today, { providers: { defaults } })).toBe(
      today.replace('default_model: one', 'default_model: two'),
    );
  });

  test.each([
    ['older', { default_model: null, default_reasoning_effort: 'low' }],
    ['newer', { model: null, reasoning_effort: 'low' }],
  ])('removes and adds by %s names', (age, defaults) => {
    const text = patched(today, { providers: { defaults } });
    expect(text).not.toContain('default_model');
    expect(text).toContain(age === 'older' ? 'default_reasoning_effort: low' : '    reasoning_effort: low');
    expect(text).toContain('type: vllm');
  });

  test('changes one entry of a list and none of its neighbours', () => {
    const decisions = [
      {
        name: 'all',
        plugins: [{ type: 'semantic-cache', configuration: { enabled: true } }],
        modelRefs: [{ model: 'two' }],
      },
    ];
    expect(patched(today, { routing: { decisions } })).toBe(
      today.replace('modelRefs: [{model: one}]', 'modelRefs: [{model: two}]'),
    );
  });

  test('brings back the secrets that it was shown as stars, each at its endpoint', () => {
    const ref = (port: number) => ({ type: 'vllm', endpoint: `127.0.0.1:${port}`, api_key: '***' });
    const models = (...refs: unknown[]) => ({ providers: { models: [{ name: 'one', backend_refs: refs }] } });
    const keys = today.replace(
      'api_key: sk-one}]',
      'api_key: sk-one}, {type: vllm, endpoint: "127.0.0.1:5", api_key: sk-five}]',
    );
    expect(patched(keys, models(ref(5), ref(1)))).toMatch(/:5", api_key: sk-five.*:1", api_key: sk-one/);
    expect(() => patched(keys, models(ref(1), ref(6)))).toThrow(
      expect.objectContaining({ param: 'providers.models[0].backend_refs[1].api_key' }),
    );
  });

  test('rewrites names that stand in its way', () => {
    const families = `version: v0.3
providers:
  defaults:
    default_model: one
    reasoning_families: {mine: {type: chat_template_kwargs, parameter: thinking}}
  models:
    - {name: one, reasoning_family: mine, backend_refs: [{endpoint: "127.0.0.1:1"}]}
`;
    const models = [
      { name: 'one', reasoning: { family: 'qwen3' }, backend_refs: [{ endpoint: '127.0.0.1:1' }] },
    ];
    const text = patched(families, { providers: { models } });
    expect(text).toContain('family: qwen3');
    expect(text).not.toContain('reasoning_family:');
  });
});

test('a file of an early layout is rewritten in the canonical one', () => {
  const early = `version: v0.1
# all of it
decisions:
  - {name: all, priority: 1, rules: {operator: AND, conditions: []}, modelRefs: [{model: one}]}
providers: {default_model: one, models: [{name: one}]}
`;
  const text = patched(early, { routing: { strategy: 'confidence' } });
  expect(text).toContain('version: v0.3');
  expect(text).toContain('# all of it');
  expect(text).toContain('strategy: confidence');
});

test('variables stay variables', () => {
  const text = 'version: v0.3\nproviders: {defaults: {default_model: "${MODEL}"}}\n';
  expect(patched(text, { routing: { strategy: 'confidence' } })).toBe(
    `${text}routing:\n  strategy: confidence\n`,
  );
});
