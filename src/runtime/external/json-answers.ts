/**
 * Finds the JSON in what a language model says: behind its thoughts, between prose, in a code fence, or
 * written as other languages write it.
 *
 * @module
 */
export type JsonFields = Readonly<Record<string, unknown>>;

const thoughts = /<(think|thinking|reasoning)>[\s\S]*?(?:<\/\1>|$)/gi;
/** A server may cut off the opening tag. */
const lateThoughts = /^[\s\S]*<\/(?:think|thinking|reasoning)>/i;

/** Objects are looked for in this much of an answer; longer ones are no answers to short questions. */
const mostCharacters = 64 * 1024;

/** What a model says once it has thought. */
export function spokenPart(text: string): string {
  return text.replace(thoughts, ' ').replace(lateThoughts, ' ');
}

/**
 * The last object of `text` that has the member `key`: models reason first and answer then. Undefined if
 * there is none.
 */
export function jsonAnswer(text: string, key: string): JsonFields | undefined {
  const spoken = spokenPart(text).slice(-mostCharacters);
  let found: JsonFields | undefined;
  for (const candidate of objectsIn(spoken)) {
    const fields = parse(candidate) ?? parse(asJson(candidate));
    found = (fields && holderOf(fields, key, 0)) ?? found;
  }
  return found;
}

/** The object itself, or one inside it: some models wrap what was asked for. */
function holderOf(fields: JsonFields, key: string, depth: number): JsonFields | undefined {
  if (Object.hasOwn(fields, key)) return fields;
  if (depth === 3) return undefined;
  for (const value of Object.values(fields)) {
    const inner = asFields(value);
    const holder = inner && holderOf(inner, key, depth + 1);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

function asFields(value: unknown): JsonFields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function parse(text: string): JsonFields | undefined {
  try {
    return asFields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** So many braces that nothing closes are passed over. */
const mostStrayBraces = 20;

/** Texts from a brace to the one that closes it, outermost ones only; braces in strings do not count. */
function* objectsIn(text: string): Generator<string> {
  let from = 0;
  for (let stray = 0; stray <= mostStrayBraces; stray++) {
    const open = yield* closedObjects(text, from);
    if (open === -1) return;
    from = open + 1;
  }
}

/** Yields the objects behind `from`; returns where the one begins that is never closed, or -1. */
function* closedObjects(text: string, from: number): Generator<string, number> {
  let start = -1;
  let depth = 0;
  let quote = '';
  for (let index = from; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote !== '') {
      if (character === '\\') index++;
      else if (character === quote) quote = '';
    } else if (depth > 0 && (character === '"' || (character === "'" && opensString(text, index)))) {
      quote = character;
    } else if (character === '{') {
      if (depth === 0) start = index;
      depth++;
    } else if (character === '}' && depth > 0) {
      depth--;
      if (depth === 0) yield text.slice(start, index + 1);
    }
  }
  return depth === 0 ? -1 : start;
}

/** An apostrophe inside a word is none that opens a string. */
function opensString(text: string, index: number): boolean {
  return /[{[,:(\s]/.test(text.charAt(index - 1));
}

/** A dictionary of Python as JSON: single quotes, `True`, `None`, a comma at the end. Words keep their apostrophes. */
function asJson(text: string): string {
  let output = '';
  for (let index = 0; index < text.length; ) {
    const character = text.charAt(index);
    if (character === '"' || (character === "'" && opensString(text, index))) {
      const end = endOfString(text, index);
      const inner = text.slice(index + 1, end);
      output += character === '"' ? text.slice(index, end + 1) : quoted(inner);
      index = end + 1;
    } else {
      output += character;
      index++;
    }
  }
  return output
    .replace(/(?<=[:,[\s])True(?=[\s,}\]])/g, 'true')
    .replace(/(?<=[:,[\s])False(?=[\s,}\]])/g, 'false')
    .replace(/(?<=[:,[\s])None(?=[\s,}\]])/g, 'null')
    .replace(/,(?=\s*[}\]])/g, '');
}

/** Index of the quote that ends the string at `start`: for a single one, the first with an end of a value behind it. */
function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\') index++;
    else if (
      character === quote &&
      (quote === '"' || /^\s*[:,}\]]/.test(text.slice(index + 1, index + 50)))
    ) {
      return index;
    }
  }
  return text.length;
}

function quoted(inner: string): string {
  return JSON.stringify(inner.replace(/\\(['"\\])/g, '$1'));
}
