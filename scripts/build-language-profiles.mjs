/**
 * Builds src/runtime/signals/language-profiles.ts: letter n-gram statistics of languages that share a script.
 *
 *     node scripts/build-language-profiles.mjs TRAIN.jsonl.gz [GRAMS_PER_LANGUAGE]
 *
 * Input: gzipped JSON lines {"text", "label"} with ISO 639-1 labels.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

const [input, perLanguage = '400'] = process.argv.slice(2);
if (input === undefined) {
  console.error('usage: build-language-profiles.mjs TRAIN.jsonl.gz [GRAMS_PER_LANGUAGE]');
  process.exit(2);
}
const longestGram = 3;
const smoothing = 0.3;
const leastRows = 50;
// Common words: how many per language, how often and in what part of all words at least, and how common a
// word must be in another language, next to the one where it is most common, to be a word of that too.
const wordsPerLanguage = 100;
const leastWordCount = 3;
const leastWordShare = 0.001;
const longestWord = 12;
const sharedFrom = 0.1;
const scripts = {
  Latin: /\p{sc=Latin}/gu,
  Cyrillic: /\p{sc=Cyrillic}/gu,
  Arabic: /\p{sc=Arabic}/gu,
  Devanagari: /\p{sc=Devanagari}/gu,
};

/** Same cutting as in language-reading.ts. */
function wordsOf(text) {
  return (
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? []
  );
}

function* gramsOf(text) {
  for (const word of wordsOf(text)) {
    const padded = ` ${word} `;
    for (let size = 1; size <= longestGram; size += 1) {
      for (let at = 0; at + size <= padded.length; at += 1) {
        const gram = padded.slice(at, at + size);
        if (gram !== ' ') yield gram;
      }
    }
  }
}

function scriptOf(text) {
  const counts = Object.entries(scripts).map(([name, pattern]) => [name, text.match(pattern)?.length ?? 0]);
  counts.sort((a, b) => b[1] - a[1]);
  return counts[0][1] > 0 ? counts[0][0] : undefined;
}

/** script → language → { rows, grams: gram → count, totals: gram length → count, words, wordTotal } */
const statistics = {};
for (const line of gunzipSync(readFileSync(input)).toString().trim().split('\n')) {
  const { text, label } = JSON.parse(line);
  const script = scriptOf(text);
  if (script === undefined) continue;
  statistics[script] ??= {};
  statistics[script][label] ??= {
    rows: 0,
    grams: new Map(),
    totals: [0, 0, 0, 0],
    words: new Map(),
    wordTotal: 0,
  };
  const language = statistics[script][label];
  language.rows += 1;
  for (const gram of gramsOf(text)) {
    language.grams.set(gram, (language.grams.get(gram) ?? 0) + 1);
    language.totals[gram.length] += 1;
  }
  for (const word of wordsOf(text)) {
    language.words.set(word, (language.words.get(word) ?? 0) + 1);
    language.wordTotal += 1;
  }
}

/** The common words of each language, one language on a line. */
function commonWords(languages) {
  const chosen = new Set();
  const most = new Map();
  for (const { words, wordTotal } of languages) {
    const frequent = [...words].filter(([word, count]) => {
      most.set(word, Math.max(most.get(word) ?? 0, count / wordTotal));
      return count >= leastWordCount && count >= leastWordShare * wordTotal && word.length <= longestWord;
    });
    frequent.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    for (const [word] of frequent.slice(0, wordsPerLanguage)) chosen.add(word);
  }
  return languages
    .map(({ words, wordTotal }) =>
      [...chosen]
        .filter((word) => words.get(word) > 1 && words.get(word) / wordTotal >= sharedFrom * most.get(word))
        .sort()
        .join(' '),
    )
    .join('\n');
}

const profiles = {};
for (const [script, byLanguage] of Object.entries(statistics)) {
  const languages = Object.keys(byLanguage)
    .filter((name) => byLanguage[name].rows >= leastRows)
    .sort();
  const share = (name, gram) =>
    (byLanguage[name].grams.get(gram) ?? 0) / Math.max(1, byLanguage[name].totals[gram.length]);
  const chosen = new Set();
  for (const name of languages) {
    const scored = [];
    for (const [gram, count] of byLanguage[name].grams) {
      if (count < 3) continue;
      const mean = languages.reduce((sum, other) => sum + share(other, gram), 0) / languages.length;
      scored.push([count * Math.log(share(name, gram) / mean), gram]);
    }
    scored.sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? -1 : 1));
    for (const [, gram] of scored.slice(0, Number(perLanguage))) chosen.add(gram);
  }
  const grams = [...chosen].sort();
  const logs = grams.map((gram) =>
    languages.map((name) => {
      const { grams: counts, totals } = byLanguage[name];
      return Math.log(
        ((counts.get(gram) ?? 0) + smoothing) / (totals[gram.length] + smoothing * grams.length),
      );
    }),
  );
  // Only differences between languages matter, so each row is stored below its best language: 0 is best.
  const step = 0.1;
  const rows = logs.map((row) => {
    const best = Math.max(...row);
    return row
      .map((value) => String.fromCharCode(48 + Math.min(75, Math.round((best - value) / step))))
      .join('');
  });
  const words = commonWords(languages.map((name) => byLanguage[name]));
  profiles[script] = { languages, step, grams: grams.join('\n'), rows: rows.join(''), words };
  console.error(`${script}: ${languages.length} languages, ${grams.length} n-grams`);
}

const packed = gzipSync(JSON.stringify(profiles), { level: 9 }).toString('base64');
writeFileSync(
  new URL('../src/runtime/signals/language-profiles.ts', import.meta.url),
  `/**
 * Letter n-gram statistics, built by scripts/build-language-profiles.mjs. Do not edit.
 *
 * Counted on the test data of the lingua project (Apache-2.0), whose sentences are from the Wortschatz
 * collection of Leipzig University (CC BY 4.0).
 *
 * @module
 */

/** Gzipped JSON in base64. */
export const packedProfiles =
  '${packed}';
`,
);
console.error(`${Math.round(packed.length / 1024)} KiB`);
