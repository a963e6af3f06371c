/**
 * Writing results: colours and back pressure.
 *
 * @module
 */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { CommandContext } from '../command.js';

export type Paint = (text: string) => string;

export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly red: Paint;
  readonly cyan: Paint;
}

const plain: Paint = (text) => text;

/** Colours for stdout; without colour the text itself. chalk is loaded only if it is needed. */
export async function paletteFor({ color }: Pick<CommandContext, 'color'>): Promise<Palette> {
  if (!color) return { bold: plain, dim: plain, green: plain, yellow: plain, red: plain, cyan: plain };
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    red: (text) => chalk.red(text),
    cyan: (text) => chalk.cyan(text),
  };
}

/** Writes and waits while the reader is behind, so that long outputs do not pile up in memory. */
export async function writeOut(stream: Writable, text: string, signal?: AbortSignal): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain', signal === undefined ? {} : { signal });
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** At most three decimals, without trailing zeros; `–` for nothing. */
export function decimal(value: number | undefined, digits = 3): string {
  return value === undefined ? '–' : String(Number(value.toFixed(digits)));
}

/** `1.2 GB`, `437.9 MB`, `3.0 kB`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1e3 ? `${(bytes / 1e3).toFixed(1)} kB` : `${bytes} B`;
}
