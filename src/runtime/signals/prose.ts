/**
 * Leaves of a text only what is written in a natural language.
 *
 * @module
 */

const codeBlocks = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
const addresses = /\b[a-z][a-z+.-]*:\/\/\S+|\bwww\.\S+|\S+@\S+\.\S+/giu;
/** Words that are names in a program: snake_case, camelCase, with digits, dotted or with slashes. */
const identifiers =
  /[\x21-\x7e]*(?:[A-Za-z\d]_[A-Za-z\d]|[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]|[A-Za-z][./\\][A-Za-z])[\x21-\x7e]*/g;
/** What prose has hardly any of: braces, operators, calls, statement ends, keywords that begin a line. */
const codeMarks =
  /[{[=<>;|&$\\^~]|^\s*[}\])]|[\p{L}\d_]\(|::|->|\):?$|^\s*(?:#|\/\/|\*|@|--)|^\s*(?:import|def|return|const|var|function|func|fn|public|private|elif)\b|\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|VALUES)\b/gmu;
const words = /\p{L}{2,}/gu;

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function isCode(line: string): boolean {
  const marks = count(line, codeMarks);
  const wordCount = count(line, words);
  return marks >= 2 ? marks >= 0.6 * wordCount : marks === 1 && wordCount <= 2;
}

/** Text without code, addresses and identifiers; '' if hardly anything but code is there. */
export function proseOf(text: string): string {
  const lines = text.replace(codeBlocks, ' ').split('\n');
  const kept = lines.filter((line) => !isCode(line));
  const prose = kept.join('\n').replace(addresses, ' ').replace(identifiers, ' ');
  // A word left between lines of code is part of the code, such as `else` or `end`.
  return kept.length < lines.length && count(prose, words) < 3 && !/[^\p{ASCII}]/u.test(prose) ? '' : prose;
}
