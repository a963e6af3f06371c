/**
 * Line ends of texts that are written again.
 *
 * @module
 */

/** `text` with the line ends of `source`, which its first line shows: a file keeps those that it has. */
export function withLineEndsOf(source: string, text: string): string {
  return /^[^\n]*\r\n/.test(source) ? text.replaceAll(/\r?\n/g, '\r\n') : text;
}
