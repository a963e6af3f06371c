/**
 * Makes a tokenizer from the files of a model.
 *
 * Sections `truncation` and `padding` of tokenizer.json are ignored, except that padding may name the
 * padding token: how much of a text is run is the caller's business, and published files often carry
 * values that were left over from training.
 *
 * @module
 */

import { isRecord } from '../../is-record.js';
import { WordPieceTokenizer } from '../wordpiece.js';
import { type AddedToken, parseAddedTokens } from './added-tokens.js';
import { bareFraming } from './framing.js';
import { parseModel } from './models/index.js';
import { parseVocabulary } from './models/vocabulary.js';
import { parseNormalizer } from './normalizers/index.js';
import { PipelineTokenizer } from './pipeline.js';
import { type PostProcessing, parsePostProcessor } from './post-processors/index.js';
import { parsePreTokenizer } from './pre-tokenizers/index.js';
import { Section } from './section.js';
import type { TextTokenizer } from './types.js';
import { WordPieceAdapter } from './wordpiece-adapter.js';

/** The padding token as tokenizer_config.json or tokenizer.json name it, else by its usual names. */
function padIdOf(
  file: Section,
  configJson: string | undefined,
  tokenId: (token: string) => number | undefined,
): number | undefined {
  const names: string[] = [];
  if (configJson !== undefined) {
    const { pad_token: pad } = Section.parse(configJson, 'tokenizer_config.json').record;
    if (typeof pad === 'string') names.push(pad);
    else if (isRecord(pad) && typeof pad.content === 'string') names.push(pad.content);
  }
  for (const name of names) {
    const id = tokenId(name);
    if (id !== undefined) return id;
  }
  const padding = file.optionalSection('padding');
  if (padding?.has('pad_id') === true) return padding.number('pad_id');
  for (const name of ['[PAD]', '<pad>', '<|padding|>', '<|endoftext|>']) {
    const id = tokenId(name);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** Whether the file is of the kind that the fast tokenizer reads: uncased BERT in every detail. */
function isUncasedBert(file: Section, added: readonly AddedToken[]): boolean {
  const normalizer = file.optionalSection('normalizer');
  if (normalizer === undefined || normalizer.type !== 'BertNormalizer') return false;
  const { record } = normalizer;
  const model = file.section('model');
  return (
    model.record.type === 'WordPiece' &&
    model.string('unk_token', '[UNK]') === '[UNK]' &&
    model.string('continuing_subword_prefix', '##') === '##' &&
    record.lowercase === true &&
    record.strip_accents !== false &&
    record.clean_text !== false &&
    record.handle_chinese_chars !== false &&
    file.optionalSection('pre_tokenizer')?.record.type === 'BertPreTokenizer' &&
    added.every(
      (token) =>
        !token.normalized &&
        !token.lstrip &&
        !token.rstrip &&
        !token.singleWord &&
        /^[!-/:-@[-`{-~]/.test(token.content),
    )
  );
}

/**
 * A tokenizer that does what the `tokenizers` library does with the file.
 *
 * @param json Content of tokenizer.json.
 * @param configJson Content of tokenizer_config.json, of which only the padding token is read.
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` if the file is not valid, or has a component that is not
 *   supported: then the message names it and where it is.
 */
export function createTokenizer(json: string, configJson?: string): TextTokenizer {
  const file = Section.parse(json, 'tokenizer.json');
  const added = parseAddedTokens(file);
  const addedIds = new Map(added.map((token) => [token.content, token.id]));
  const processor = file.optionalSection('post_processor');
  const postProcessing: PostProcessing = processor === undefined ? {} : parsePostProcessor(processor);

  if (isUncasedBert(file, added) && postProcessing.trimming === undefined) {
    const ids = parseVocabulary(file.section('model'));
    // The fast tokenizer wants these by name, since it is made for texts in a frame.
    if (ids.has('[CLS]') && ids.has('[SEP]')) {
      const tokenId = (token: string): number | undefined => addedIds.get(token) ?? ids.get(token);
      return new WordPieceAdapter(new WordPieceTokenizer(json), {
        framing: postProcessing.framing ?? bareFraming,
        padId: padIdOf(file, configJson, tokenId),
        tokenId,
      });
    }
  }

  const model = parseModel(file.section('model'));
  const normalizer = file.optionalSection('normalizer');
  const preTokenizer = file.optionalSection('pre_tokenizer');
  return new PipelineTokenizer({
    added,
    normalizer: normalizer === undefined ? undefined : parseNormalizer(normalizer),
    preTokenizer: preTokenizer === undefined ? undefined : parsePreTokenizer(preTokenizer),
    model,
    postProcessing,
    padId: padIdOf(file, configJson, (token) => addedIds.get(token) ?? model.id(token)),
  });
}
