import { afterAll, describe, expect, it } from 'vitest';
import { createPairEncoder } from '../../../src/runtime/inference/pair-encoder.js';
import type { PairTokens } from '../../../src/runtime/inference/types.js';
import { wordSpans } from '../../../src/runtime/inference/word-spans.js';
import { toyCopy, toyDir } from './toy.js';

const pair = createPairEncoder({ bundleDir: toyDir });
afterAll(() => pair.close());

const unavailable = { code: 'VSR_INFERENCE_UNAVAILABLE' };

/** `word probability` of each word of `text`, to two places. */
const words = (text: string, { tokens }: PairTokens): string[] =>
  tokens.map(({ start, end, probability }) => `${text.slice(start, end)} ${probability.toFixed(2)}`);

function aborter() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

const filler = 'word '.repeat(400);

describe('PairEncoder', () => {
  it('loads when it is first asked', async () => {
    const fresh = createPairEncoder({ bundleDir: toyDir });
    expect(fresh.state).toBe('idle');
    expect(fresh.heads).toEqual(['mom-halugate-explainer', 'mom-halugate-detector', 'mom-toolcall-verifier']);
    expect(fresh.bundleHash).toMatch(/^[0-9a-f]{64}$/);
    await fresh.nli('a', 'b');
    expect(fresh.state).toBe('ready');
    await fresh.close();
    expect(fresh.state).toBe('closed');
    await expect(fresh.nli('a', 'b')).rejects.toMatchObject(unavailable);
    await expect(fresh.ready()).rejects.toMatchObject(unavailable);
  });

  it('can be closed before, while and after it works', async () => {
    const idle = createPairEncoder({ bundleDir: toyDir });
    await idle.close();
    const busy = createPairEncoder({ bundleDir: toyDir, start: 'now' });
    await busy.ready();
    const answer = busy.detect(filler.repeat(20), '', 'red sky').catch((error: unknown) => error);
    await busy.close();
    expect(await answer).toMatchObject(unavailable);
  });
});

describe('nli', () => {
  it('gives the label, and probabilities in the order of the manifest', async () => {
    const result = await pair.nli('yes the sky is blue', 'the sky is blue');
    expect(result).toMatchObject({
      label: 'entailment',
      labels: ['entailment', 'neutral', 'contradiction'],
      threshold: 0.5,
      windows: 1,
      passes: 1,
    });
    expect(result.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    expect((await pair.nli('', '')).label).toBe('neutral');
  });

  it('lets the window decide that has most to say about the hypothesis', async () => {
    // "no" is the stronger evidence in this graph.
    const result = await pair.nli(`yes ${filler}${filler}no ${filler}`, 'the sky');
    expect(result.label).toBe('contradiction');
    expect(result.windows).toBe(9);
    expect(result.passes).toBe(9);
    expect((await pair.nli(`${filler}${filler}yes ${filler}`, 'the sky')).label).toBe('entailment');
    expect((await pair.nli(`${filler}${filler}${filler}`, 'the sky')).label).toBe('neutral');
  });

  it('gives the head windows no longer than in training', async () => {
    expect((await pair.nli('word '.repeat(192), 'the sky')).windows).toBe(1);
    expect((await pair.nli('word '.repeat(193), 'the sky')).windows).toBe(2);
  });

  it('takes a hypothesis longer than a run, and says that it was cut', async () => {
    expect(await pair.nli('no', filler.repeat(3))).toMatchObject({ label: 'contradiction', truncated: true });
    expect(await pair.nli(filler, 'word '.repeat(160))).toMatchObject({ truncated: false });
    expect(await pair.nli(filler, 'word '.repeat(161))).toMatchObject({ truncated: true });
  });
});

describe('detect', () => {
  it('gives every word of the answer a probability, with offsets in the answer', async () => {
    const answer = 'The sky is RED, johnson.';
    const result = await pair.detect('the sky is blue', 'is it johnson?', answer);
    expect(words(answer, result)).toEqual([
      'The 0.20',
      'sky 0.10',
      'is 0.20',
      'RED 0.90',
      ', 0.90',
      'johnson 0.30',
      '. 0.90',
    ]);
    expect(result).toMatchObject({ threshold: 0.5, windows: 1, passes: 1 });
    expect(wordSpans(answer, result.tokens, result.threshold).map(({ start }) => start)).toEqual([11, 23]);
  });

  it('counts UTF-16 units, and gives no words for an empty answer', async () => {
    const answer = '😀 réd 中 sky';
    expect(words(answer, await pair.detect('sky', '', answer))).toEqual([
      '😀 0.90',
      'réd 0.90',
      '中 0.90',
      'sky 0.30',
    ]);
    expect(await pair.detect('sky', '', ' ')).toMatchObject({ tokens: [], windows: 0, passes: 0 });
  });

  it('takes the window of a long context that supports a word best', async () => {
    const answer = 'the sky is blue red';
    const result = await pair.detect(`${filler}the sky ${filler}is blue ${filler}`, '', answer);
    expect(words(answer, result)).toEqual(['the 0.20', 'sky 0.20', 'is 0.20', 'blue 0.20', 'red 0.90']);
    expect(result.windows).toBe(6);
    expect(result.passes).toBe(6);
  });

  it('puts the question before every window', async () => {
    const answer = 'mary is blue';
    const far = await pair.detect(`${filler}is blue ${filler}`, 'mary', answer);
    expect(far.windows).toBeGreaterThan(1);
    expect(words(answer, far)[0]).toBe('mary 0.30');
    // What is side by side only where the question meets the context counts as well.
    expect(words('mary is', await pair.detect('is blue', 'mary', 'mary is'))).toEqual([
      'mary 0.20',
      'is 0.20',
    ]);
    expect(words('blue mary', await pair.detect('is blue', 'mary', 'blue mary'))).toEqual([
      'blue 0.30',
      'mary 0.30',
    ]);
  });

  it('reads 64 pieces of a question', async () => {
    const at = async (place: number) => {
      const question = `${'word '.repeat(place - 1)}mary sky`;
      return words('mary', await pair.detect('is blue', question, 'mary'));
    };
    expect(await at(64)).toEqual(['mary 0.30']);
    expect(await at(65)).toEqual(['mary 0.90']);
    expect(await pair.detect('is', 'word '.repeat(64), 'sky')).toMatchObject({ truncated: false });
    expect(await pair.detect('is', 'word '.repeat(65), 'sky')).toMatchObject({ truncated: true });
  });

  it.each([
    ['a question and a context of 256 pieces', 64, 192, 1],
    ['one piece more', 64, 193, 2],
    ['a longer question, which takes no more room', 100, 192, 1],
    ['no question', 0, 256, 1],
    ['no question and one piece more', 0, 257, 2],
  ])('gives the detector windows no longer than in training: %s', async (_, question, context, windows) => {
    const result = await pair.detect('word '.repeat(context), 'word '.repeat(question), 'sky');
    expect(result.windows).toBe(windows);
  });

  it('reads a long answer in segments, all of it', async () => {
    const answer = 'sky red '.repeat(250);
    const result = await pair.detect('sky', '', answer);
    expect(result.tokens).toHaveLength(500);
    expect(result.windows).toBe(4);
    expect(result.tokens.filter(({ probability }) => probability > 0.5)).toHaveLength(250);
    for (const { start, end } of result.tokens) expect(['sky', 'red']).toContain(answer.slice(start, end));
  });

  it('keeps no short question waiting for a long one', async () => {
    const order: string[] = [];
    const long = pair.detect(filler.repeat(30), '', 'red').then(() => order.push('long'));
    await pair.detect('sky', '', 'red').then(() => order.push('short'));
    await long;
    expect(order).toEqual(['short', 'long']);
  });

  it('runs a graph that does not ask for the overlap, and knows which text is the second', async () => {
    const { dir, remove } = toyCopy('plain.json');
    const plain = createPairEncoder({ bundleDir: dir });
    expect(words('sky red', await plain.detect('sky', '', 'sky red'))).toEqual(['sky 0.70', 'red 0.70']);
    await plain.close();
    remove();
  });
});

describe('verify', () => {
  it('gives the head windows no longer than in training', async () => {
    expect((await pair.verify('word '.repeat(192), 'sky')).windows).toBe(1);
    expect((await pair.verify('word '.repeat(193), 'sky')).windows).toBe(2);
  });

  it('takes the worst piece of a word, and the threshold of the reported label', async () => {
    const call = '{"sky": "delete", "a": "redness"}';
    const result = await pair.verify('read the sky', call);
    expect(result.threshold).toBe(0.75);
    expect(words(call, result).filter((word) => !word.endsWith('0.50'))).toEqual([
      'delete 0.80',
      'redness 0.95',
    ]);
  });
});

describe('texts that would take too many runs', () => {
  const megabytes = 'word '.repeat(400_000);
  it.each([
    ['premise', () => pair.nli(megabytes.repeat(2), 'sky'), /`premise` would take \d+ runs.*4096/],
    [
      'context',
      () => pair.detect(megabytes, '', megabytes),
      /`answer` with all of `context`.* \d{6,} .*2048/,
    ],
    ['messages', () => pair.verify(megabytes, megabytes), /tool call/],
  ])('are refused by the field %s, without a run', async (param, ask, message) => {
    await expect(ask()).rejects.toMatchObject({
      code: 'VSR_INPUT_INVALID',
      param,
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });
});

describe('a question that nobody waits for any more', () => {
  it('takes no further run, and the next one is answered', async () => {
    const { signal, abort } = aborter();
    const long = pair.detect(filler.repeat(200), '', 'red', { signal }).catch((error: unknown) => error);
    await pair.nli('a', 'b');
    abort();
    expect(await long).toBe(signal.reason);
    expect((await pair.nli('yes', 'a')).label).toBe('entailment');
    await expect(pair.verify('a', 'b', { signal })).rejects.toBe(signal.reason);
  });
});

describe('a bundle without what is asked for', () => {
  it('rejects when there is no graph for pairs', async () => {
    const { dir, remove } = toyCopy('manifest.json', (text) =>
      text.replace('"pair"', '"triple"').replace('"input": "pair"', '"input": "triple"'),
    );
    const none = createPairEncoder({ bundleDir: dir });
    expect(none).toMatchObject({ state: 'failed', heads: [], bundleHash: '' });
    await expect(none.ready()).rejects.toMatchObject(unavailable);
    await expect(none.nli('a', 'b')).rejects.toMatchObject(unavailable);
    await none.close();
    remove();
  });

  it('rejects when a head is missing, and answers with the others', async () => {
    const { dir, remove } = toyCopy('manifest.json', (text) =>
      text.replace('mom-toolcall-verifier', 'other'),
    );
    const some = createPairEncoder({ bundleDir: dir });
    await expect(some.verify('a', 'b')).rejects.toMatchObject(unavailable);
    expect((await some.nli('yes', 'a')).label).toBe('entailment');
    await some.close();
    remove();
  });

  it('says so when an output has another length than the manifest', async () => {
    const { dir, remove } = toyCopy('manifest.json', (text) =>
      text.replace('"entailment",', '"entailment", "more",'),
    );
    const wrong = createPairEncoder({ bundleDir: dir });
    await expect(wrong.detect('a', '', 'b')).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/"nli_logits" has 3 values, 4 are expected/),
    });
    await wrong.close();
    remove();
  });
});
