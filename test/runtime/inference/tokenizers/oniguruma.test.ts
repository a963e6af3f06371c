import { describe, expect, it } from 'vitest';
import { PatternError, translatePattern } from '../../../../src/runtime/inference/tokenizers/oniguruma.js';

// What translated patterns match is compared with the reference in components.test.ts.
describe('translatePattern', () => {
  it.each([
    '(a)\\1',
    '\\Ga',
    'a\\Kb',
    '\\X',
    '(?x: a )',
    '(?#note)',
    '\\p{NoSuch}',
    '[[:odd:]]',
    '(a',
    'a)',
    '[a',
    '[z-a]',
    '*',
    '\\x{110000}',
  ])('refuses %s', (pattern) => {
    expect(() => translatePattern(pattern)).toThrow(PatternError);
  });

  it('does not give back what a possessive quantifier took', () => {
    expect(translatePattern('a++a').test('aaa')).toBe(false);
    expect(translatePattern('(?>a+)a').test('aaa')).toBe(false);
    expect(translatePattern('a{1,3}+a').test('aaa')).toBe(true);
  });

  it('ignores case only where it is told to', () => {
    const pattern = translatePattern("(?i:'s)x");
    expect(["'Sx", "'ſx", "'sX"].map((text) => text.search(pattern))).toEqual([0, 0, -1]);
  });
});
