/**
 * JSON Lines: reading them with their numbers, and answering them in order with bounded concurrency.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { addAbortSignal, type Readable } from 'node:stream';
import { messageOf, systemCode, VsrError } from '../../runtime/errors.js';
import { isRecord } from '../../runtime/is-record.js';
import type { CommandContext } from '../command.js';
import { unlessStopped, untilStopped } from '../interruption.js';

export interface Line {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
}

/** Lines with content; blank ones are skipped but counted. Throws when the command is stopped. */
export async function* linesOf(input: Readable, signal: AbortSignal): AsyncGenerator<Line> {
  // An interrupted read of a terminal would otherwise wait for ever.
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal });
  let failure: unknown;
  input.once('error', (error) => {
    failure = error;
    reader.close();
  });
  let number = 0;
  try {
    for await (const text of reader) {
      number++;
      // A byte-order mark is no part of the first value.
      const trimmed = (number === 1 ? text.replace(/^\ufeff/, '') : text).trim();
      if (trimmed !== '') yield { number, text: trimmed };
      signal.throwIfAborted();
    }
  } finally {
    // Who stops reading early must not wait for a writer that goes on.
    input.destroy();
  }
  signal.throwIfAborted();
  if (failure !== undefined) throw failure;
}

/** A file as a stream, or stdin for `-`. Throws VSR_FILE_UNREADABLE if it cannot be opened. */
export async function openInput(file: string, context: CommandContext): Promise<Readable> {
  if (file === '-') return context.stdin;
  const path = resolve(context.cwd, file);
  // A folder can be opened, and fails only when it is read.
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new VsrError('VSR_FILE_UNREADABLE', `${file} cannot be read: it is a folder.`, {
      hint: 'Name a file in it; `-` reads stdin.',
    });
  }
  const stream = createReadStream(path);
  return new Promise((done, fail) => {
    stream.once('open', () => done(stream));
    stream.once('error', (error: Error) => {
      const missing = systemCode(error) === 'ENOENT';
      fail(
        new VsrError(
          'VSR_FILE_UNREADABLE',
          missing ? `There is no file ${file}.` : `${file} cannot be read: ${messageOf(error)}`,
          { cause: error, ...(missing && { hint: 'Check the path; `-` reads stdin.' }) },
        ),
      );
    });
  });
}

/** All of stdin as text. Throws when the command is stopped. */
export async function readAll(input: Readable, signal: AbortSignal): Promise<string> {
  addAbortSignal(signal, input);
  input.setEncoding('utf8');
  let text = '';
  for await (const chunk of input) text += String(chunk);
  return text;
}

/** Parses a line that has to hold a JSON object; throws VSR_INPUT_INVALID with what to write instead. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new VsrError('VSR_INPUT_INVALID', `not valid JSON: ${messageOf(error)}`, {
      hint: 'Write one JSON object per line, e.g. {"prompt": "…"}.',
      cause: error,
    });
  }
  if (!isRecord(value)) {
    throw new VsrError('VSR_INPUT_INVALID', 'not a JSON object', {
      hint: 'Write one JSON object per line, e.g. {"prompt": "…"}.',
    });
  }
  return value;
}

/**
 * Applies `work` to every item, at most `limit` at a time, and yields the results in the order of the
 * items. Reads ahead no further than the limit. Throws as soon as `signal` is aborted.
 */
export async function* mapInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for await (const item of untilStopped(items, signal)) {
    const result = work(item);
    // It is awaited later; until then a failure must not count as unhandled.
    result.catch(() => undefined);
    running.push(result);
    const first = running.length >= limit ? running.shift() : undefined;
    if (first !== undefined) yield await unlessStopped(first, signal);
  }
  for (const result of running) yield await unlessStopped(result, signal);
}
