/**
 * Code points in strings of UTF-16 units.
 *
 * @module
 */

/** Units of the code point at `at`: 1 or 2. 1 beyond the end, so that loops end. */
export function codePointSize(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** First unit of the code point that ends at `end`. */
export function codePointStart(text: string, end: number): number {
  if (end < 2) return Math.max(0, end - 1);
  return codePointSize(text, end - 2) === 2 ? end - 2 : end - 1;
}

/**
 * The text without lone surrogates, which no Unicode algorithm is defined for: each becomes U+FFFD, as
 * long as it was.
 */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * A test of single characters that answers from a table for ASCII and remembers a bounded number of
 * others.
 *
 * @param pattern Matches a string of one character; neither global nor sticky.
 */
export function characterTest(pattern: RegExp): (codePoint: number) => boolean {
  const ascii = Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
  const memo = new Map<number, boolean>();
  return (codePoint) => {
    const known = codePoint < 128 ? ascii[codePoint] : memo.get(codePoint);
    if (known !== undefined) return known;
    const made = pattern.test(String.fromCodePoint(codePoint));
    if (memo.size < 8192) memo.set(codePoint, made);
    return made;
  };
}
