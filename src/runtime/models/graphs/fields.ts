/**
 * Reads the fields of a model's configuration, each with its type, its default and an error that names it.
 *
 * @module
 */
import { isRecord } from '../../is-record.js';
import { type JsonObject, ownValue } from './files.js';
import { invalidModel, shown } from './invalid.js';

export class Fields {
  /** For error messages. */
  readonly file: string;
  readonly #values: JsonObject;
  readonly #path: string;

  constructor(file: string, values: JsonObject, path = '') {
    this.file = file;
    this.#values = values;
    this.#path = path;
  }

  /** The value as it is; undefined if there is none or it is null. */
  raw(name: string): unknown {
    return ownValue(this.#values, name) ?? undefined;
  }

  /** True if the field is there and null, which some configurations give a meaning of its own. */
  isNull(name: string): boolean {
    return ownValue(this.#values, name) === null;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  /** A whole number of at least `min`. */
  integer(name: string, fallback?: number, min = 1): number {
    const value = this.raw(name) ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
    throw this.#wrong(name, value, `a whole number of at least ${min}`);
  }

  /** A finite number above 0. */
  positive(name: string, fallback?: number): number {
    const value = this.raw(name) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.#wrong(name, value, 'a number above 0');
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.raw(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.#wrong(name, value, 'true or false');
  }

  text(name: string, fallback?: string): string {
    const value = this.raw(name) ?? fallback;
    if (typeof value === 'string') return value;
    throw this.#wrong(name, value, 'a text');
  }

  /** One of the values listed. */
  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback?: T): T {
    const value = this.raw(name) ?? fallback;
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    throw this.#wrong(name, value, `one of ${allowed.join(', ')}`);
  }

  texts(name: string): readonly string[] {
    const value = this.raw(name) ?? [];
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
    throw this.#wrong(name, value, 'a list of texts');
  }

  /** An object; undefined if there is none. */
  object(name: string): Fields | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (isRecord(value)) return new Fields(this.file, value, `${this.#path}${name}.`);
    throw this.#wrong(name, value, 'an object');
  }

  /** Other values, as if they were an object in this field. */
  under(name: string, values: JsonObject): Fields {
    return new Fields(this.file, values, `${this.#path}${name}.`);
  }

  /** The fields of this one and of others; later ones win. */
  with(values: JsonObject): Fields {
    return new Fields(this.file, { ...this.#values, ...values }, this.#path);
  }

  values(): JsonObject {
    return this.#values;
  }

  /** The error of a field whose value can't be used. */
  unsupported(name: string, needed: string, hint?: string): Error {
    return this.#wrong(name, this.raw(name), needed, hint);
  }

  #wrong(name: string, value: unknown, needed: string, hint?: string): Error {
    const found = value === undefined ? 'is missing' : `is ${shown(value)}`;
    return invalidModel(`${this.file}: ${this.#path}${name} ${found}; ${needed} is needed.`, hint);
  }
}
