/**
 * Places of pieces in their text.
 *
 * @module
 */

const blank = /^\s$/;

/** Takes the white space before words from the stretches of their first pieces, where some vocabularies keep it. */
export function trimOffsets(text: string, offsets: Int32Array): void {
  for (let i = 0; i < offsets.length; i += 2) {
    let start = offsets[i] ?? 0;
    const end = offsets[i + 1] ?? 0;
    while (start < end && blank.test(text.charAt(start))) start++;
    offsets[i] = start;
  }
}
