// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { describe, expect, it } from 'vitest';
import { interpolateText, typedPlain } from '../../../src/runtime/config/interpolate.js';
import { base as canonical, load, printed } from './helpers.js';

/** With the port and an endpoint on lines of their own: a variable between braces needs quotes. */
const base = canonical
  .replace('{name: main, port: 8899}', 'name: main\n    port: 8899')
  .replace('[{endpoint: "127.0.0.1:8000"}]', '\n        - endpoint: "127.0.0.1:8000"');

const env = { NAME: 'ada', EMPTY: '', PORT: '9100', DIGITS: '12345678901234567890', NUMBER: '42' };

describe('variables in text', () => {
  it.each([
    ['${NAME}', 'ada'],
    ['a ${NAME} b ${NAME}', 'a ada b ada'],
    ['${NONE:-x}', 'x'],
    ['${EMPTY:-x}', 'x'],
    ['${EMPTY-x}', ''],
    ['${NONE-x}', 'x'],
    ['${NONE:-}', ''],
    ['${NONE:-http://h:1/v1}', 'http://h:1/v1'],
    ['$${NAME}', '${NAME}'],
    ['a$$b', 'a$b'],
    ['^sk-.*$', '^sk-.*$'],
    ['$NAME', 'ada'],
    ['$NOBODY', '$NOBODY'],
    ['x$NAME', 'x$NAME'],
    ['$NAME$', '$NAME$'],
    ['a$|b$', 'a$|b$'],
  ])('%s becomes %s', (text, expected) => {
    expect(interpolateText(text, env)).toEqual({ text: expected, missing: [], malformed: false });
  });

  it('names what is missing or no reference', () => {
    expect(interpolateText('${A}${B}', env).missing).toEqual(['A', 'B']);
    expect(interpolateText('${1x}', env).malformed).toBe(true);
    expect(interpolateText('${A:-${B}}', env).malformed).toBe(true);
    expect(interpolateText('${constructor:-no}', {}).text).toBe('no');
  });
});

describe('values of variables', () => {
  it.each([
    ['8899', 8899],
    ['-1.5e3', -1500],
    ['true', true],
    ['null', null],
    ['', null],
    ['yes', 'yes'],
    ['12345678901234567890', '12345678901234567890'],
    ['1.2.3', '1.2.3'],
  ])('%s is read like an unquoted value', (text, expected) => {
    expect(typedPlain(text)).toBe(expected);
  });
});

describe('variables in a config file', () => {
  it('are numbers where numbers are wanted, in quotes too: inside braces they need them', () => {
    expect(load(base.replace('8899', '${PORT}'), env).config.listeners[0]?.port).toBe(9100);
    expect(load(base.replace('8899', '${NONE:-8897}'), env).config.listeners[0]?.port).toBe(8897);
    expect(load(base.replace('8899', '"${PORT}"'), env).config.listeners[0]?.port).toBe(9100);
    const inBraces = canonical.replace('8899', '"${PORT}"');
    expect(load(inBraces, env).config.listeners[0]?.port).toBe(9100);
    expect(printed(base.replace('8899', '"${NAME}"'), 'error', env)[0]).toContain(
      '4:11 error: `port`: found the value of `${NAME}`; expected a number',
    );
  });

  it('are numbers or truth values where names would do too', () => {
    const decision = `  decisions: [{name: a, priority: "\${P}", rules: {operator: AND, conditions: []}, modelRefs: [{model: m, use_reasoning: "\${R}"}]}]\n`;
    const text = `version: v0.3\nproviders: {models: [{name: m, backend_refs: [{provider: echo}]}]}\nrouting:\n${decision}`;
    const { priority, modelRefs } = load(text, { P: '7', R: 'true' }).config.decisions[0] ?? {};
    expect([priority, modelRefs?.[0]?.useReasoning]).toEqual([7, true]);
    expect(load(text, { P: 'block', R: 'false' }).config.decisions[0]?.priority).toBe(200);
  });

  it('are text where text is wanted, whatever they look like', () => {
    for (const name of ['NUMBER', 'DIGITS'] as const) {
      const text = base.replace('8000"', `8000"\n          api_key: \${${name}}`);
      expect(load(text, env).config.models[0]?.backends[0]?.apiKey).toBe(env[name]);
    }
  });

  it('that are not set are reported once, with their place, and nothing that follows from it', () => {
    expect(printed(base.replace('8899', '${NOPE}'))).toEqual([
      '4:11 error: environment variable `NOPE` is not set\n  set it, or give a default: `${NOPE:-value}`',
    ]);
  });

  it('say what to do where YAML does not take them', () => {
    expect(printed(canonical.replace('8899', '${PORT}'))[0]).toMatch(
      /^3:25 error: a variable inside .* needs quotes/,
    );
  });

  it('never show their value in messages', () => {
    expect(printed(base.replace('8899', '${NAME}'), 'error', env).join('\n')).not.toContain('ada');
  });

  it('leave regular expressions alone', () => {
    const text = `${base}routing:\n  signals:\n    keywords: [{name: a, operator: OR, method: regex, keywords: ['^x+$', 'a$|b$']}]\n`;
    expect(load(text).config.signals.keywords?.[0]).toMatchObject({ keywords: ['^x+$', 'a$|b$'] });
  });

  it('resolve `api_key_env`, and warn if the variable is not set', () => {
    const text = base.replace('8000"', '8000"\n          api_key_env: MY_KEY');
    expect(load(text, { MY_KEY: 'k' }).config.models[0]?.backends[0]?.apiKey).toBe('k');
    expect(load(text).config.models[0]?.backends[0]?.apiKey).toBeUndefined();
    expect(printed(text, 'warning')).toEqual([
      '11:24 warning: environment variable `MY_KEY` is not set: requests go out without a key',
    ]);
  });
});
