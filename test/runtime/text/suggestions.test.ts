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
