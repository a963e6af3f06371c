/**
 * Changes top-level members of a JSON object in its text. What is not changed stays as it was, to the
 * character: integers beyond 2^53, key order, white space, escapes.
 *
 * @module
 */
import { isObjectText, type MemberSpan, scanObject } from './json-scan.js';

/** New value of a member; `undefined` removes it. */
type Edit = string | undefined;

export class JsonObjectText {
  readonly #text: string;
  readonly #open: number;
  readonly #members: readonly MemberSpan[];
  /** Undefined until something changes: most requests change one member at most. */
  #edits: Map<string, Edit> | undefined;

  /** `text` must be what `JSON.parse` accepted as an object; else this throws a `SyntaxError`. */
  constructor(text: string) {
    this.#text = text;
    const { open, members } = scanObject(text);
    this.#open = open;
    this.#members = members;
  }

  /** Text of a member's value, as it is after all changes; undefined if there is none. */
  get(name: string): string | undefined {
    if (this.#edits?.has(name) === true) return this.#edits.get(name);
    const span = this.#find(name);
    return span && this.#text.slice(span.valueStart, span.valueEnd);
  }

  /** Characters of a member's value in the original text; 0 if there is none. */
  lengthOf(name: string): number {
    const span = this.#find(name);
    return span === undefined ? 0 : span.valueEnd - span.valueStart;
  }

  /** Gives member `name` the JSON text `value`: in place if it exists, else at the end. */
  set(name: string, value: string): this {
    this.#edits ??= new Map();
    this.#edits.set(name, value);
    return this;
  }

  /** Removes every member called `name`. */
  delete(name: string): this {
    if (this.get(name) !== undefined) {
      this.#edits ??= new Map();
      this.#edits.set(name, undefined);
    }
    return this;
  }

  /** Of several members called `name` keeps the last one, which is what `JSON.parse` takes. */
  unify(name: string): this {
    const last = this.#find(name);
    if (last === undefined || this.#members.find((member) => member.name === name) === last) return this;
    return this.set(name, this.#text.slice(last.valueStart, last.valueEnd));
  }

  /** Sets `child` in the object member `name`. A missing member, or one that is no object, becomes one. */
  setIn(name: string, child: string, value: string): this {
    const current = this.get(name);
    return this.set(
      name,
      current !== undefined && isObjectText(current)
        ? new JsonObjectText(current).set(child, value).toString()
        : `{${JSON.stringify(child)}:${value}}`,
    );
  }

  /** Removes `child` from the object member `name`, and the member too if nothing is left of it. */
  deleteIn(name: string, child: string): this {
    const current = this.get(name);
    if (current === undefined || !isObjectText(current)) return this;
    const inner = new JsonObjectText(current);
    if (inner.get(child) === undefined) return this;
    const text = inner.delete(child).toString();
    return scanObject(text).members.length === 0 ? this.delete(name) : this.set(name, text);
  }

  /** The text with all changes; the original string if there are none. */
  toString(): string {
    const edits = this.#edits;
    if (edits === undefined) return this.#text;
    return this.#spliced(edits) ?? this.#rewritten(edits);
  }

  /** The usual case, which is the model's name alone: one value of one member goes in place. */
  #spliced(edits: ReadonlyMap<string, Edit>): string | undefined {
    if (edits.size !== 1) return undefined;
    for (const [name, value] of edits) {
      const span = this.#find(name);
      const single = span !== undefined && this.#members.find((member) => member.name === name) === span;
      if (!single || value === undefined) return undefined;
      return this.#text.slice(0, span.valueStart) + value + this.#text.slice(span.valueEnd);
    }
    return undefined;
  }

  #rewritten(edits: ReadonlyMap<string, Edit>): string {
    const text = this.#text;
    const first = this.#members[0];
    let output = text.slice(0, first === undefined ? this.#open + 1 : first.keyStart);
    let separatorStart = first === undefined ? this.#open + 1 : first.keyStart;
    let copiedTo = separatorStart;
    let empty = true;
    const written = new Set<string>();
    for (const [index, member] of this.#members.entries()) {
      const { name, keyStart, valueStart, valueEnd } = member;
      const edited = edits.has(name);
      const value = edited ? edits.get(name) : undefined;
      // Of duplicates the last one counts, so an edited one replaces them all.
      const keep = !edited || (value !== undefined && this.#isLast(name, index));
      if (keep) {
        output += text.slice(empty ? keyStart : separatorStart, value === undefined ? valueEnd : valueStart);
        if (value !== undefined) {
          output += value;
          written.add(name);
        }
        empty = false;
      }
      separatorStart = valueEnd;
      copiedTo = valueEnd;
    }
    for (const [name, value] of edits) {
      if (value === undefined || written.has(name)) continue;
      output += `${empty ? '' : ','}${JSON.stringify(name)}:${value}`;
      empty = false;
    }
    return output + text.slice(copiedTo);
  }

  /** A copy that can be changed on its own. */
  clone(): JsonObjectText {
    return new JsonObjectText(this.toString());
  }

  #find(name: string): MemberSpan | undefined {
    for (let index = this.#members.length - 1; index >= 0; index--) {
      const member = this.#members[index];
      if (member !== undefined && member.name === name) return member;
    }
    return undefined;
  }

  #isLast(name: string, index: number): boolean {
    for (let later = index + 1; later < this.#members.length; later++) {
      if (this.#members[later]?.name === name) return false;
    }
    return true;
  }
}
