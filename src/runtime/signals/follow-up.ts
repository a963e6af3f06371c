/**
 * Whether a request goes on about what was said before, so that it does not say by itself what it is about.
 *
 * @module
 */
import {
  connectorWords,
  correctionOpening,
  courtesyWords,
  fillerCharacters,
  fillerWords,
  referenceCharacters,
  referenceWords,
  thankWords,
  unspacedThanks,
} from './follow-up-words.js';

/** Longer texts say what they are about. */
const mostUnits = 160;
const wordPattern = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)*/gu;
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const hiragana = /\p{sc=Hiragana}/u;
/** Text that is given to be worked on: quotes, code, a colon with something after it, arithmetic. */
const payload = /[`"“”„«»{}[\]<>=\\|@#^*+]|:\s*\S|\d\s*[-/x×÷]\s*\d|https?:/u;

/** "What about" goes on from something as "and" does. */
const openings = /^(?:what|how) about\b/;
/** "Is it raining": this `it` points at nothing. */
const emptySubject = /^(?:is|was|will|how is|what is|what's) it\b/;

/** How sure it is, by the number of words with content. Own examples in five languages: `docs/signals.md`. */
const withoutContent = 0.97;
const oneWordThatPoints = 0.9;
const twoWordsThatPoint = 0.65;

/**
 * Probability in [0, 1] that a text needs what was said before it, assuming that something was. It looks for
 * words with content: none make a follow-up ("shorter, please"), one or two do together with a word that
 * points back ("and in Python?", "add a clause for that"). 0 for anything longer or with text to work on.
 */
export function followUpProbability(text: string): number {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > mostUnits) return 0;
  const lower = trimmed.toLowerCase();
  const correction = correctionOpening.test(lower.replaceAll('’', "'")) ? twoWordsThatPoint : 0;
  if (payload.test(trimmed) || onlyThanks(lower)) return correction;
  let content = 0;
  let points = openings.test(lower);
  let first = true;
  for (const [raw] of lower.replace(emptySubject, ' ').matchAll(wordPattern)) {
    const word = raw.replace(/’/g, "'");
    if (unspaced.test(word)) {
      for (const character of word) {
        // Two characters make a word, about; hiragana is mostly grammar.
        if (!fillerCharacters.has(character) && !hiragana.test(character)) content += 0.5;
        points ||= referenceCharacters.has(character);
      }
    } else {
      if (!isFiller(word)) content += 1;
      points ||= referenceWords.has(word) || (first && connectorWords.has(word));
    }
    first = false;
  }
  // "2" chooses among what was offered.
  if (/^[\p{N}\p{P}\s]+$/u.test(trimmed)) return withoutContent;
  if (content === 0) return withoutContent;
  if (!points) return correction;
  if (content <= 1) return oneWordThatPoints;
  return content <= 2 ? twoWordsThatPoint : correction;
}

/** Thanks without a wish: "perfect, thank you!", not "thanks, shorter please". */
function onlyThanks(text: string): boolean {
  if (/[?？]/.test(text)) return false;
  const words = [...text.matchAll(wordPattern)].map(([word]) => word.replace(/’/g, "'"));
  if (words.every((word) => courtesyWords.has(word))) return words.some((word) => thankWords.has(word));
  return words.every((word) => unspacedThanks.test(word));
}

/** "don't" and "l'autre" are two words each. */
function isFiller(word: string): boolean {
  return fillerWords.has(word) || (word.includes("'") && word.split("'").every(isFillerPart));
}

function isFillerPart(part: string): boolean {
  return part.length <= 2 || fillerWords.has(part);
}
