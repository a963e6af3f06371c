/**
 * Reading the fields of a request body. Every refusal names the field, what was found, and what to write.
 *
 * @module
 */
import { asObject } from '../../apis/chat.js';
import { VsrError } from '../../errors.js';
import { suggestion } from '../../text/suggestions.js';
import type { Fields } from './route.js';

const longestShown = 60;

/** A value as it may be repeated in a message. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

/** The refusal of a field; `fix` is a sentence. */
export function refused(field: string, problem: string, fix: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', `\`${field}\` ${problem}.`, { param: field, hint: fix });
}

function wrongType(field: string, value: unknown, wanted: string): VsrError {
  const problem = value === undefined ? 'is required' : `is ${shown(value)}`;
  return refused(field, problem, `Send ${wanted}.`);
}

/** The object under `name`; empty if there is none. */
export function optionsOf(fields: Fields, name = 'options'): Options {
  const value = fields[name];
  if (value === undefined || value === null) return new Options({}, name);
  const object = asObject(value);
  if (object === undefined) throw wrongType(name, value, 'an object');
  return new Options(object, name);
}

/** A string with content. */
export function textOf(fields: Fields, name = 'text'): string {
  const value = fields[name];
  if (typeof value !== 'string') throw wrongType(name, value, 'a string');
  if (value.trim() === '') throw refused(name, 'is empty', 'Send a string with content.');
  return value;
}

/** A string that may be empty. */
export function stringOf(fields: Fields, name: string, otherwise?: string): string {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'string') throw wrongType(name, value, 'a string');
  return value;
}

export interface TextsLimits {
  readonly most: number;
  /** Whether texts without content are fine. */
  readonly empty: boolean;
}

/** A non-empty array of strings. */
export function textsOf(fields: Fields, name: string, { most, empty }: TextsLimits): readonly string[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw wrongType(name, value, 'a non-empty array of strings');
  if (value.length === 0) throw refused(name, 'is an empty array', 'Send at least one text.');
  if (value.length > most) {
    throw refused(name, `holds ${value.length} texts`, `Send at most ${most} at a time.`);
  }
  return value.map((text: unknown, index) => {
    const field = `${name}[${index}]`;
    if (typeof text !== 'string') throw wrongType(field, text, 'a string');
    if (!empty && text.trim() === '') throw refused(field, 'is empty', 'Leave it out, or send a text.');
    return text;
  });
}

/**
 * Options of a request. A wrong type is refused instead of being taken for "not set". Routes read them all
 * before they begin, so that nobody waits a minute for a refusal.
 */
export class Options {
  readonly #fields: Fields;
  readonly #name: string;

  /** @param name Where they stand in the body; '' for the body itself. */
  constructor(fields: Fields, name: string) {
    this.#fields = fields;
    this.#name = name;
  }

  has(key: string): boolean {
    return this.#fields[key] !== undefined && this.#fields[key] !== null;
  }

  /** Name of an option in messages. */
  nameOf(key: string): string {
    return this.#name === '' ? key : `${this.#name}.${key}`;
  }

  flag(key: string): boolean {
    if (!this.has(key)) return false;
    const value = this.#fields[key];
    if (typeof value === 'boolean') return value;
    throw wrongType(this.nameOf(key), value, '`true` or `false`');
  }

  /** A number in [0, 1]. */
  fraction(key: string): number | undefined {
    if (!this.has(key)) return undefined;
    const value = this.#fields[key];
    if (typeof value === 'number' && value >= 0 && value <= 1) return value;
    throw wrongType(this.nameOf(key), value, 'a number from 0 to 1');
  }

  /** A whole number that is not negative. */
  count(key: string, otherwise: number): number {
    if (!this.has(key)) return otherwise;
    const value = this.#fields[key];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw wrongType(this.nameOf(key), value, 'a whole number, 0 or above');
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    if (!this.has(key)) return undefined;
    const value = this.#fields[key];
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    const name = typeof value === 'string' ? suggestion(value, choices) : `allowed: ${choices.join(', ')}`;
    throw refused(this.nameOf(key), `is ${shown(value)}`, `${upperFirst(name)}.`);
  }

  /** Names out of `known`, whatever their case, as `known` spells them; undefined if not given. */
  names(key: string, known: readonly string[]): ReadonlySet<string> | undefined {
    if (!this.has(key)) return undefined;
    const value = this.#fields[key];
    if (!Array.isArray(value)) throw wrongType(this.nameOf(key), value, 'an array of strings');
    if (value.length === 0) return undefined;
    return new Set(
      value.map((name: unknown, index) => {
        const field = `${this.nameOf(key)}[${index}]`;
        if (typeof name !== 'string') throw wrongType(field, name, 'a string');
        const found = known.find((one) => one.toUpperCase() === name.trim().toUpperCase());
        if (found !== undefined) return found;
        throw refused(field, `is ${shown(name)}`, `${upperFirst(suggestion(name, known))}.`);
      }),
    );
  }
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export interface LabelFields {
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly labels?: readonly string[];
}

/** What makes `probabilities` and `labels` of an answer, for who asks for them. */
export function labelFieldsOf(options: Options): (probabilities: ReadonlyMap<string, number>) => LabelFields {
  const withProbabilities = options.flag('return_probabilities');
  const withLabels = options.flag('return_labels');
  return (probabilities) => ({
    ...(withProbabilities ? { probabilities: Object.fromEntries(probabilities) } : {}),
    ...(withLabels ? { labels: [...probabilities.keys()] } : {}),
  });
}
