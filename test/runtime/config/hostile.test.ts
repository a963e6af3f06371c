// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { describe, expect, it } from 'vitest';
import { base, findings, load, printed } from './helpers.js';

const first = (text: string) => printed(text)[0];

describe('hostile files are refused quickly', () => {
  it('aliases that multiply', () => {
    let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 12; i++)
      text += `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]\n`;
    expect(first(text)).toContain('error: the file expands to more than 200000 values');
  });

  it('merge keys that multiply', () => {
    let text = 'a0: &a0 {k: [1, 2, 3, 4, 5, 6, 7, 8]}\n';
    for (let i = 1; i < 30; i++) text += `a${i}: &a${i} {<<: *a${i - 1}, b: *a${i - 1}}\n`;
    expect(first(text)).toContain('expands to more than');
  });

  it('an alias to what contains it', () => {
    expect(first('a: &a [*a]\n')).toContain('1:8 error: alias `*a` refers to no anchor before it');
  });

  it.each([
    ['flow lists', `a: ${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['flow maps', `a: ${'{a: '.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['block lists', `${'- '.repeat(10_000)}x`],
    ['moderate nesting', `a: ${'['.repeat(150)}${']'.repeat(150)}`],
    ['indented maps', Array.from({ length: 1500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('nesting: %s', (_what, text) => {
    expect(findings(text).some(({ severity }) => severity === 'error')).toBe(true);
  });

  it('says how deep is too deep', () => {
    expect(first(`a: ${'['.repeat(150)}${']'.repeat(150)}`)).toContain('nested deeper than 100 levels');
  });

  it('files that are too large', () => {
    expect(first(`# ${'x'.repeat(6_000_000)}`)).toBe('1:1 error: the file is larger than 5 MiB');
  });
});

describe('names with a meaning in JavaScript', () => {
  it('are unknown keys like any other', () => {
    expect(first(`${base}__proto__: {polluted: true}\n`)).toContain('11:1 error: unknown key `__proto__`');
    expect(first(`${base}constructor: {prototype: 1}\n`)).toContain('11:1 error: unknown key `constructor`');
    expect(first(`${base}toString: 1\n`)).toContain('11:1 error: unknown key `toString`');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('are no models, signals or variables that exist', () => {
    expect(first(base.replace('model: small', 'model: constructor'))).toContain(
      'unknown model `constructor`',
    );
    expect(
      first(`${base}routing: {decisions: [{name: a, rules: {type: constructor, name: toString}}]}\n`),
    ).toContain('unknown signal type `constructor`');
    expect(first(base.replace('"127.0.0.1:8000"', '"${hasOwnProperty}"'))).toContain(
      '`hasOwnProperty` is not set',
    );
    expect(load(base.replace('name: big', 'name: hasOwnProperty')).config.models[1]?.name).toBe(
      'hasOwnProperty',
    );
  });

  it('do not matter as keys of free mappings', () => {
    const text = base.replace('name: big', 'name: big\n      external_model_ids: {constructor: x}');
    expect(load(text).config.models[1]?.upstreamId).toBe('big');
  });
});

describe('size', () => {
  it('200 decisions load fast', () => {
    let text = `${base}routing:\n  signals:\n    keywords:\n`;
    for (let i = 0; i < 200; i++)
      text += `      - {name: k${i}, operator: OR, keywords: [word${i}, other${i}]}\n`;
    text += '  decisions:\n';
    for (let i = 0; i < 200; i++) {
      const conditions = Array.from({ length: 5 }, (_, j) => `{type: keyword, name: k${(i + j) % 200}}`).join(
        ', ',
      );
      text += `    - {name: d${i}, priority: ${i}, rules: {operator: OR, conditions: [${conditions}]}, modelRefs: [{model: big}]}\n`;
    }
    expect(load(text).config.decisions).toHaveLength(200);
  });
});
