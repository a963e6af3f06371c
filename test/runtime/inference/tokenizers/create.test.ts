import { describe, expect, it } from 'vitest';
import { createTokenizer } from '../../../../src/runtime/inference/tokenizers/index.js';
import { WordPieceAdapter } from '../../../../src/runtime/inference/tokenizers/wordpiece-adapter.js';
import { families, family, fixture, tinyFile } from './support.js';

describe('createTokenizer', () => {
  it.each([
    [
      'normalizer',
      { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Odd' }] },
      'normalizer.normalizers[1]: normalizer Odd',
    ],
    ['pre_tokenizer', { type: 'Odd' }, 'pre_tokenizer: pre-tokenizer Odd'],
    [
      'pre_tokenizer',
      { type: 'Split', pattern: { Regex: '(a)\\1' }, behavior: 'Isolated' },
      'pre_tokenizer.pattern: the pattern',
    ],
    [
      'pre_tokenizer',
      { type: 'Split', pattern: { Regex: 'a' }, behavior: 'Odd' },
      'pre_tokenizer: behavior Odd',
    ],
    ['model', { type: 'Odd' }, 'model: model Odd'],
    ['model', { type: 'BPE', vocab: {}, merges: [], dropout: 0.1 }, 'model: dropout'],
    ['model', { type: 'BPE', vocab: { a: 0 }, merges: ['a a'] }, 'model.merges[0]'],
    ['model', { type: 'BPE', vocab: { a: 'x' }, merges: [] }, 'model.vocab of "a"'],
    ['model', { type: 'Unigram', vocab: [['a']] }, 'model.vocab[0]'],
    ['post_processor', { type: 'constructor' }, 'post_processor: post-processor constructor'],
    ['added_tokens', [{ id: 1 }], 'added_tokens[0].content'],
  ])('names the part of %s that it can not use', (key, value, message) => {
    expect(() => createTokenizer(tinyFile({ [key]: value }))).toThrow(
      expect.objectContaining({
        code: 'VSR_MODEL_BUNDLE_INVALID',
        message: expect.stringContaining(`tokenizer.json: ${message}`),
      }),
    );
  });

  it.each(['{', 'null', '[]', '{}'])('refuses %s', (json) => {
    expect(() => createTokenizer(json)).toThrow(
      expect.objectContaining({ code: 'VSR_MODEL_BUNDLE_INVALID' }),
    );
  });

  it('takes the fast way for uncased BERT only', () => {
    const fast = families.filter((name) => family(name) instanceof WordPieceAdapter);
    expect(fast).toEqual(['bert-uncased']);
  });

  it('ignores truncation and padding, except for the padding token', () => {
    const tokenizer = createTokenizer(
      tinyFile({ truncation: { max_length: 2 }, padding: { strategy: { Fixed: 512 }, pad_id: 7 } }),
    );
    expect([...tokenizer.encode('ababab').ids]).toEqual([2, 2, 2]);
    expect(tokenizer.padId).toBe(7);
  });

  it('takes the padding token from tokenizer_config.json first', () => {
    const file = tinyFile({ padding: { pad_id: 7 } });
    expect(createTokenizer(file, '{"pad_token":"b"}').padId).toBe(1);
    expect(createTokenizer(file, '{"pad_token":{"content":"<unk>"}}').padId).toBe(3);
    expect(createTokenizer(file, '{"pad_token":"not there"}').padId).toBe(7);
    expect(createTokenizer(tinyFile()).padId).toBeUndefined();
    expect(family('modernbert').padId).toBe(family('modernbert').tokenId('[PAD]'));
  });

  it('reads files of before models had a type', () => {
    const model = { vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] };
    expect([...createTokenizer(tinyFile({ model })).encode('aab').ids]).toEqual([0, 2]);
  });

  it('does not take properties of objects for tokens', () => {
    const model = { type: 'BPE', vocab: JSON.parse('{"a":0,"__proto__":1}'), merges: [] };
    const tokenizer = createTokenizer(tinyFile({ model }));
    expect(tokenizer.tokenId('__proto__')).toBe(1);
    expect(tokenizer.tokenId('constructor')).toBeUndefined();
  });

  it('keeps places right behind characters that leave no piece', () => {
    const tokenizer = createTokenizer(tinyFile({ model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }));
    expect([...tokenizer.pieces('a😀a').offsets]).toEqual([0, 1, 3, 4]);
  });
});

describe('continues', () => {
  /** `|` before each piece that begins a word. */
  function words(name: string, text: string): string {
    const { offsets, continues } = family(name).pieces(text);
    let out = '';
    for (const [i, flag] of continues.entries()) {
      out += (flag === 0 ? '|' : '') + text.slice(offsets[2 * i], offsets[2 * i + 1]).trim();
    }
    return out;
  }

  it.each(['modernbert', 'qwen', 'roberta', 'gemma', 'bert-cased'])(
    'marks pieces inside words, not what begins with a space or a mark: %s',
    (name) => {
      expect(words(name, 'qqzzkk, hexkub!').replace(/\|(?=\|)/g, '')).toBe('|qqzzkk|,|hexkub|!');
    },
  );
});

describe('fixtures', () => {
  it('hold no paths of the machine they were made on', () => {
    expect(fixture('make_tokenizers.py')).not.toMatch(/\/(home|root|tmp|Users)\//);
  });
});
