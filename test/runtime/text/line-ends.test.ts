import { expect, it } from 'vitest';
import { withLineEndsOf } from '../../../src/runtime/text/line-ends.js';

it('takes the line ends of the first line of the source', () => {
  expect(withLineEndsOf('a: 1\r\nb: 2\n', 'a: 1\nb: 3\n')).toBe('a: 1\r\nb: 3\r\n');
  expect(withLineEndsOf('a: 1\nb: 2\r\n', 'a: 1\nb: 3\n')).toBe('a: 1\nb: 3\n');
  expect(withLineEndsOf('a: 1', 'a: 1\n')).toBe('a: 1\n');
});

it('doubles no carriage return that stands there already', () => {
  expect(withLineEndsOf('a\r\n', 'a\r\nb\n')).toBe('a\r\nb\r\n');
});
