import { describe, expect, test } from 'vitest';
import { classifyFactCheck } from '../../../src/runtime/classify/fact-check.js';
import { modelNames } from '../../../src/runtime/classify/models.js';
import { classifySecurity } from '../../../src/runtime/classify/security.js';
import { classifyFeedback } from '../../../src/runtime/classify/user-feedback.js';
import { fakeEncoder } from './fake-models.js';

/** Reads `risk=0.9` out of the text. */
function numberIn(text: string, name: string): number {
  return Number(new RegExp(`${name}=([\\d.]+)`).exec(text)?.[1] ?? 0);
}

const guard = (cut?: (text: string) => { start: number; end: number }[]) => ({
  encoder: fakeEncoder(
    (text) => {
      const risk = numberIn(text, 'risk');
      return { heads: { [modelNames.jailbreak]: { benign: 1 - risk, jailbreak: risk } } };
    },
    cut === undefined ? {} : { cut },
  ),
  pair: undefined,
});

const halves = (text: string) => [
  { start: 0, end: text.indexOf('|') },
  { start: text.indexOf('|'), end: text.length },
];

describe('security', () => {
  test('one bad window is enough, wherever it stands', async () => {
    const reading = await classifySecurity('risk=0.1 | risk=0.9', guard(halves));
    expect(reading).toMatchObject({ risk: 0.9, flagged: true, label: 'jailbreak', windows: 2, passes: 2 });
    expect(reading.riskiest).toEqual({ start: 9, end: 19 });
  });

  test.each([
    [undefined, 0.6, true],
    [0.7, 0.7, false],
    [0.65, 0.65, true],
    [0, 0, true],
  ])('with threshold %s a risk of 0.65 is compared with %d', async (threshold, used, flagged) => {
    const reading = await classifySecurity('risk=0.65', guard(), { threshold });
    expect(reading).toMatchObject({ threshold: used, flagged });
    expect(reading.confidence).toBeCloseTo(flagged ? 0.65 : 0.35);
  });

  test('a text without content costs no pass', async () => {
    const models = guard();
    expect(await classifySecurity(' \n', models)).toMatchObject({ risk: 0, flagged: false, windows: 0 });
    expect(models.encoder.texts).toEqual([]);
  });

  test('a model that is not there is an error with the cause, not an all-clear', async () => {
    await expect(
      classifySecurity('x', { encoder: undefined, pair: undefined, problem: 'manifest.json is gone.' }),
    ).rejects.toMatchObject({
      code: 'VSR_INFERENCE_UNAVAILABLE',
      message: `The model ${modelNames.jailbreak} is not available: manifest.json is gone.`,
    });
    const without = { encoder: fakeEncoder(() => ({})), pair: undefined };
    await expect(classifySecurity('x', without)).rejects.toMatchObject({ code: 'VSR_INFERENCE_UNAVAILABLE' });
  });

  test('a head whose labels mean something else is refused', async () => {
    const encoder = fakeEncoder(() => ({ heads: { [modelNames.jailbreak]: { yes: 0.1, no: 0.9 } } }));
    await expect(classifySecurity('x', { encoder, pair: undefined })).rejects.toThrow(/no label `jailbreak`/);
  });
});

describe('fact check', () => {
  const models = {
    encoder: fakeEncoder((text) => {
      const p = numberIn(text, 'p');
      return { heads: { [modelNames.factCheck]: { NO_FACT_CHECK_NEEDED: 1 - p, FACT_CHECK_NEEDED: p } } };
    }),
    pair: undefined,
  };

  test.each([
    ['p=0.8', undefined, true, 'FACT_CHECK_NEEDED', 0.8],
    ['p=0.55', undefined, false, 'NO_FACT_CHECK_NEEDED', 0.45],
    ['p=0.55', 0.5, true, 'FACT_CHECK_NEEDED', 0.55],
    ['', undefined, false, 'NO_FACT_CHECK_NEEDED', 1],
  ])('%j with threshold %s', async (text, threshold, needed, label, confidence) => {
    const reading = await classifyFactCheck(text, models, threshold);
    expect(reading).toMatchObject({ needed, label });
    expect(reading.confidence).toBeCloseTo(confidence);
  });
});

describe('user feedback', () => {
  const judged = (probabilities: Record<string, number>, threshold?: number) =>
    classifyFeedback(
      'that is wrong',
      {
        encoder: fakeEncoder(() => ({ heads: { [modelNames.feedback]: probabilities } })),
        pair: undefined,
      },
      threshold,
    );

  test.each([
    [{ SAT: 0.9, NEED_CLARIFICATION: 0.05, WRONG_ANSWER: 0.03, WANT_DIFFERENT: 0.02 }, 'satisfied', 'SAT'],
    [{ NEED_CLARIFICATION: 0.7, SAT: 0.3 }, 'need_clarification', 'NEED_CLARIFICATION'],
    [{ WANT_DIFFERENT: 0.1, WRONG_ANSWER: 0.9 }, 'wrong_answer', 'WRONG_ANSWER'],
    [{ want_different: 0.9, satisfied: 0.1 }, 'want_different', 'want_different'],
  ])('%j is %s, whatever the order and spelling of labels', async (probabilities, type, label) => {
    expect(await judged(probabilities)).toMatchObject({ type, label });
  });

  test('a doubtful complaint is none', async () => {
    const doubtful = { SAT: 0.2, WRONG_ANSWER: 0.5, NEED_CLARIFICATION: 0.3 };
    expect(await judged(doubtful)).toMatchObject({ type: 'satisfied', label: 'SAT', confidence: 0.5 });
    expect(await judged(doubtful, 0.4)).toMatchObject({ type: 'wrong_answer', confidence: 0.5 });
  });
});
