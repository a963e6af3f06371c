/**
 * What keeps two texts that mean nearly the same from being the same question.
 *
 * Sentence embeddings are blind to just that: "15 % of 80" and "25 % of 80", "with" and "without", "from Java to
 * C" and "from C to Java" are near neighbours. These checks look at the words; they can only tell texts apart.
 *
 * @module
 */

/** Why two texts are not the same question. */
export type Difference = 'numbers' | 'negation' | 'question word' | 'order' | 'one word';

const wordPattern = /[\p{L}\p{M}\p{N}]+(?:['’.,][\p{L}\p{N}]+)*/gu;
const digits = /^\p{Nd}/u;

const numberWords: ReadonlyMap<string, string> = new Map(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'
    .split(' ')
    .map((word, value) => [word, String(value)]),
);

/** Words that turn a statement around, in the languages that requests come in most. */
const negators = new Set(
  `not no never none without cannot neither nor nicht kein keine keinen keinem keiner ohne nie niemals ne pas sans
  jamais aucun aucune sin nunca jamás non senza mai não sem niet geen zonder нет не без никогда`.split(/\s+/),
);
const negativeCharacters = /[不没無无非]/gu;
const contraction = /n['’]t$/;

/** Words of which two questions that ask for different things have one each. */
const questionWords = new Set(['who', 'when', 'where', 'why', 'wer', 'wann', 'wo', 'warum']);

/** Small words that are each other's opposite. Other small words may be exchanged without harm. */
const opposites: ReadonlyMap<string, string> = new Map(
  [
    ['on', 'off'],
    ['up', 'down'],
    ['in', 'out'],
    ['with', 'without'],
    ['before', 'after'],
    ['to', 'from'],
    ['over', 'under'],
    ['above', 'below'],
    ['more', 'less'],
    ['most', 'least'],
    ['all', 'none'],
    ['first', 'last'],
    ['and', 'or'],
  ].flatMap(([a = '', b = '']) => [
    [a, b],
    [b, a],
  ]),
);

const smallWords = new Set(
  `a an the this that these those my your our his her its i you we they he she it me us them is are was were be
  been am do does did can could will would should may might please pls to of in on at for from with by as into
  about up out off over under and or but so than then there here what which how long much many any some all just now
  before after above below more less most least first last down also too again really very hey hi ok`.split(
    /\s+/,
  ),
);

/** "from A to B" and "from B to A". */
const direction =
  /(?<![\p{L}\p{N}+#])([\p{L}\p{N}+#]+)\s+(?:to|into|than|before|after|over)\s+(?:an?\s+|the\s+)?([\p{L}\p{N}+#]+)/giu;

interface Words {
  readonly text: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly numbers: string;
  readonly negative: boolean;
  readonly asks: ReadonlySet<string>;
}

function wordsIn(text: string): Words {
  const lower = text.toLowerCase();
  const counts = new Map<string, number>();
  const numbers: string[] = [];
  const asks = new Set<string>();
  let negations = lower.match(negativeCharacters)?.length ?? 0;
  for (const [word] of lower.matchAll(wordPattern)) {
    const number = digits.test(word) ? plainNumber(word) : numberWords.get(word);
    if (number !== undefined) numbers.push(number);
    else if (negators.has(word) || contraction.test(word)) negations += 1;
    else {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      if (questionWords.has(word)) asks.add(word);
    }
  }
  return { text: lower, counts, numbers: numbers.sort().join(' '), negative: negations % 2 === 1, asks };
}

/** "1,000" is 1000; "2.5" stays. */
function plainNumber(word: string): string {
  return word.replace(/[,.](?=\d{3}(?!\d))/g, '');
}

/** Words of `a` that `b` has not, repeats counted. */
function missing(a: Words, b: Words): string[] {
  return [...a.counts].flatMap(([word, count]) =>
    Array.from({ length: Math.max(0, count - (b.counts.get(word) ?? 0)) }, () => word),
  );
}

/** The same word in another form: "reset" and "resets". */
function related(a: string, b: string): boolean {
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared += 1;
  return shared >= 3 && shared >= Math.min(a.length, b.length) - 1;
}

function directions({ text }: Words): string[] {
  return [...text.matchAll(direction)].map(([, from = '', to = '']) => `${from} ${to}`);
}

/** "Java to C" in one and "C to Java" in the other. */
function reversed(a: Words, b: Words): boolean {
  const there = new Set(directions(b));
  return directions(a).some((pair) => {
    const [from = '', to = ''] = pair.split(' ');
    return from !== to && there.has(`${to} ${from}`);
  });
}

/** Words that pick another one out of several. */
const qualifiers = new Set(
  `first second third fourth fifth last next previous former current latest newest oldest biggest largest smallest
  best worst most least only except`.split(/\s+/),
);
/** At most so many words that differ, if one of them is a qualifier that the other text lacks. */
const mostBesideQualifier = 3;
/** The same for one word with content that stands for another: a rewording changes more. */
const mostBesideExchange = 4;
/** At most so many words beside a negation: more is a rewording, such as "I don't get it: how …". */
const mostBesideNegation = 2;

/** Questions are short; of pasted documents the beginning is compared. */
const mostUnits = 20_000;

/**
 * Why `a` and `b` are different questions although they mean nearly the same; undefined if the words do not
 * say so. Call it for texts that are similar: about others it says nothing. One word exchanged for another
 * counts as different even where the two are synonyms, which words alone do not tell.
 */
export function differenceBetween(a: string, b: string): Difference | undefined {
  const first = wordsIn(a.slice(0, mostUnits));
  const second = wordsIn(b.slice(0, mostUnits));
  if (first.numbers !== second.numbers) return 'numbers';
  const gone = missing(first, second);
  const come = missing(second, first);
  if (first.negative !== second.negative && gone.length + come.length <= mostBesideNegation)
    return 'negation';
  const [asked] = first.asks;
  const [asks] = second.asks;
  if (asked !== undefined && asks !== undefined && !second.asks.has(asked) && !first.asks.has(asks)) {
    return 'question word';
  }
  if (reversed(first, second)) return 'order';
  const exchanged = gone.some((word) => come.includes(opposites.get(word) ?? ''));
  const few = gone.length + come.length <= mostBesideQualifier;
  if (exchanged || (few && [...gone, ...come].some((word) => qualifiers.has(word)))) return 'one word';
  if (gone.length + come.length > mostBesideExchange) return undefined;
  const [old, ...moreOld] = gone.filter((word) => !smallWords.has(word));
  const [fresh, ...moreFresh] = come.filter((word) => !smallWords.has(word));
  if (old === undefined || fresh === undefined || moreOld.length > 0 || moreFresh.length > 0)
    return undefined;
  return related(old, fresh) ? undefined : 'one word';
}
