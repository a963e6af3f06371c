/**
 * Whether a string looks drawn at random, or typed as a stand-in for something that was.
 *
 * @module
 */

/** Shannon entropy of the characters, in bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const standIn =
  /^(?:x+|\*+|\.+|-+|_+|0+|1+|(?:your|some)[\s_-].*|.*(?:example|placeholder|changeme|redacted|dummy|sample|insert|your[_-]?(?:api|key|token|secret|password)|xxxx|\*\*\*\*|\.\.\.).*)$/i;

/** Whether a value stands for one that is not given: `xxxx`, `your-key-here`, `***`, `example`. */
export function isStandIn(value: string): boolean {
  return standIn.test(value.slice(0, 200)) || /^(.)\1*$/.test(value.slice(0, 200));
}
