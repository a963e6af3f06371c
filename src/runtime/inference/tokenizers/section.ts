/**
 * Reads parts of a tokenizer.json with types checked, and errors that say which part is at fault.
 *
 * @module
 */
import { VsrError } from '../../errors.js';
import { isRecord } from '../../is-record.js';

const hint = 'Use a tokenizer.json that the `tokenizers` library can load, or pull the model again.';

/** An object of the file, and where it is. Every reader throws `VSR_MODEL_BUNDLE_INVALID`. */
export class Section {
  private constructor(
    readonly path: string,
    readonly record: Readonly<Record<string, unknown>>,
    readonly file: string,
  ) {}

  static parse(json: string, file: string): Section {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (cause) {
      throw new VsrError('VSR_MODEL_BUNDLE_INVALID', `${file}: not JSON`, { cause, hint });
    }
    if (!isRecord(value)) throw new VsrError('VSR_MODEL_BUNDLE_INVALID', `${file}: not an object`, { hint });
    return new Section('', value, file);
  }

  /** An error about this section, or about `key` of it. */
  invalid(what: string, key?: string): VsrError {
    const path = key === undefined ? this.path : this.#at(key);
    return new VsrError('VSR_MODEL_BUNDLE_INVALID', `${this.file}: ${path}${path ? ' ' : ''}${what}`, {
      hint,
    });
  }

  /** An error about a component or a setting that exists, but not here. */
  unsupported(what: string): VsrError {
    return new VsrError('VSR_MODEL_BUNDLE_INVALID', `${this.file}: ${this.path}: ${what} is not supported`, {
      hint: 'This model needs a tokenizer that vllm-sr does not have. Choose another model.',
    });
  }

  has(key: string): boolean {
    return this.record[key] !== undefined && this.record[key] !== null;
  }

  /** Name of the component this section describes. */
  get type(): string {
    return this.string('type');
  }

  string(key: string, fallback?: string): string {
    const value = this.record[key] ?? fallback;
    if (typeof value !== 'string') throw this.invalid('must be a string', key);
    return value;
  }

  number(key: string, fallback?: number): number {
    const value = this.record[key] ?? fallback;
    if (typeof value !== 'number') throw this.invalid('must be a number', key);
    return value;
  }

  boolean(key: string, fallback?: boolean): boolean {
    const value = this.record[key] ?? fallback;
    if (typeof value !== 'boolean') throw this.invalid('must be true or false', key);
    return value;
  }

  list(key: string, fallback?: readonly unknown[]): readonly unknown[] {
    const value = this.record[key] ?? fallback;
    if (!Array.isArray(value)) throw this.invalid('must be a list', key);
    return value;
  }

  section(key: string): Section {
    const value = this.record[key];
    if (!isRecord(value)) throw this.invalid('must be an object', key);
    return new Section(this.#at(key), value, this.file);
  }

  optionalSection(key: string): Section | undefined {
    return this.has(key) ? this.section(key) : undefined;
  }

  /** The objects of a list. */
  sections(key: string): Section[] {
    return this.list(key).map((value, i) => {
      const path = `${this.#at(key)}[${i}]`;
      if (!isRecord(value)) {
        throw new VsrError('VSR_MODEL_BUNDLE_INVALID', `${this.file}: ${path} must be an object`, { hint });
      }
      return new Section(path, value, this.file);
    });
  }

  #at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}
