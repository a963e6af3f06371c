/**
 * Light English stemming and stop words.
 *
 * @module
 */

/** The most frequent English function words; they say nothing about a topic. */
const stopWords = new Set(
  (
    'a about above after again all also am an and any are as at be because been before being below between both ' +
    'but by can could did do does doing down during each few for from further had has have having he her here ' +
    'hers him his how i if in into is it its just me more most my no nor not now of off on once only or other ' +
    'our ours out over own same she should so some such than that the their theirs them then there these they ' +
    'this those through to too under until up very was we were what when where which while who whom why will ' +
    'with would you your yours'
  ).split(' '),
);

export function isStopWord(word: string): boolean {
  return stopWords.has(word);
}

const vowel = /[aeiouy]/;
const doubled = /([bdfgmnprt])\1$/;

/**
 * Strips plural, `-ing` and `-ed` endings of a lower-case word, and a final `e`: steps 1a, 1b and 5a of
 * M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, without the derivational steps,
 * which join words that differ in meaning (`university`, `universe`). Other scripts pass unchanged.
 */
export function stem(word: string): string {
  if (word.length <= 3 || !/^[a-z]+$/.test(word)) return word;
  let result = word;
  if (result.endsWith('ies') && result.length > 4) result = `${result.slice(0, -3)}y`;
  else if (/(?:ss|sh|ch|x|z)es$/.test(result)) result = result.slice(0, -2);
  else if (result.endsWith('s') && !/(?:ss|us|is)$/.test(result)) result = result.slice(0, -1);
  for (const suffix of ['ing', 'ed']) {
    const base = result.slice(0, -suffix.length);
    if (!result.endsWith(suffix) || base.length < 3 || !vowel.test(base)) continue;
    result = doubled.test(base) ? base.slice(0, -1) : base;
    break;
  }
  // `code` and `coding` meet at `cod`, `study` and `studies` at `studi`.
  if (result.length > 3 && result.endsWith('e')) result = result.slice(0, -1);
  if (result.length > 3 && result.endsWith('y')) result = `${result.slice(0, -1)}i`;
  return result;
}
