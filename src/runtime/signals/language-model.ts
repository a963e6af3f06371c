/**
 * Tells the languages of one script apart by common words and letter n-grams.
 *
 * @module
 */
import { GramTable } from './gram-table.js';
import type { Reading } from './language-reading.js';
import { clearColumn, WordTable } from './language-words.js';

export interface DetectedLanguage {
  /** ISO 639-1 code. */
  readonly language: string;
  readonly confidence: number;
}

/** As scripts/build-language-profiles.mjs writes it. */
export interface PackedProfile {
  readonly languages: readonly string[];
  /** Natural logarithm of one step of a penalty. */
  readonly step: number;
  /** N-grams, one on a line. */
  readonly grams: string;
  /** Per n-gram and language a character: how many steps above `0` the log probability is below the best. */
  readonly rows: string;
  /** Common words of each language, one language on a line. */
  readonly words: string;
}

/**
 * Words of conversation, which the sentences that the tables were counted on lack, and which make up most
 * of a short prompt. Only for the languages that prompts are most often written in.
 */
const everydayWords: Readonly<Record<string, string>> = {
  en: 'hello hi hey please thanks thank you what how why who when where can could would write explain help me my the is are do does tell show give make code good morning yes and of to in',
  de: 'hallo bitte danke wie was warum wer wann wo kannst können schreibe erkläre hilf mir ich du ist sind der die das und guten morgen ja nein ein eine',
  fr: 'bonjour salut merci comment pourquoi qui quand où peux pouvez écris explique aide moi je tu vous est sont le la les et oui non un une des que',
  es: 'hola gracias por favor qué cómo quién cuándo dónde puedes escribe explica ayuda yo tú es son el la los las y sí un una buenos días que',
  it: 'ciao grazie prego come perché chi quando dove puoi scrivi spiega aiuto io tu è sono il la gli e sì un una buongiorno che',
  pt: 'olá oi obrigado obrigada por favor como quem quando onde pode você escreva explique ajuda eu é são o a os as e sim não um uma bom dia que',
  nl: 'hallo hoi dank bedankt hoe wat waarom wie wanneer waar kun je schrijf leg uit help mij ik is zijn de het een en ja nee',
  ru: 'привет здравствуйте пожалуйста спасибо что как почему кто когда где можешь напиши объясни помоги мне я ты это и да нет не',
  uk: 'привіт будь ласка дякую що як чому хто коли де можеш напиши поясни допоможи мені я ти це і так ні не',
};

/** Natural logarithm of the odds that one such word is worth, and of how rare other languages are in prompts. */
const wordBonus = 2.5;
const rarity = 1.5;

// Each letter is counted in n-grams of three sizes and several positions, which are not independent; so
// evidence is weighed down, or every answer would come with probability 1.
const temperature = 4;

/**
 * Words whose letters are looked at, spread evenly over the text, because a quotation at one end must not
 * decide alone. More hardly change an answer.
 */
const sampledWords = 20;
const longestWord = 30;

// Two sums share a 32-bit number, 16 bits each. The greatest penalty is 75, so 873 n-grams fit, and a word
// has 93 at most.
const mostGrams = 780;

/** Of texts with clear common words, 99.9 % are in that language. */
const clearConfidence = 0.998;

export class LanguageModel {
  readonly #languages: readonly string[];
  readonly #step: number;
  readonly #grams: GramTable;
  /** Row per n-gram; penalties of two columns per number. */
  readonly #penalties: Int32Array;
  readonly #width: number;
  /** Before any n-gram is seen. */
  readonly #priors: Float64Array;
  readonly #everyday: WordTable;
  readonly #common: WordTable;
  // Scratch of one call.
  readonly #hits: Int32Array;
  readonly #sums: Float64Array;
  readonly #pairs: Int32Array;

  constructor({ languages, step, grams, rows, words }: PackedProfile) {
    const width = Math.ceil(languages.length / 2);
    const list = grams.split('\n');
    this.#languages = languages;
    this.#step = step;
    this.#grams = new GramTable(list);
    this.#width = width;
    this.#penalties = new Int32Array(width * list.length);
    const zero = '0'.charCodeAt(0);
    let at = 0;
    for (let row = 0; row < list.length; row += 1) {
      for (let column = 0; column < languages.length; column += 1) {
        const slot = row * width + (column >> 1);
        const penalty = rows.charCodeAt(at) - zero;
        this.#penalties[slot] = (this.#penalties[slot] ?? 0) | (penalty << (column % 2 === 0 ? 0 : 16));
        at += 1;
      }
    }
    this.#priors = Float64Array.from(languages, (language) =>
      everydayWords[language] === undefined ? (rarity * temperature) / step : 0,
    );
    const everyday = languages.map((language) => everydayWords[language]?.split(' ') ?? []);
    const common = words.split('\n').map((line) => line.split(' '));
    this.#everyday = new WordTable(everyday);
    this.#common = new WordTable(
      languages.map((_, column) => [...(common[column] ?? []), ...(everyday[column] ?? [])]),
    );
    this.#hits = new Int32Array(languages.length);
    this.#sums = new Float64Array(languages.length);
    this.#pairs = new Int32Array(width);
  }

  /** The language of a text that has been read; undefined if it has no letters that the model knows. */
  detect(text: string, reading: Reading): DetectedLanguage | undefined {
    const clear = clearColumn(reading, this.#common, this.#hits);
    if (clear >= 0) return { language: this.#languages[clear] ?? '', confidence: clearConfidence };
    return this.byLetters(text, reading);
  }

  /** As {@link detect}, by n-grams whether or not common words are clear. */
  byLetters(text: string, reading: Reading): DetectedLanguage | undefined {
    const sums = this.#sums;
    sums.set(this.#priors);
    const found = this.#grams.clear();
    const stride = Math.max(1, reading.words / sampledWords);
    for (let step = 0; step < reading.words && found.total < mostGrams; step += stride) {
      const index = Math.floor(step);
      const columns = this.#everyday.columnsOf(reading.hashes[index] ?? 0);
      for (const column of columns) {
        sums[column] = (sums[column] ?? 0) - (wordBonus * temperature) / this.#step;
      }
      const start = reading.starts[index] ?? 0;
      this.#grams.count(text, start, Math.min(reading.ends[index] ?? 0, start + longestWord));
    }
    if (found.total === 0) return undefined;
    this.#addPenalties();
    let least = 0;
    for (let column = 1; column < sums.length; column += 1) {
      if ((sums[column] ?? 0) < (sums[least] ?? 0)) least = column;
    }
    let total = 0;
    for (const sum of sums) total += Math.exp((((sums[least] ?? 0) - sum) * this.#step) / temperature);
    return { language: this.#languages[least] ?? '', confidence: 1 / total };
  }

  #addPenalties(): void {
    const { rows, distinct, counts } = this.#grams.found;
    const penalties = this.#penalties;
    const pairs = this.#pairs;
    const width = this.#width;
    pairs.fill(0);
    for (let index = 0; index < distinct; index += 1) {
      const row = rows[index] ?? 0;
      const count = counts[row] ?? 0;
      const offset = row * width;
      for (let slot = 0; slot < width; slot += 1) {
        pairs[slot] = ((pairs[slot] ?? 0) + Math.imul(count, penalties[offset + slot] ?? 0)) | 0;
      }
    }
    for (let column = 0; column < this.#sums.length; column += 1) {
      const pair = pairs[column >> 1] ?? 0;
      this.#sums[column] = (this.#sums[column] ?? 0) + (column % 2 === 0 ? pair & 0xffff : pair >>> 16);
    }
  }
}
