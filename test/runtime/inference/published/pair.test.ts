import { expect, test } from 'vitest';
import { type Case, casesOf, load, placed, settingsOf, softmaxOf, wordsOf } from './support.js';

const tolerance = 1e-4;

/** The highest probability of the tokens inside a word; `base`: where the judged text begins. */
function expectedOf(
  { offsets, sources, output }: Case,
  word: { readonly start: number; readonly end: number },
  { source, base, reported }: { readonly source: number; readonly base: number; readonly reported: number },
): number {
  const inside = offsets.flatMap(([start, end], i) => {
    const within = end > start && start < base + word.end && end > base + word.start;
    if (sources[i] !== source || !within) return [];
    return [softmaxOf(output.slice(2 * i, 2 * i + 2))[reported] ?? Number.NaN];
  });
  return Math.max(...inside);
}

test('the detector reads context, question and answer as it was trained to', async () => {
  const settings = await settingsOf(placed('modernbert-detector'), {
    question: 'hallucination',
    output: 'mom-halugate-detector',
    labels: ['supported', 'hallucinated'],
  });
  const { engine, heads } = await load(settings);
  expect(heads[0]?.labels).toEqual(['supported', 'hallucinated']);
  const [recorded] = casesOf('modernbert-detector');
  const [first = '', second = ''] = recorded?.pair ?? [];
  const [context = '', question = ''] = first.split(' Question: ');
  const answer = await wordsOf(engine, {
    type: 'words',
    kind: 'hallucination',
    model: 'mom-halugate-detector',
    first: context,
    question,
    second,
  });
  expect(answer).toMatchObject({ type: 'words', windows: 1, truncated: false });
  expect(answer.tokens.map(({ start, end }) => second.slice(start, end))).toContain('naïve');
  for (const word of answer.tokens) {
    if (recorded === undefined) continue;
    const expected = expectedOf(recorded, word, { source: 1, base: 0, reported: 1 });
    expect(Math.abs(word.probability - expected), second.slice(word.start, word.end)).toBeLessThan(tolerance);
  }
});

test('the verifier reads a dialogue, and reports the label that is not the authorised one, wherever it stands', async () => {
  const settings = await settingsOf(placed('modernbert-verifier'), {
    question: 'tool-call',
    output: 'mom-toolcall-verifier',
  });
  const { engine } = await load(settings);
  const [recorded] = casesOf('modernbert-verifier');
  const text = recorded?.text ?? '';
  const [, intent = '', call = ''] = /^\[USER\] (.*) \[TOOL\] (.*)$/.exec(text) ?? [];
  const answer = await wordsOf(engine, {
    type: 'words',
    kind: 'tool-call',
    model: 'mom-toolcall-verifier',
    first: intent,
    question: '',
    second: call,
  });
  expect(answer.tokens[0]?.start).toBe(0);
  expect(answer.tokens.at(-1)?.end).toBe(call.length);
  for (const word of answer.tokens) {
    if (recorded === undefined) continue;
    const expected = expectedOf(recorded, word, { source: 0, base: text.length - call.length, reported: 0 });
    expect(Math.abs(word.probability - expected), call.slice(word.start, word.end)).toBeLessThan(tolerance);
  }
});

test('a context that one run cannot hold is read in windows, each with the question', async () => {
  const settings = await settingsOf(placed('modernbert-detector'), {
    question: 'hallucination',
    output: 'mom-halugate-detector',
    maxTokens: 128,
  });
  const { engine } = await load(settings);
  const answer = await wordsOf(engine, {
    type: 'words',
    kind: 'hallucination',
    model: 'mom-halugate-detector',
    first: 'The quick brown fox jumps over the lazy dog. '.repeat(40),
    question: 'why?',
    second: 'The sky is blue.',
  });
  expect(answer.windows).toBeGreaterThan(3);
  expect(answer.tokens.map(({ start, end }) => 'The sky is blue.'.slice(start, end))).toEqual([
    'The',
    'sky',
    'is',
    'blue',
    '.',
  ]);
});

test('the explainer gives the probabilities of transformers, its labels in the spelling of the family', async () => {
  const settings = await settingsOf(placed('modernbert-nli'), {
    question: 'nli',
    output: 'mom-halugate-explainer',
    family: ['entailment', 'neutral', 'contradiction'],
  });
  const { engine, heads } = await load(settings);
  expect(heads[0]?.labels).toEqual(['entailment', 'neutral', 'contradiction']);
  const [recorded] = casesOf('modernbert-nli');
  const [premise = '', hypothesis = ''] = recorded?.pair ?? [];
  const job = { type: 'nli', model: 'mom-halugate-explainer', premise, hypothesis } as const;
  expect(engine.take(0, job)).toBeUndefined();
  const [outcome] = await engine.step();
  if (outcome?.type !== 'answer' || outcome.answer.type !== 'nli') throw new Error('no answer');
  const expected = softmaxOf(recorded?.output ?? []);
  for (const [i, value] of outcome.answer.probabilities.entries()) {
    expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThan(tolerance);
  }
});
