/** Texts with the expected spans in ⟦…⟧. */
import { expect } from 'vitest';
import { recognise } from '../../../src/runtime/pii/recognise.js';
import type { PiiType } from '../../../src/runtime/pii/types.js';

interface Marked {
  readonly text: string;
  readonly values: readonly string[];
}

export function unmark(marked: string): Marked {
  return {
    text: marked.replace(/[⟦⟧]/g, ''),
    values: [...marked.matchAll(/⟦([^⟧]*)⟧/g)].map(([, value = '']) => value),
  };
}

/** Asserts that exactly the marked spans of `type` are found when only that type is asked for. */
export function expectSpans(type: PiiType, marked: string): void {
  const { text, values } = unmark(marked);
  const found = recognise(text, { types: [type] });
  expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(values);
}

/** What is found when every type is asked for, as `TYPE value`. */
export function everything(text: string): string[] {
  return recognise(text).map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
}

/** The confidence of the only match of `type`. */
export function confidence(type: PiiType, text: string): number | undefined {
  const [match] = recognise(text, { types: [type] });
  return match?.confidence;
}
