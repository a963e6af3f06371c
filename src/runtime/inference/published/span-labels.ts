/**
 * The labels of a published token model as the decoder wants them: `O`, and types with `B-` and `I-`.
 *
 * @module
 */

/** Labels that stand for "nothing to report", in lower case. */
const outside: ReadonlySet<string> = new Set([
  'o',
  'out',
  'outside',
  'none',
  'supported',
  'authorized',
  'safe',
  'benign',
  'no_pii',
]);

export interface SpanScheme {
  readonly labels: readonly string[];
  /** Undefined: the decoder's own. */
  readonly transitions: readonly (readonly number[])[] | undefined;
}

/** Index of the label that is not reported: the one called so, else the first. */
export function negativeLabel(labels: readonly string[]): number {
  return Math.max(
    0,
    labels.findIndex((label) => outside.has(label.toLowerCase())),
  );
}

/**
 * Labels that already mark begin and inside are kept as they are; others become types whose words follow on
 * each other without a begin, so that neighbours of one type are one span.
 */
export function spanScheme(labels: readonly string[]): SpanScheme {
  const negative = labels.includes('O') ? labels.indexOf('O') : negativeLabel(labels);
  const named = labels.map((label, id) => (id === negative ? 'O' : label));
  if (named.every((label) => /^(?:O|[BI]-.+)$/.test(label)) && marksBegins(named)) {
    return { labels: named, transitions: undefined };
  }
  const bare = named.map((label) => (label === 'O' ? label : `I-${label.replace(/^[BI]-/, '')}`));
  const free = [...bare, ''].map(() => bare.map(() => 0));
  return { labels: bare, transitions: free };
}

/** Every `I-` has its `B-`. */
function marksBegins(labels: readonly string[]): boolean {
  return labels.every((label) => !label.startsWith('I-') || labels.includes(`B-${label.slice(2)}`));
}
