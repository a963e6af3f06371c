import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BioDecoder, lowestConfidence, spanLabels } from '../../../src/runtime/inference/token-labels.js';

const recorded = z
  .object({
    labels: z.array(z.string()),
    transitions: z.array(z.array(z.number())),
    cases: z.array(
      z.object({
        text: z.string(),
        temperature: z.number(),
        offsets: z.array(z.number()),
        logits: z.array(z.array(z.number())),
        spans: z.array(z.tuple([z.string(), z.number(), z.number(), z.number()])),
      }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../fixtures/inference/pii-decode.json', import.meta.url), 'utf8')),
  );

const labels = ['O', 'B-PER', 'I-PER', 'B-ORG', 'I-ORG'];
const decoder = new BioDecoder({ model: 'toy', labels, temperature: 1 });
const sure = 12;

/** Logits in which `label` is sure. */
const certain = (label: string): number[] => labels.map((name) => (name === label ? sure : 0));

/** Logits of probabilities. */
const odds = (...probabilities: number[]): number[] => probabilities.map(Math.log);

type Labelled = readonly [piece: string, label: string | readonly number[]];

/** Spans of `text`, cut into labelled pieces, between two special tokens that claim to be a name. */
function decode(
  text: string,
  pieces: readonly Labelled[],
  breaks: readonly number[] = [],
  by: BioDecoder = decoder,
) {
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
  return by.decode(labelled, Float32Array.from(logits));
}

/** `label:stretch` of each span. */
const found = (
  text: string,
  pieces: readonly Labelled[],
  breaks?: readonly number[],
  by?: BioDecoder,
): string[] =>
  decode(text, pieces, breaks, by).map(({ label, start, end }) => `${label}:${text.slice(start, end)}`);

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

  it('lets nothing but B- begin a span, whatever else is likelier', () => {
    // B-PER 0.2 or O 0.1, although I-PER has 0.7.
    const orphan = odds(0.1, 0.2, 0.6, 0.05, 0.05);
    expect(found('Smith', [['Smith', orphan]])).toEqual(['PER:Smith']);
    expect(found('Smith', [['Smith', odds(0.2, 0.1, 0.6, 0.05, 0.05)]])).toEqual([]);
    expect(
      found('the Acme Smith', [
        ['the', 'O'],
        ['Acme', 'B-ORG'],
        ['Smith', orphan],
      ]),
    ).toEqual(['ORG:Acme', 'PER:Smith']);
  });

  it('judges the words of a text together', () => {
    // On its own "de" is nothing; but then "Souza", which is sure to go on with a name, has none.
    const unsure = odds(0.5, 0.1, 0.2, 0.1, 0.1);
    expect(
      found('Ana de Souza', [
        ['Ana', 'B-PER'],
        ['de', unsure],
        ['Souza', 'I-PER'],
      ]),
    ).toEqual(['PER:Ana de Souza']);
    expect(
      found('Ana de facto', [
        ['Ana', 'B-PER'],
        ['de', unsure],
        ['facto', 'O'],
      ]),
    ).toEqual(['PER:Ana']);
  });

  it('gives a word one label: the most probable one over all its pieces', () => {
    const pieces: Labelled[] = [
      ['John', odds(0.05, 0.5, 0.3, 0.1, 0.05)],
      ['son', odds(0.02, 0.01, 0.01, 0.9, 0.06)],
    ];
    expect(found('Johnson', pieces)).toEqual(['ORG:Johnson']);
    // In two words each has its own.
    expect(found('John son', pieces)).toEqual(['PER:John', 'ORG:son']);
    expect(
      found('abcdef', [
        ['ab', 'B-PER'],
        ['cd', 'O'],
        ['ef', 'O'],
      ]),
    ).toEqual([]);
  });

  it('asks only the first piece of a word whether something begins', () => {
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
        ['son', 'I-PER'],
      ]),
    ).toEqual(['PER:Ann', 'PER:Johnson']);
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
      ['Smith', odds(0.1, 0.2, 0.6, 0.05, 0.05)],
    ];
    expect(found('John Smith', pieces)).toEqual(['PER:John Smith']);
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
    const [span] = decode('Anna Smith', [
      ['Anna', odds(0.1, 0.5, 0.3, 0.05, 0.05)],
      ['Smith', odds(0.4, 0.05, 0.45, 0.05, 0.05)],
    ]);
    expect(span?.confidence).toBeCloseTo((0.8 + 0.5) / 2, 6);
  });

  it('makes a word of the geometric means over its pieces', () => {
    const [span] = decode('Johnson', [
      ['John', odds(0.1, 0.5, 0.3, 0.05, 0.05)],
      ['son', odds(0.2, 0.1, 0.5, 0.1, 0.1)],
    ]);
    const outside = Math.sqrt(0.1 * 0.2);
    const person = Math.sqrt(0.5 * 0.6) + Math.sqrt(0.3 * 0.6);
    const organisation = 2 * Math.sqrt(0.05 * 0.2);
    expect(span?.confidence).toBeCloseTo(person / (outside + person + organisation), 6);
  });

  it('weighs the order of labels as the head says', () => {
    const transitions = [...labels, ''].map(() => labels.map(() => 0));
    const pieces: Labelled[] = [
      ['Ann', 'B-PER'],
      ['Acme', odds(0.4, 0.05, 0.05, 0.45, 0.05)],
    ];
    const by = new BioDecoder({ model: 'toy', labels, temperature: 1, transitions });
    expect(found('Ann Acme', pieces, [], by)).toEqual(['PER:Ann', 'ORG:Acme']);
    // After a person an organisation is rare; at the start of a text it is not.
    const rare = new BioDecoder({
      model: 'toy',
      labels,
      temperature: 1,
      transitions: transitions.with(1, [0, 0, 0, -1, 0]),
    });
    expect(found('Ann Acme', pieces, [], rare)).toEqual(['PER:Ann']);
    expect(found('Ann Acme', pieces, [2], rare)).toEqual(['PER:Ann', 'ORG:Acme']);
    const late = new BioDecoder({
      model: 'toy',
      labels,
      temperature: 1,
      transitions: transitions.with(5, [0, 0, 0, -1, 0]),
    });
    expect(found('Ann Acme', pieces, [], late)).toEqual(['PER:Ann', 'ORG:Acme']);
    expect(found('Ann Acme', pieces, [2], late)).toEqual(['PER:Ann']);
  });

  it('remembers nothing of the text before', () => {
    const one = (text: string) => found(text, [[text, 'B-PER']]);
    expect(one('Ann')).toEqual(['PER:Ann']);
    found('John Smith goes', [
      ['John', 'B-PER'],
      ['Smith', 'I-PER'],
      ['goes', 'O'],
    ]);
    expect(one('Ann')).toEqual(['PER:Ann']);
    expect(found('', [])).toEqual([]);
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

  it.each([
    ['in the order of the training', recorded.labels],
    ['in any other order', recorded.labels.toReversed()],
  ])('agrees with the code that chose its numbers, labels %s', (_, order) => {
    const places = order.map((label) => recorded.labels.indexOf(label));
    const ordered = (row: readonly number[]): number[] => places.map((place) => row[place] ?? Number.NaN);
    const start = recorded.labels.length;
    const transitions = [...places, start].map((place) => ordered(recorded.transitions[place] ?? []));
    let spans = 0;
    for (const { text, temperature, offsets, logits, spans: expected } of recorded.cases) {
      const by = new BioDecoder({ model: 'toy', labels: order, temperature, transitions });
      const decoded = by.decode(
        { text, offsets: Int32Array.from(offsets), breaks: new Set() },
        Float32Array.from(logits.flatMap(ordered), (tenths) => tenths / 10),
      );
      const kept = expected.filter(([, , , confidence]) => confidence >= lowestConfidence);
      expect(decoded.map(({ label, start, end }) => [label, start, end])).toEqual(
        kept.map(([label, start, end]) => [label, start, end]),
      );
      for (const [i, [, , , confidence]] of kept.entries()) {
        expect(decoded[i]?.confidence).toBeCloseTo(confidence, 5);
      }
      spans += decoded.length;
    }
    expect(spans).toBeGreaterThan(100);
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
