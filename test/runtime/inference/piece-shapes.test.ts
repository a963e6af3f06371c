import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pieceShapes, shapeSize } from '../../../src/runtime/inference/piece-shapes.js';
import { toyTokenizer } from './toy.js';

const recorded = z
  .object({ shapes: z.array(z.tuple([z.string(), z.array(z.number()), z.string()])) })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../fixtures/inference/python-features.json', import.meta.url), 'utf8'),
    ),
  );

/** Shapes of the stretches of `text` that `parts` finds one after the other, five digits each. */
function shapesOf(text: string, ...parts: readonly string[]): string[] {
  let at = 0;
  const offsets = parts.flatMap((part) => {
    const start = text.indexOf(part, at);
    at = start + part.length;
    return [start, at];
  });
  return split(pieceShapes(text, Int32Array.from(offsets)));
}

function split(shapes: Uint8Array): string[] {
  const rows: string[] = [];
  for (let i = 0; i < shapes.length; i += shapeSize) rows.push(shapes.subarray(i, i + shapeSize).join(''));
  return rows;
}

/** The number of `name` in each shape. */
const column = (shapes: readonly string[], index: number): string =>
  shapes.map((shape) => shape[index]).join('');

describe('pieceShapes', () => {
  it.each([
    ['john', '1'],
    ['John', '2'],
    ['JOHN', '3'],
    ['J', '4'],
    ['iPhone', '5'],
    ['JoHN', '5'],
    ['42', '6'],
    ['Ⅷ½', '6'],
    ['A4', '7'],
    ['4.2', '7'],
    ['a-b', '8'],
    ['😀', '8'],
    ['中文', '9'],
    ['e\u0301', '9'],
    ['ǅ', '4'],
    ['𝐀', '4'],
    ['𝐀𝐁', '3'],
  ])('classifies %s as %s', (text, expected) => {
    expect(column(shapesOf(text, text), 0)).toBe(expected);
  });

  it('gives a piece the class of its word, and punctuation its own', () => {
    expect(column(shapesOf('McDonald, A1', 'Mc', 'Donald', ',', 'A'), 1)).toBe('5587');
  });

  it.each([
    ['the beginning', 'a', 'a', '1'],
    ['a word that goes on', 'xa', 'a', '2'],
    ['a line break', 'x\na', 'a', '3'],
    ['white space at the beginning', '  \ta', 'a', '4'],
    ['the end of a sentence', 'x. a', 'a', '4'],
    ['a quote and wide spaces', 'x” \u3000a', 'a', '4'],
    ['a blank line with spaces', 'x\n  a', 'a', '4'],
    ['a word', 'x a', 'a', '5'],
    ['an at sign', '@a', 'a', '6'],
    ['a hash', '#a', 'a', '7'],
    ['other punctuation', '(a', 'a', '8'],
    ['an emoji and a space', '😀 a', 'a', '5'],
    ['an emoji', '😀a', 'a', '8'],
  ])('tells that %s precedes', (_, text, part, expected) => {
    expect(column(shapesOf(text, part), 2)).toBe(expected);
  });

  it('counts the code points of words with digits, up to nine', () => {
    expect(column(shapesOf('𝟘𝟙 a1b 1234567890 ab', '𝟘', 'a', '1234567890', 'ab'), 3)).toBe('2390');
  });

  it.each([
    ['all lower case', 0],
    ['Only the first of these six', 1],
    ['Two of Five words here', 2],
    ['John Smith Meets mary', 3],
    ['STOP THIS NOW please', 4],
    ['STOP NOW', 3],
    ['12 34', 0],
    ['', 0],
  ])('rates the casing of "%s" as %i', (text, expected) => {
    expect(split(pieceShapes(text, Int32Array.of(0, 0)))).toEqual([`0000${expected}`]);
  });

  it('gives special tokens nothing but the casing', () => {
    const { offsets } = toyTokenizer.pieces('John');
    expect(split(pieceShapes('John', Int32Array.of(0, 0, ...offsets, 0, 0)))).toEqual([
      '00003',
      '22103',
      '00003',
    ]);
  });

  it('agrees with the code that made the training features', () => {
    expect(recorded.shapes.length).toBeGreaterThan(200);
    for (const [text, offsets, expected] of recorded.shapes) {
      expect([text, pieceShapes(text, Int32Array.from(offsets)).join('')]).toEqual([text, expected]);
    }
  });
});
