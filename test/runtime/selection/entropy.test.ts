import { describe, expect, it } from 'vitest';
import { chooseByEntropy } from '../../../src/runtime/selection/entropy.js';

const needs = new Map([
  ['math', true],
  ['computer science', true],
  ['history', false],
  ['law', false],
]);
const choose = (probabilities: Readonly<Record<string, number>>, threshold = 0.6) =>
  chooseByEntropy(new Map(Object.entries(probabilities)), needs, threshold);

describe('by the entropy of the category', () => {
  it('reasons to be safe where nothing is certain', () => {
    expect(choose({ math: 0.25, history: 0.25, law: 0.25, other: 0.25 })).toMatchObject({
      reason: true,
      confidence: 0.3,
    });
    expect(choose({ history: 0.5, law: 0.5 })).toMatchObject({ reason: true, confidence: 0.3 });
  });

  it('lets the two likeliest vote at high uncertainty', () => {
    // Entropy 1.36 of 2 bits.
    const { reason, confidence } = choose({ math: 0.6, history: 0.25, law: 0.1, other: 0.05 });
    expect([reason, confidence]).toEqual([true, expect.closeTo(0.6 / 0.85, 9)]);
    expect(choose({ history: 0.6, math: 0.25, law: 0.1, other: 0.05 }).reason).toBe(false);
    const unknown = choose({ a: 0.6, b: 0.25, c: 0.1, math: 0.05 });
    expect(unknown).toMatchObject({ reason: false, confidence: 0.5 });
  });

  it('follows a likely known category at medium uncertainty, else lets three vote', () => {
    // Entropy 1.04 of 2 bits.
    const spread = { math: 0.77, history: 0.13, law: 0.06, other: 0.04 };
    expect(choose(spread)).toMatchObject({ reason: true, confidence: expect.closeTo(0.8 * 0.77, 9) });
    expect(choose(spread, 0.9)).toMatchObject({ reason: true, confidence: expect.closeTo(0.77 / 0.96, 9) });
  });

  it('follows the category when it is certain, more surely the surer it is', () => {
    expect(choose({ history: 0.9, math: 0.1 })).toMatchObject({ reason: false });
    expect(choose({ math: 0.94, history: 0.02, law: 0.02, other: 0.02 })).toMatchObject({
      reason: true,
      confidence: expect.closeTo(0.9 * 0.94, 9),
    });
    expect(choose({ math: 0.99, history: 0.01 })).toMatchObject({
      reason: true,
      confidence: expect.closeTo(0.95 * 0.99, 9),
    });
    expect(choose({ cooking: 0.99, math: 0.01 })).toMatchObject({
      reason: false,
      confidence: expect.closeTo(0.8 * 0.99, 9),
    });
  });

  it('takes what a server leaves unsaid for doubt, and scores for shares', () => {
    expect(choose({ history: 0.6 })).toMatchObject({ reason: true, confidence: 0.3 });
    expect(choose({ history: 0.97 })).toMatchObject({ reason: false });
    expect(choose({ math: 0.9, law: 0.9, history: 0.9 })).toMatchObject({ reason: true, confidence: 0.3 });
  });

  it('knows what to do with one class, none, and numbers that are none', () => {
    expect(choose({ math: 1 })).toMatchObject({ reason: true, confidence: 0.95 });
    expect(choose({})).toMatchObject({ reason: false, confidence: 0 });
    expect(choose({ math: 0, law: 0 })).toMatchObject({ reason: false, confidence: 0 });
    expect(choose({ math: Number.NaN, law: 1 })).toMatchObject({ reason: false, confidence: 0.95 });
  });

  it('looks categories up in any spelling', () => {
    for (const name of ['Computer Science', 'computer_science', 'COMPUTER-SCIENCE']) {
      expect(choose({ [name]: 0.99, law: 0.01 }).reason).toBe(true);
    }
  });
});
