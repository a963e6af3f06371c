/**
 * What the files of sentence-transformers say about making one vector of a text.
 *
 * @module
 */
import { join } from 'node:path';
import { isRecord } from '../../is-record.js';
import { Fields } from './fields.js';
import { readJsonIfAny, readJsonObject, readJsonObjectIfAny } from './files.js';
import { invalidModel, shown } from './invalid.js';
import type { Pooling as BuiltPooling } from './network.js';

/** `last`: the last token has read all before it; only in published graphs. */
type Pooling = BuiltPooling | 'last';

export interface SentenceModules {
  readonly pooling: Pooling;
  /** False if the folder has no such files, and `pooling` is only the usual one. */
  readonly stated: boolean;
  /** True if vectors are scaled to length 1. */
  readonly normalise: boolean;
  /** The length the model is used with, in tokens, if it is stated. */
  readonly maxTokens: number | undefined;
}

const modes: ReadonlyMap<string, Pooling> = new Map([
  ['pooling_mode_cls_token', 'cls'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_lasttoken', 'last'],
]);

/** The mean of the tokens, unscaled, for a folder without such files. */
export function readSentenceModules(folder: string): SentenceModules {
  const limits = readJsonObjectIfAny(join(folder, 'sentence_bert_config.json'));
  const limit = new Fields(join(folder, 'sentence_bert_config.json'), limits ?? {});
  const maxTokens = limit.has('max_seq_length') ? limit.integer('max_seq_length') : undefined;
  const file = join(folder, 'modules.json');
  const modules = readJsonIfAny(file);
  if (modules === undefined) return { pooling: 'mean', stated: false, normalise: false, maxTokens };
  if (!Array.isArray(modules)) throw invalidModel(`${file} holds ${shown(modules)}, where a list is needed.`);
  let pooling: Pooling = 'mean';
  let normalise = false;
  for (const module of modules) {
    const fields = new Fields(file, isRecord(module) ? module : {});
    const type = fields.text('type');
    const kind = type.split('.').at(-1);
    if (kind === 'Pooling') pooling = poolingIn(folder, file, fields.text('path'));
    else if (kind === 'Normalize') normalise = true;
    else if (kind !== 'Transformer') {
      throw invalidModel(
        `${file} lists the module ${shown(type)}; Transformer, Pooling and Normalize can be run.`,
        'Use an ONNX export of this model.',
      );
    }
  }
  return { pooling, stated: true, normalise, maxTokens };
}

function poolingIn(folder: string, file: string, path: string): Pooling {
  if (!/^[\w-]+$/.test(path))
    throw invalidModel(`${file} has the path ${shown(path)}; a folder's name is needed.`);
  const config = join(folder, path, 'config.json');
  const fields = new Fields(config, readJsonObject(config));
  if (fields.has('pooling_mode')) {
    const mode = fields.oneOf('pooling_mode', ['cls', 'mean', 'lasttoken']);
    return mode === 'lasttoken' ? 'last' : mode;
  }
  const on = Object.keys(fields.values()).filter(
    (key) => key.startsWith('pooling_mode_') && fields.flag(key, false),
  );
  const pooling = modes.get(on.join());
  if (pooling !== undefined) return pooling;
  throw invalidModel(
    `${config} asks for ${on.join(' and ') || 'no pooling_mode'}; ${[...modes.keys()].join(' or ')} can be run.`,
    'Use an ONNX export of this model.',
  );
}
