import { describe, expect, it } from 'vitest';
import { BioDecoder, spanLabels } from '../../../src/runtime/inference/token-labels.js';

const labels = ['O', 'B-PER', 'I-PER', 'B-ORG', 'I-ORG'];
const decoder = new BioDecoder({ model: 'toy', labels, temperature: 1 });
const sure = 12;

/** Logits in which `label` is sure. */
const certain = (label: string): number[] => labels.map((name) => (name === label ? sure : 0));

/** Logits of probabilities. */
const odds = (...probabilities: number[]): number[] => probabilities.map(Math.log);

type Labelled = readonly [piece: string, label: string | readonly number[]];

/** Spans of `text`, cut into labelled pieces, between two special tokens that claim to be a name. */
function decode(text: string, pieces: readonly Labelled[], breaks: readonly number[] = []) {
  const offsets = [0, 0];
  const logits = certain('B-PER');
  let at = 0;
  for (const [piece, label] of pieces) {
    const start = text.indexOf(piece, at);
    at = start + piece.length;
    offsets.push(start, at);
    logits.push(...(typeof label === 'string' ? certain(label) : label));
  }
  offsets.push(0, 0);
  logits.push(...certain('I-PER'));
  const labelled = { text, offsets: Int32Array.from(offsets), breaks: new Set(breaks) };
  return decoder.decode(labelled, Float32Array.from(logits));
}

/** `label:stretch` of each span. */
const found = (text: string, pieces: readonly Labelled[], breaks?: readonly number[]): string[] =>
  decode(text, pieces, breaks).map(({ label, start, end }) => `${label}:${text.slice(start, end)}`);

describe('BioDecoder', () => {
  it('extends a span over I- of its type and ends it at O', () => {
    expect(
      found('call John Smith now', [
        ['call', 'O'],
        ['John', 'B-PER'],
        ['Smith', 'I-PER'],
        ['now', 'O'],
      ]),
    ).toEqual(['PER:John Smith']);
  });

  it('starts a new span at B-, also next to one of the same type', () => {
    expect(
      found('John Mary', [
        ['John', 'B-PER'],
        ['Mary', 'B-PER'],
      ]),
    ).toEqual(['PER:John', 'PER:Mary']);
  });

  it('lets an orphan I-, and one of another type, start a span', () => {
    expect(
      found('the Smith Corp', [
        ['the', 'O'],
        ['Smith', 'I-PER'],
        ['Corp', 'I-ORG'],
      ]),
    ).toEqual(['PER:Smith', 'ORG:Corp']);
  });

  it('gives a word one type: the most frequent one', () => {
    expect(
      found('Johnsonly', [
        ['John', 'B-PER'],
        ['son', 'B-ORG'],
        ['ly', 'I-ORG'],
      ]),
    ).toEqual(['ORG:Johnsonly']);
  });

  it('breaks a tie between types by probability', () => {
    expect(
      found('Johnson', [
        ['John', odds(0.05, 0.5, 0.3, 0.1, 0.05)],
        ['son', odds(0.02, 0.01, 0.01, 0.06, 0.9)],
      ]),
    ).toEqual(['ORG:Johnson']);
  });

  it('leaves a word out of which less than half is labelled, and takes one of which half is', () => {
    expect(
      found('abcdef', [
        ['ab', 'B-PER'],
        ['cd', 'O'],
        ['ef', 'O'],
      ]),
    ).toEqual([]);
    expect(
      found('abcd', [
        ['ab', 'O'],
        ['cd', 'I-PER'],
      ]),
    ).toEqual(['PER:abcd']);
  });

  it('ignores B- inside a word, and follows it on its first piece', () => {
    expect(
      found('Ann Johnson', [
        ['Ann', 'B-PER'],
        ['John', 'I-PER'],
        ['son', 'B-PER'],
      ]),
    ).toEqual(['PER:Ann Johnson']);
    expect(
      found('Ann Johnson', [
        ['Ann', 'B-PER'],
        ['John', 'B-PER'],
        ['son', 'B-PER'],
      ]),
    ).toEqual(['PER:Ann', 'PER:Johnson']);
  });

  it('keeps what touches together: hyphens, addresses', () => {
    expect(
      found('Anna-Lena', [
        ['Anna', 'B-PER'],
        ['-', 'I-PER'],
        ['Lena', 'B-PER'],
      ]),
    ).toEqual(['PER:Anna-Lena']);
    expect(
      found('a@corp', [
        ['a', 'B-PER'],
        ['@', 'I-ORG'],
        ['corp', 'I-PER'],
      ]),
    ).toEqual(['PER:a@corp']);
  });

  it('ends a span where the model is sure that another thing begins, touching or not', () => {
    expect(
      found('Anna/Acme', [
        ['Anna', 'B-PER'],
        ['/', 'I-PER'],
        ['Acme', 'B-ORG'],
      ]),
    ).toEqual(['PER:Anna/', 'ORG:Acme']);
  });

  it('takes each ideograph for a word', () => {
    expect(
      found('王文在中文', [
        ['王', 'B-PER'],
        ['文', 'I-PER'],
        ['在', 'O'],
        ['中', 'B-ORG'],
        ['文', 'I-ORG'],
      ]),
    ).toEqual(['PER:王文', 'ORG:中文']);
  });

  it('lets no span reach over a break in the text', () => {
    const pieces: Labelled[] = [
      ['John', 'B-PER'],
      ['Smith', 'I-PER'],
    ];
    expect(found('John Smith', pieces, [2])).toEqual(['PER:John', 'PER:Smith']);
    expect(
      found(
        'Johnson',
        [
          ['John', 'B-PER'],
          ['son', 'O'],
        ],
        [2],
      ),
    ).toEqual(['PER:John']);
  });

  it('counts offsets in UTF-16 units, and letters beyond the first plane as letters', () => {
    expect(
      found('😀 John 𝐀𝐁', [
        ['😀', 'O'],
        ['John', 'B-PER'],
        ['𝐀', 'B-ORG'],
        ['𝐁', 'O'],
      ]),
    ).toEqual(['PER:John', 'ORG:𝐀𝐁']);
  });

  it('takes the mean over the words of the probability of B- and I- together', () => {
    const [span] = decode('Johnson Smith', [
      ['John', odds(0.1, 0.5, 0.3, 0.05, 0.05)],
      ['son', odds(0.2, 0.1, 0.5, 0.1, 0.1)],
      ['Smith', odds(0.4, 0.05, 0.45, 0.05, 0.05)],
    ]);
    expect(span?.confidence).toBeCloseTo((0.7 + 0.5) / 2, 6);
  });

  it('flattens with the temperature', () => {
    const flat = new BioDecoder({ model: 'toy', labels: ['O', 'B-X', 'I-X'], temperature: 2 });
    const text = { text: 'a', offsets: Int32Array.of(0, 1), breaks: new Set<number>() };
    const [span] = flat.decode(text, Float32Array.of(0, 2, 0));
    expect(span?.confidence).toBeCloseTo((Math.E + 1) / (Math.E + 2), 6);
  });

  it('keeps unsure spans down to 0.05', () => {
    const wide = ['O', ...Array.from({ length: 30 }, (_, i) => `B-T${i}`)];
    const vague = new BioDecoder({ model: 'toy', labels: wide, temperature: 1 });
    const text = { text: 'a', offsets: Int32Array.of(0, 1), breaks: new Set<number>() };
    const spans = (top: number) =>
      vague.decode(
        text,
        Float32Array.from(wide, (_, i) => Math.log(i === 1 ? top : (1 - top) / 30)),
      );
    expect(spans(0.06)).toHaveLength(1);
    expect(spans(0.04)).toHaveLength(0);
  });

  it('refuses logits that are no numbers', () => {
    expect(() => decode('a', [['a', [Number.NaN, 0, 0, 0, 0]]])).toThrow(/toy gave logits/);
  });
});

describe('spanLabels', () => {
  it('names each type once', () => {
    expect(spanLabels(labels)).toEqual(['PER', 'ORG']);
  });
});
