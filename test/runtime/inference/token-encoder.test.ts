import { afterAll, describe, expect, it } from 'vitest';
import { createEncoder } from '../../../src/runtime/inference/encoder.js';
import { excerptOf, scanLimit } from '../../../src/runtime/inference/text-view.js';
import type { Encoded } from '../../../src/runtime/inference/types.js';
import { toyCopy, toyDir } from './toy.js';

const encoder = createEncoder({ bundleDir: toyDir });
afterAll(() => encoder.close());

/** `label:stretch` of each span of the toy head. */
const spansOf = (text: string, encoded: Encoded): string[] =>
  (encoded.spans.get('toy-pii') ?? []).map(({ label, start, end }) => `${label}:${text.slice(start, end)}`);

const found = async (text: string): Promise<string[]> => spansOf(text, (await encoder.encode(text)).encoded);

/** Tokens seen: all, "alpha", "centre" and "omega". */
const seen = ({ embedding }: Encoded): number[] => [...embedding];

describe('a bundle with a token head', () => {
  it('names its heads, and what the spans can be', () => {
    expect(encoder.heads).toEqual(['toy-guard', 'toy-pii']);
    expect([...encoder.tokenHeads.values()]).toEqual([
      { model: 'toy-pii', labels: ['PERSON', 'ORG'], threshold: 0.5, thresholds: { ORG: 0.7 } },
    ]);
  });

  it('gives spans beside the other outputs of one pass', async () => {
    const { encoded, passes } = await encoder.encode('call John Smith and Mary, acme corp');
    expect(passes).toBe(1);
    expect(encoded).toMatchObject({ tokens: 10, truncated: false, view: 'whole' });
    expect(seen(encoded)).toEqual([10, 0, 0, 0]);
    expect([...encoded.heads.keys()]).toEqual(['toy-guard']);
    expect(spansOf('call John Smith and Mary, acme corp', encoded)).toEqual([
      'PERSON:John Smith',
      'PERSON:Mary',
      'ORG:acme corp',
    ]);
    for (const { confidence } of encoded.spans.get('toy-pii') ?? []) expect(confidence).toBeGreaterThan(0.99);
  });

  it.each([
    ['a word of several pieces', 'meet Johnson.', ['PERSON:Johnson']],
    ['a word of which most is outside', 'unableness', []],
    ['hyphens', 'meet John-Smith and the sky', ['PERSON:John', 'PERSON:Smith']],
    ['an orphan I-', 'the Smith, the corp', ['PERSON:Smith', 'ORG:corp']],
    ['accents, composed or not', 'Jo\u0301hn M\u00e1ry', ['PERSON:Jo\u0301hn', 'PERSON:M\u00e1ry']],
    ['emoji and ideographs', '😀 John 中mary文 😀', ['PERSON:John', 'PERSON:mary']],
  ])('decodes %s', async (_, text, expected) => {
    expect(await found(text)).toEqual(expected);
  });

  it('tells the graph how words are spelt', async () => {
    // Unknown to the vocabulary; only the capital makes it a name for this graph.
    expect(await found('Łódź łódź ŁÓDŹ')).toEqual(['ORG:Łódź']);
  });

  it('gives the same spans for texts that share a run', async () => {
    const texts = Array.from({ length: 12 }, (_, i) => `${'call '.repeat(i % 4)}John Smith ${i}`);
    const together = await Promise.all(texts.map(found));
    expect(together).toEqual(texts.map(() => ['PERSON:John Smith']));
  });

  it('runs a graph that does not ask for shapes', async () => {
    const { dir, remove } = toyCopy('plain.json');
    const plain = createEncoder({ bundleDir: dir });
    const { encoded } = await plain.encode('John Smith Łódź');
    expect(spansOf('John Smith Łódź', encoded)).toEqual(['PERSON:John Smith']);
    await plain.close();
    remove();
  });

  it('decodes with the transitions of the manifest', async () => {
    const row = [0, 0, 0, 0, 0];
    // No person at the start of a text.
    const transitions = [row, row, row, row, row, [0, -50, -50, 0, 0]];
    const { dir, remove } = toyCopy('manifest.json', (text) =>
      text.replace('"scheme": "bio"', `"scheme": "bio", "transitions": ${JSON.stringify(transitions)}`),
    );
    const strict = createEncoder({ bundleDir: dir });
    const spans = async (text: string) => spansOf(text, (await strict.encode(text)).encoded);
    expect(await spans('john and mary')).toEqual(['PERSON:mary']);
    expect(await spans('and john')).toEqual(['PERSON:john']);
    await strict.close();
    remove();
  });

  it('says so when the head has another number of labels than the manifest', async () => {
    const { dir, remove } = toyCopy('manifest.json', (text) => text.replace(/"O",/, '"O", "B-AGE",'));
    const wrong = createEncoder({ bundleDir: dir });
    await expect(wrong.encode('x')).rejects.toMatchObject({
      code: 'VSR_INFERENCE_UNAVAILABLE',
      message: expect.stringMatching(/"pii_logits" has 5 values per token, 6 are expected/),
    });
    await wrong.close();
    remove();
  });
});

describe('encode of a text that one run cannot hold', () => {
  const filler = 'word '.repeat(300);

  it('sees head, middle and tail in one run', async () => {
    const text = `alpha ${filler}${filler}centre ${filler}${filler}omega`;
    const { encoded, passes } = await encoder.encode(text);
    expect(passes).toBe(1);
    expect(encoded).toMatchObject({ tokens: 1205, truncated: true, view: 'head-middle-tail' });
    expect(seen(encoded)).toEqual([512, 1, 1, 1]);
  });

  it('gives spans of what was seen, where they are in the text', async () => {
    const text = `john ${filler}mary ${filler}acme corp ${filler}mary ${filler}smith`;
    expect(await found(text)).toEqual(['PERSON:john', 'ORG:acme corp', 'PERSON:smith']);
  });

  it('does not join what is far apart', async () => {
    const text = `${'word '.repeat(169)}john ${filler}${'smith '.repeat(170)}${filler}${'word '.repeat(170)}`;
    const [first, second, ...more] = await found(text);
    expect([first, second?.slice(0, 12), more]).toEqual(['PERSON:john', 'PERSON:smith', []]);
  });

  it('looks at the end of a text of megabytes too', async () => {
    const half = 'word '.repeat(200_000);
    const text = `john ${half}mary ${half}acme corp`;
    const { encoded } = await encoder.encode(text);
    expect(seen(encoded)[0]).toBe(512);
    expect(spansOf(text, encoded)).toEqual(['PERSON:john', 'PERSON:mary', 'ORG:acme corp']);
    expect(excerptOf(text).text.length).toBeLessThanOrEqual(scanLimit);
    expect(encoded.tokens).toBeGreaterThan(390_000);
  });

  it('tells long texts apart by any part that is seen, and repeats from memory', async () => {
    const of = (middle: string) => `${'word '.repeat(100_000)}${middle} ${'word '.repeat(100_000)}`;
    const [centre, blue] = [await encoder.encode(of('centre')), await encoder.encode(of('blue '))];
    expect([seen(centre.encoded)[2], seen(blue.encoded)[2]]).toEqual([1, 0]);
    expect((await encoder.encode(of('centre'))).passes).toBe(0);
  });
});
