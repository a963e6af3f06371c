import { describe, expect, it } from 'vitest';
import { userFeedbackFamily } from '../../../src/runtime/signals/user-feedback.js';
import { encoded, fakeEncoder, issuesOf, outcome, routingRequest, userSays } from './fake-request.js';

const says = (probabilities: readonly number[]) =>
  fakeEncoder(() =>
    encoded(
      [1],
      [
        {
          model: 'mom-feedback-detector',
          labels: ['SAT', 'NEED_CLARIFICATION', 'WRONG_ANSWER', 'WANT_DIFFERENT'],
          probabilities,
          threshold: 0.6,
        },
      ],
    ),
  );
const answered = (text: string) =>
  routingRequest([
    { role: 'user', text: 'question' },
    { role: 'assistant', text: 'answer' },
    { role: 'user', text },
  ]);

describe('the user-feedback signal', () => {
  it('matches the most probable label from its threshold on', async () => {
    const encoder = () => says([0.1, 0.1, 0.7, 0.1]);
    expect(
      await outcome(userFeedbackFamily, { name: 'wrong_answer' }, answered('no'), encoder()),
    ).toMatchObject({ status: 'matched', score: 0.7, threshold: 0.6, evidence: ['wrong_answer'] });
    expect((await outcome(userFeedbackFamily, { name: 'satisfied' }, answered('no'), encoder())).status).toBe(
      'not_matched',
    );
  });

  it('matches nothing when no label is probable enough, satisfied neither', async () => {
    for (const name of ['satisfied', 'need_clarification', 'wrong_answer', 'want_different']) {
      const found = await outcome(userFeedbackFamily, { name }, answered('hm'), says([0.3, 0.2, 0.3, 0.2]));
      expect(found.status).toBe('not_matched');
    }
  });

  it('needs an answer before the text, and runs no model without one', async () => {
    const encoder = says([0, 0, 1, 0]);
    expect(
      await outcome(userFeedbackFamily, { name: 'wrong_answer' }, userSays('no'), encoder),
    ).toMatchObject({
      status: 'not_matched',
    });
    const prefilled = routingRequest([
      { role: 'user', text: 'no' },
      { role: 'assistant', text: 'I' },
    ]);
    await outcome(userFeedbackFamily, { name: 'wrong_answer' }, prefilled, encoder);
    expect(encoder.texts).toEqual([]);
  });

  it('is unavailable without a model, and names its labels', async () => {
    expect((await outcome(userFeedbackFamily, { name: 'satisfied' }, answered('ok'))).status).toBe(
      'unavailable',
    );
    expect(issuesOf(userFeedbackFamily, { name: 'happy' })[0]).toMatch(/satisfied/);
  });
});
