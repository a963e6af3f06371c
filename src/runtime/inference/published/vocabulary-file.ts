/**
 * The tokenizer of a BERT that was published before tokenizer.json: a list of pieces in vocab.txt.
 *
 * @module
 */
import type { JsonObject } from '../../models/graphs/files.js';

/**
 * The tokenizer.json that the two files stand for: what transformers' BertTokenizer does by default.
 *
 * @param vocabulary Content of vocab.txt: a piece per line, its id the number of the line from 0.
 * @param config Content of tokenizer_config.json.
 * @throws if the list lacks the tokens of BERT's frame.
 */
export function tokenizerOfVocabulary(vocabulary: string, config: JsonObject): string {
  const pieces = vocabulary.split(/\r?\n/);
  if (pieces.at(-1) === '') pieces.pop();
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const special = (field: string, fallback: string): readonly [string, number] => {
    const stated = config[field];
    const token = typeof stated === 'string' ? stated : fallback;
    const id = vocab[token];
    if (id === undefined) throw new Error(`vocab.txt has no ${token}`);
    return [token, id];
  };
  const [unknown] = special('unk_token', '[UNK]');
  const [start, startId] = special('cls_token', '[CLS]');
  const [end, endId] = special('sep_token', '[SEP]');
  const lowercase = config.do_lower_case !== false;
  const stripAccents = typeof config.strip_accents === 'boolean' ? config.strip_accents : null;
  const added = [unknown, start, end, '[PAD]', '[MASK]'].flatMap((content) => {
    const id = vocab[content];
    if (id === undefined) return [];
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    return [{ id, content, ...flags }];
  });
  return JSON.stringify({
    version: '1.0',
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config.tokenize_chinese_chars !== false,
      strip_accents: stripAccents,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', sep: [end, endId], cls: [start, startId] },
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  });
}
