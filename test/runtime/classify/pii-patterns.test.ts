import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recogniseInSlices } from '../../../src/runtime/classify/pii-patterns.js';
import { recognise } from '../../../src/runtime/pii/recognise.js';

const values = [
  'ada@example.org',
  '4111 1111 1111 1111',
  'GB82 WEST 1234 5698 7654 32',
  '+1 212 555 0187',
  '😀',
];

test('a long text gives the same matches in slices as at once, wherever the cuts fall', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 65_400, max: 65_600 }),
      fc.shuffledSubarray(values, { minLength: 3 }),
      async (length, order) => {
        const padding = 'and so on 😀 '.repeat(6_000);
        const text = [
          padding.slice(0, length),
          order.join(' and '),
          padding,
          'my card number is 4111 1111 1111 1111, ',
          padding,
          order.join(', '),
        ].join(' ');
        expect(await recogniseInSlices(text)).toEqual(recognise(text));
      },
    ),
    { numRuns: 40 },
  );
});

test('stops when nobody waits for it any more', async () => {
  const gone = AbortSignal.abort(new Error('gone'));
  await expect(recogniseInSlices('x '.repeat(100_000), gone)).rejects.toThrow('gone');
});
