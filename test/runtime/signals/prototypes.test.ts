import { describe, expect, it } from 'vitest';
import { defaultScoring, nearness, prototypesOf } from '../../../src/runtime/signals/prototypes.js';

const at = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));

describe('prototypes', () => {
  it('group examples that say nearly the same', () => {
    const found = prototypesOf(['a', 'b', 'c', 'd'], [at(0), at(10), at(20), at(90)], defaultScoring);
    expect(found.map(({ text, size }) => [text, size])).toEqual([
      ['b', 3],
      ['d', 1],
    ]);
  });

  it('keep the largest groups if there are too many', () => {
    const found = prototypesOf(['a', 'b', 'c'], [at(90), at(0), at(1)], {
      ...defaultScoring,
      max_prototypes: 1,
    });
    expect(found).toMatchObject([{ size: 2 }]);
  });

  it('blend the nearest with the mean of the nearest few', () => {
    const prototypes = prototypesOf(['a', 'b', 'c'], [at(0), at(60), at(90)], defaultScoring);
    expect(nearness(at(0), prototypes, defaultScoring)).toEqual({
      text: 'a',
      value: expect.closeTo(0.75 + 0.25 * 0.75),
    });
    expect(nearness(at(0), prototypes, { ...defaultScoring, enabled: false }).value).toBeCloseTo(1);
    expect(nearness(at(0), [], defaultScoring).value).toBe(-1);
  });
});
