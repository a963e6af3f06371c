import { describe, expect, it } from 'vitest';
import { didYouMean, listNames, nearestName, suggestion } from '../../../src/runtime/text/suggestions.js';

describe('nearest name', () => {
  it.each([
    ['recieve', ['receive', 'relieve'], 'receive'],
    ['semantic-cache', ['semantic_cache', 'x'], 'semantic_cache'],
    ['Computer_Science', ['chemistry', 'computer science'], 'computer science'],
    ['port', ['timeout', 'name'], undefined],
    ['ab', ['cd'], undefined],
    ['x'.repeat(200), ['x'.repeat(199)], undefined],
    ['name', [], undefined],
  ])('%s among %s is %s', (name, candidates, expected) => {
    expect(nearestName(name, candidates)).toBe(expected);
  });
});

it('thousands of names at once get no guess each, and the next piece of work does again', async () => {
  const known = Array.from({ length: 1000 }, (_, index) => `name_${index}`);
  const guesses = known.map((name) => nearestName(`${name}x`, known));
  expect(guesses[0]).toBe('name_0');
  expect(guesses.at(-1)).toBeUndefined();
  await Promise.resolve();
  expect(nearestName('nmae_7', known)).toBe('name_7');
});

it('is asked for at the end of a message', () => {
  expect(didYouMean('phyiscs', ['math', 'physics'])).toBe('; did you mean "physics"?');
  expect(didYouMean('cooking', ['math', 'physics'])).toBe('');
});

it('long lists are cut', () => {
  expect(listNames(['a', 'b', 'c'], 2)).toBe('`a`, `b`, … (1 more)');
});

it('a hint names the guess, and what is allowed where that is short', () => {
  const many = Array.from({ length: 9 }, (_, index) => `name-${index}x`);
  expect(suggestion('mian', ['main', 'other'])).toBe('did you mean `main`? allowed: `main`, `other`');
  expect(suggestion('nam-3x', many)).toBe('did you mean `name-3x`?');
  expect(suggestion('z', [], 'declared')).toBe('declared: none');
});
