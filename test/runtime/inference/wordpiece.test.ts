import { describe, expect, it } from 'vitest';
import { WordPieceTokenizer } from '../../../src/runtime/inference/wordpiece.js';

const pieces = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  'un',
  '##aff',
  '##able',
  'cafe',
  'a',
  '##a',
  '!',
  '$',
  '中',
  '文',
  'σας',
  'σασ',
  'x',
  '[',
  ']',
  'sep',
];

function tokenizerJson(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    truncation: { max_length: 3 },
    added_tokens: [{ id: 3, content: '[SEP]', special: true, normalized: false }],
    normalizer: { type: 'BertNormalizer', lowercase: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
    ...changes,
  });
}

const tokenizer = new WordPieceTokenizer(tokenizerJson());

/** `piece@start-end` of each piece. */
function tokens(text: string): string[] {
  const { ids, offsets } = tokenizer.pieces(text);
  return [...ids].map((id, i) => `${pieces[id]}@${offsets[2 * i]}-${offsets[2 * i + 1]}`);
}

describe('WordPieceTokenizer', () => {
  it('matches the longest piece and lower-cases', () => {
    expect(tokens('UNaffable un')).toEqual(['un@0-2', '##aff@2-5', '##able@5-9', 'un@10-12']);
  });

  it('says which pieces continue a word, and what goes around a text', () => {
    expect([...tokenizer.pieces('unaffable un aa').continues]).toEqual([0, 1, 1, 0, 0, 1]);
    expect([tokenizer.start, tokenizer.end]).toEqual([2, 3]);
  });

  it('gives no pieces for an empty text', () => {
    expect(tokens('')).toEqual([]);
  });

  it.each([
    ['composed', 'Café!', ['cafe@0-4', '!@4-5']],
    ['decomposed', 'Cafe\u0301!', ['cafe@0-4', '!@5-6']],
  ])('strips accents and points into the original (%s)', (_, text, expected) => {
    expect(tokens(text)).toEqual(expected);
  });

  it('makes each ideograph and each ASCII symbol a word', () => {
    expect(tokens('a中文$a')).toEqual(['a@0-1', '中@1-2', '文@2-3', '$@3-4', 'a@4-5']);
  });

  it('counts offsets in UTF-16 units', () => {
    expect(tokens('😀 a')).toEqual(['[UNK]@0-2', 'a@3-4']);
  });

  it('drops control characters and lone surrogates inside a word', () => {
    expect(tokens('u\u0000n\u200baff\ud800able')).toEqual(['un@0-3', '##aff@4-7', '##able@8-12']);
  });

  it('separates at any white space', () => {
    expect(tokens('a\u00a0a\ta\u2028a\u3000a')).toHaveLength(5);
  });

  it('does not use the final form of sigma', () => {
    expect(tokens('ΣΑΣ')).toEqual(['σασ@0-3']);
  });

  it('makes a word unknown as a whole when a part of it is', () => {
    expect(tokens('unaffq a')).toEqual(['[UNK]@0-6', 'a@7-8']);
  });

  it('splits words of 100 characters and gives up on longer ones', () => {
    expect(tokens('a'.repeat(100))).toHaveLength(100);
    expect(tokens('a'.repeat(101))).toEqual(['[UNK]@0-101']);
  });

  it('finds special tokens in a text only as they are written, also inside a word', () => {
    expect(tokens('un[SEP]a[sep]')).toEqual(['un@0-2', '[SEP]@2-7', 'a@7-8', '[@8-9', 'sep@9-12', ']@12-13']);
  });

  it('forgets the pieces of an unknown word', () => {
    expect(tokens('a aaaaaaaaq a')).toEqual(['a@0-1', '[UNK]@2-11', 'a@12-13']);
    expect([...tokenizer.pieces('aa aaq a').continues]).toEqual([0, 1, 0, 0]);
  });

  it('gives all pieces of a text that has more of them than characters or far fewer', () => {
    expect(tokens('한'.repeat(3))).toEqual(['[UNK]@0-3']);
    expect(tokens('a'.repeat(90).concat(' ').repeat(50))).toHaveLength(4500);
    expect(tokens(`${' '.repeat(10_000)}a`)).toEqual(['a@10000-10001']);
  });

  it('gives the same for a text whatever came before', () => {
    const first = tokenizer.pieces('unaffable Café 中');
    tokenizer.pieces('x'.repeat(5000));
    expect(tokenizer.pieces('unaffable Café 中')).toEqual(first);
  });

  it.each([
    ['not JSON', '{'],
    ['another model', tokenizerJson({ model: { type: 'BPE' } })],
    ['a cased normalizer', tokenizerJson({ normalizer: { type: 'BertNormalizer', lowercase: false } })],
    ['no special tokens', tokenizerJson({ model: { type: 'WordPiece', vocab: { a: 0 } } })],
    ['an added token it cannot find', tokenizerJson({ added_tokens: [{ id: 0, content: 'word' }] })],
    ['null', 'null'],
  ])('refuses a tokenizer.json that is or has %s', (_, json) => {
    expect(() => new WordPieceTokenizer(json)).toThrow(
      expect.objectContaining({ code: 'VSR_MODEL_BUNDLE_INVALID' }),
    );
  });
});
