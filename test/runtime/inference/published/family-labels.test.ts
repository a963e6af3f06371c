import { describe, expect, test } from 'vitest';
import { familyLabels } from '../../../../src/runtime/inference/published/family-labels.js';

const guard = ['benign', 'jailbreak'];
const moods = ['SAT', 'NEED_CLARIFICATION', 'WRONG_ANSWER', 'WANT_DIFFERENT'];

describe('labels of a model in the place of a head', () => {
  test.each([
    [['SAFE', 'INJECTION'], guard],
    [
      ['Jailbreak', 'Benign'],
      ['jailbreak', 'benign'],
    ],
    [
      ['legit', 'unsafe', 'spam'],
      ['benign', 'jailbreak', 'spam'],
    ],
    // The exact word wins over a synonym, whichever comes first.
    [
      ['injection', 'jailbreak', 'safe'],
      ['injection', 'jailbreak', 'benign'],
    ],
    [['LABEL_0', 'LABEL_1'], guard],
  ])('%j are spelled as the family does', (labels, expected) => {
    expect(familyLabels(labels, 'mom-jailbreak-classifier', guard)).toEqual(expected);
  });

  test('without the one that is looked for are refused', () => {
    expect(() => familyLabels(['benign', 'other'], 'mom-jailbreak-classifier', guard)).toThrow(
      'its labels are benign, other, and none of them is `jailbreak`; name them in id2label of config.json',
    );
    expect(() =>
      familyLabels(['LABEL_0', 'LABEL_1', 'LABEL_2'], 'mom-jailbreak-classifier', guard),
    ).toThrow();
  });

  test('that nobody names are not guessed where published models disagree on their order', () => {
    const unnamed = moods.map((_, id) => `LABEL_${id}`);
    expect(() => familyLabels(unnamed, 'mom-feedback-detector', moods)).toThrow(/`SAT`/);
    const alphabetical = ['need clarification', 'satisfied', 'want-different', 'wrong_answer'];
    expect(familyLabels(alphabetical, 'mom-feedback-detector', moods)).toEqual([
      'NEED_CLARIFICATION',
      'SAT',
      'WANT_DIFFERENT',
      'WRONG_ANSWER',
    ]);
  });

  test('of fields of knowledge may be any', () => {
    expect(familyLabels(['law', 'cooking'], 'mom-domain-classifier', ['law', 'math'])).toEqual([
      'law',
      'cooking',
    ]);
  });
});
