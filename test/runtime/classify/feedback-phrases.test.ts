import { describe, expect, it } from 'vitest';
import { phrasedFeedback } from '../../../src/runtime/classify/feedback-phrases.js';
import { modelNames } from '../../../src/runtime/classify/models.js';
import { withPhrases } from '../../../src/runtime/classify/user-feedback.js';

describe('a set phrase', () => {
  it.each([
    ['Falsch, es war ein Dienstag', 'wrong_answer'],
    ['nein, das stimmt so nicht', 'wrong_answer'],
    ['non, ce n’est pas correct', 'wrong_answer'],
    ['no, eso está mal', 'wrong_answer'],
    ['不对，应该是五', 'wrong_answer'],
    ['Das verstehe ich leider nicht', undefined],
    ['das verstehe ich nicht', 'need_clarification'],
    ['no entiendo', 'need_clarification'],
    ['я не понимаю', 'need_clarification'],
    ['donne-moi une autre idée', 'want_different'],
    ['换一个', 'want_different'],
    ['Danke, perfekt!', 'satisfied'],
    ['grazie mille', 'satisfied'],
    ['谢谢，很好', 'satisfied'],
  ] as const)('is read: %s', (text, type) => {
    expect(phrasedFeedback(text)).toBe(type);
  });

  it.each([
    'Was bedeutet das Wort Fernweh?',
    'Super, und jetzt auf Französisch',
    'merci de traduire ce texte',
    'Falschgeld erkennen: wie geht das?',
    '什么时候换季？',
    'that is wrong',
    `falsch ${'und noch viel mehr '.repeat(8)}`,
  ])('is nothing else: %s', (text) => {
    expect(phrasedFeedback(text)).toBeUndefined();
  });
});

describe('the probabilities of the feedback head', () => {
  const head = {
    model: modelNames.feedback,
    labels: ['SAT', 'NEED_CLARIFICATION', 'WRONG_ANSWER', 'WANT_DIFFERENT'],
    probabilities: [0.1, 0.1, 0.2, 0.6],
    threshold: 0.6,
  };

  it('follow a phrase, and still sum to 1', () => {
    const { probabilities } = withPhrases(head, 'das ist falsch');
    expect(probabilities[2]).toBeCloseTo(0.9);
    expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1);
  });

  it('stay as they are without one, and where another model has given them', () => {
    expect(withPhrases(head, 'and in Rust?')).toBe(head);
    const other = { ...head, model: 'mmbert32k-feedback-detector-merged' };
    expect(withPhrases(other, 'das ist falsch')).toBe(other);
  });
});
