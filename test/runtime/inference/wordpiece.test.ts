import { describe, expect, it } from 'vitest';
import { scanLimit, WordPieceTokenizer } from '../../../src/runtime/inference/wordpiece.js';

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

/** `piece@start-end` of each token between [CLS] and [SEP]. */
function tokens(text: string, maxTokens = 512): string[] {
  const { ids, offsets } = tokenizer.encode(text, maxTokens);
  return [...ids].slice(1, -1).map((id, i) => `${pieces[id]}@${offsets[2 * i + 2]}-${offsets[2 * i + 3]}`);
}

describe('WordPieceTokenizer', () => {
  it('matches the longest piece and lower-cases', () => {
    expect(tokens('UNaffable un')).toEqual(['un@0-2', '##aff@2-5', '##able@5-9', 'un@10-12']);
  });

  it('frames an empty text', () => {
    expect(tokenizer.encode('', 512)).toMatchObject({
      ids: Int32Array.of(2, 3),
      offsets: Int32Array.of(0, 0, 0, 0),
      total: 2,
      truncated: false,
    });
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

  it('truncates, and counts all tokens', () => {
    const result = tokenizer.encode('a '.repeat(100), 10);
    expect(result.ids).toHaveLength(10);
    expect(result.ids.at(-1)).toBe(3);
    expect(result).toMatchObject({ total: 102, truncated: true });
    expect(tokenizer.encode('a '.repeat(8), 10)).toMatchObject({ total: 10, truncated: false });
  });

  it('forgets the pieces of an unknown word also at the truncation point', () => {
    expect(tokens('a aaaaaaaaq', 6)).toEqual(['a@0-1', '[UNK]@2-11']);
    expect(tokenizer.encode('a aaaaaaaaq a', 4)).toMatchObject({ total: 5, truncated: true });
  });

  it('looks at a bounded part of a huge text and estimates the rest', () => {
    const text = 'a '.repeat(scanLimit);
    expect(tokenizer.encode(text, 512)).toMatchObject({ total: scanLimit + 2, truncated: true });
    expect(tokenizer.encode(text.slice(0, scanLimit), 512, text.length)).toEqual(tokenizer.encode(text, 512));
    expect(tokenizer.encode(' '.repeat(scanLimit + 1), 512)).toMatchObject({ total: 2, truncated: true });
  });

  it('gives the same for a text whatever came before', () => {
    const first = tokenizer.encode('unaffable Café 中', 512);
    tokenizer.encode('x'.repeat(5000), 512);
    expect(tokenizer.encode('unaffable Café 中', 512)).toEqual(first);
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
