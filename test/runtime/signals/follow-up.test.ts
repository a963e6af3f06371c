import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followUpProbability } from '../../../src/runtime/signals/follow-up.js';

describe('a follow-up', () => {
  it('has a probability, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const probability = followUpProbability(text);
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(probability).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each([
    'shorter, please',
    'and in Kotlin?',
    'why is that?',
    'do it once more',
    'commit it',
    '3',
    'und noch kürzer?',
    'hazlo otra vez',
    'encore un exemple',
    '再来一个例子',
    'а короче?',
    'thanks, tell me more',
    'great, go on',
    'danke, und kürzer?',
    'yes, perfect',
    "That's wrong, it returns 9 for n = 4.",
    "This doesn't work, I get a TypeError in line 3.",
    'no, that is not what I asked for, I meant the river',
    'Das stimmt so nicht, es sind sechzehn Länder',
    'ça ne marche pas, le tableau reste vide',
    '不对，答案应该是十六',
  ])('is %j', (text) => {
    expect(followUpProbability(text)).toBeGreaterThan(0.5);
  });

  it.each([
    '',
    '   ',
    'What is the tallest mountain in Peru?',
    'explain tail recursion',
    'is it raining in Bergen today',
    'translate this: guten Morgen',
    'fix `foo(`',
    '3 + 4 * 2',
    'Wie hoch ist der Brocken?',
    '上海的人口是多少',
    'Perfect, thank you!',
    'thanks a lot for your help',
    'vielen Dank, das hat sehr geholfen',
    'Danke!',
    'merci beaucoup',
    'muchas gracias',
    'спасибо большое',
    '谢谢你',
    'My printer does not work since the update',
    'What is wrong with the economy of Peru?',
    'This is a letter to my landlord about the heating, improve its tone',
    `and ${'long words without end '.repeat(10)}`,
  ])('is not %j', (text) => {
    expect(followUpProbability(text)).toBe(0);
  });
});
