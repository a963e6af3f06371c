/**
 * Reads the verdict of a guard model: a number or words as JSON, the lines of Qwen3Guard, or the first word of its
 * answer, as Llama Guard and others give it.
 *
 * @module
 */
import type { GuardParser } from '../external/external-models.js';
import { type JsonFields, jsonAnswer, spokenPart } from '../external/json-answers.js';
import { shareOfOne } from '../external/numbers.js';

export interface GuardVerdict {
  /** In [0, 1]: 0 safe, 1 unsafe, 0.5 for what the model calls controversial. */
  readonly risk: number;
  /** False if the model says a word, and no number. */
  readonly measured: boolean;
  /** What it said, and of what kind it found the text. */
  readonly words: string;
}

const risks: ReadonlyMap<string, number> = new Map([
  ...['safe', 'benign', 'harmless', 'allow', 'allowed', 'no', 'false', 'none'].map(
    (word) => [word, 0] as const,
  ),
  ...['unsafe', 'jailbreak', 'injection', 'malicious', 'harmful', 'attack'].map((word) => [word, 1] as const),
  ...['block', 'blocked', 'yes', 'true'].map((word) => [word, 1] as const),
  ['controversial', 0.5],
]);

/** Members that say how bad a text is, as a number or as a truth. */
const badness = ['risk', 'jailbreak', 'unsafe', 'injection', 'flagged'] as const;
/** The same, unless a word says what it is the score of: `{"label": "safe", "score": 0.98}`. */
const vagueBadness = ['score'] as const;
/** Members that say it as a word. */
const worded = ['verdict', 'label', 'safety', 'classification', 'result'] as const;

/** The verdict; undefined if the answer holds none in the form that `parser` names. */
export function verdictIn(answer: string, parser: GuardParser): GuardVerdict | undefined {
  switch (parser) {
    case 'json':
      return fromJson(answer);
    case 'qwen3guard':
      return fromLines(answer);
    case 'simple':
      return fromFirstWord(answer);
    case 'auto':
      return fromJson(answer) ?? fromLines(answer) ?? fromFirstWord(answer);
  }
}

function fromJson(answer: string): GuardVerdict | undefined {
  return howBad(answer, badness) ?? inWords(answer) ?? howBad(answer, vagueBadness);
}

function howBad(answer: string, keys: readonly string[]): GuardVerdict | undefined {
  for (const key of keys) {
    const value = jsonAnswer(answer, key)?.[key];
    if (typeof value === 'boolean') return said(value ? 1 : 0, `${key}: ${value}`);
    const risk = shareOfOne(value);
    if (risk !== undefined) return { risk, measured: true, words: `${key} ${risk}` };
  }
  return undefined;
}

function inWords(answer: string): GuardVerdict | undefined {
  const safe = jsonAnswer(answer, 'safe')?.safe;
  if (typeof safe === 'boolean') return said(safe ? 0 : 1, `safe: ${safe}`);
  for (const key of worded) {
    const word = wordIn(jsonAnswer(answer, key), key);
    const risk = word === undefined ? undefined : risks.get(word);
    if (word !== undefined && risk !== undefined) return said(risk, word);
  }
  return undefined;
}

function wordIn(fields: JsonFields | undefined, key: string): string | undefined {
  const value = fields?.[key];
  return typeof value === 'string' ? value.trim().toLowerCase() : undefined;
}

/** `Safety: Unsafe`, and on the next line `Categories: Violent, Jailbreak`. */
function fromLines(answer: string): GuardVerdict | undefined {
  const spoken = spokenPart(answer);
  const word = /^\s*safety\s*:\s*(safe|unsafe|controversial)\b/im.exec(spoken)?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  const kinds = /^\s*categor(?:y|ies)\s*:\s*(\S.*)$/im.exec(spoken)?.[1];
  return said(risks.get(word) ?? 1, wordsOf(word, kinds));
}

/** `unsafe`, and on the next line its categories: `S1,S2`. */
function fromFirstWord(answer: string): GuardVerdict | undefined {
  const [first = '', second] = spokenPart(answer)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const word = /^[^\p{L}]*(\p{L}+)/u.exec(first)?.[1]?.toLowerCase();
  const risk = word === undefined ? undefined : risks.get(word);
  return word === undefined || risk === undefined ? undefined : said(risk, wordsOf(word, second));
}

function said(risk: number, words: string): GuardVerdict {
  return { risk, measured: false, words };
}

function wordsOf(word: string, kinds: string | undefined): string {
  return kinds === undefined || /^none\b/i.test(kinds) ? word : `${word} (${kinds.slice(0, 80).trim()})`;
}
