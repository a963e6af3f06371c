/**
 * What another service said, as far as it fits into an error message.
 *
 * @module
 */

/** One line of at most 200 characters; `otherwise` if there is nothing to show. */
export function excerptOf(text: string, otherwise: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line || otherwise;
}
