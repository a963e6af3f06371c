/**
 * Leaves of a text only what is written in a natural language.
 *
 * Runs for every request, so one pass looks for the characters that code, addresses and names in programs
 * have; patterns are only for the lines that may be code.
 *
 * @module
 */
import { classOf, isPartOfWord } from './language-scripts.js';

const codeBlocks = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
/** What prose has hardly any of: braces, operators, calls, statement ends, keywords that begin a line. */
const codeMarks =
  /[{[=<>;|&$\\^~]|^\s*[}\])]|[\p{L}\d_]\(|::|->|\):?$|^\s*(?:#|\/\/|\*|@|--)|^\s*(?:import|def|return|const|var|function|func|fn|public|private|elif)\b|\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|VALUES)\b/gmu;
const words = /\p{L}{2,}/gu;
const space = /\s/;
const firstKeyword = /\s*(?:import|def|return|const|var|function|func|fn|public|private|elif)\b/y;

// What a unit may begin or be part of; most of a text is of no interest.
const plain = 0;
const capital = 1;
const digit = 2;
/** Joins the parts of a name if it has a letter on either side. */
const joiner = 3;
const underscore = 4;
const colon = 5;
const newline = 6;
const interest = 7;
/** Is a mark of code, or is one if there are two of it. */
const marked = 8;
const markedTwice = 16;

const classes = new Uint8Array(0x80);
for (let unit = 0; unit < 0x80; unit += 1) {
  const character = String.fromCharCode(unit);
  const found = [/[A-Z]/, /\d/, /[./\\]/, /_/, /:/, /\n/].findIndex((one) => one.test(character)) + 1;
  classes[unit] =
    found |
    (/[{}[\]()=<>;|&$\\^~#*@]/.test(character) ? marked : 0) |
    (/[:/-]/.test(character) ? markedTwice : 0);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function isCode(line: string): boolean {
  const marks = count(line, codeMarks);
  const wordCount = count(line, words);
  return marks >= 2 ? marks >= 0.6 * wordCount : marks === 1 && wordCount <= 2;
}

/** Whether a line has at least so many words. */
function hasWords(text: string, start: number, end: number, least: number): boolean {
  let found = 0;
  let letters = 0;
  for (let index = start; index < end; index += 1) {
    letters = isPartOfWord(classOf(text.charCodeAt(index))) ? letters + 1 : 0;
    if (letters !== 2) continue;
    found += 1;
    if (found >= least) return true;
  }
  return false;
}

function isLetter(unit: number): boolean {
  const small = unit | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** Whether the unit, with those beside it, makes a name in a program of the run of characters it is in. */
function makesName(unitClass: number, before: number, after: number): boolean {
  switch (unitClass & interest) {
    case capital:
      return before >= 0x61 && before <= 0x7a;
    case digit:
      return isLetter(before) || isLetter(after);
    case joiner:
      return isLetter(before) && isLetter(after);
    case underscore:
      return (isLetter(before) || isDigit(before)) && (isLetter(after) || isDigit(after));
    default:
      return false;
  }
}

/** What is left of a text, with the parts to leave out found from start to end. */
class Cutting {
  readonly #text: string;
  #cuts: { from: number; to: number; instead: string }[] = [];
  #cutsBeforeLine = 0;
  #lineStart = 0;
  /** End of the last cut. */
  end = 0;
  hasCode = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Leaves out the run of printed ASCII around a place; an address goes on until the next space. */
  cutRun(at: number, isAddress: boolean): void {
    const text = this.#text;
    let from = at;
    while (from > this.end && isPrinted(text.charCodeAt(from - 1))) from -= 1;
    let to = at;
    if (isAddress) while (to < text.length && !space.test(text.charAt(to))) to += 1;
    else while (to < text.length && isPrinted(text.charCodeAt(to))) to += 1;
    this.#cuts.push({ from, to, instead: ' ' });
    this.end = to;
  }

  /** Ends a line that has at most so many {@link codeMarks}. */
  endLine(at: number, mostMarks: number): void {
    const start = this.#lineStart;
    const text = this.#text;
    firstKeyword.lastIndex = start;
    const marks = firstKeyword.test(text) ? mostMarks + 1 : mostMarks;
    const enough = Math.max(3, Math.floor(marks / 0.6) + 1);
    if (marks > 0 && !hasWords(text, start, at, enough) && isCode(text.slice(start, at))) {
      this.#cuts.length = this.#cutsBeforeLine;
      this.#cuts.push({ from: start, to: Math.min(at + 1, text.length), instead: '' });
      this.hasCode = true;
    }
    this.#cutsBeforeLine = this.#cuts.length;
    this.#lineStart = at + 1;
    this.end = at;
  }

  rest(): string {
    if (this.#cuts.length === 0) return this.#text;
    let rest = '';
    let done = 0;
    for (const { from, to, instead } of this.#cuts) {
      rest += this.#text.slice(done, from) + instead;
      done = to;
    }
    return rest + this.#text.slice(done);
  }
}

function isPrinted(unit: number): boolean {
  return unit > 0x20 && unit < 0x7f;
}

/**
 * Text without code, addresses and names in programs (runs of ASCII that have snake_case, camelCase, digits
 * next to letters, or letters joined by a dot or slash); '' if hardly anything but code is there.
 */
export function proseOf(given: string): string {
  const text = given.includes('`') ? given.replace(codeBlocks, ' ') : given;
  const cutting = new Cutting(text);
  let marks = 0;
  let capitals = 0;
  let lastCapital = -1;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const unitClass = unit < 0x80 ? (classes[unit] ?? plain) : plain;
    if (unitClass === plain) continue;
    if (unitClass === newline) {
      cutting.endLine(index, marks);
      marks = 0;
      continue;
    }
    const after = text.charCodeAt(index + 1);
    if (unitClass === capital) {
      capitals = lastCapital === index - 1 ? capitals + 1 : 1;
      lastCapital = index;
      // As long as the shortest of the statements that are written in capitals.
      if (capitals === 4) marks += 1;
    } else if ((unitClass & marked) !== 0 || ((unitClass & markedTwice) !== 0 && after === unit)) marks += 1;
    if (index < cutting.end || (unitClass & interest) === plain) continue;
    const before = text.charCodeAt(index - 1);
    const isAddress =
      (unitClass & interest) === colon && isLetter(before) && text.startsWith('//', index + 1);
    if (isAddress || makesName(unitClass, before, after)) cutting.cutRun(index, isAddress);
  }
  cutting.endLine(text.length, marks);
  const prose = cutting.rest();
  // A word left between lines of code is part of the code, such as `else` or `end`.
  return cutting.hasCode && count(prose, words) < 3 && !/[^\p{ASCII}]/u.test(prose) ? '' : prose;
}
