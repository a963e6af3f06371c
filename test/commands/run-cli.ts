/**
 * Runs the command line in process and captures what it writes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, afterEach } from 'vitest';
import { runCli as run } from '../../src/cli.js';
import type { CommandContext } from '../../src/commands/command.js';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Text on stdin; without it stdin is a terminal that nobody types on. */
  readonly stdin?: string;
  readonly interactive?: boolean;
  readonly color?: boolean;
  readonly signal?: AbortSignal;
  /** Sees what is written to stdout so far, whenever something is added. */
  readonly onStdout?: (text: string) => void;
  /** The same for stderr. */
  readonly onStderr?: (text: string) => void;
  readonly onHangup?: (listener: () => void) => () => void;
}

class Captured extends Writable {
  text = '';
  onChange: () => void = () => undefined;

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk);
    this.onChange();
    done();
  }
}

/** Nothing is found by discovery unless a test says otherwise. */
export const nothingThere = { OLLAMA_HOST: 'http://127.0.0.1:9' };

export async function runCli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const stdout = new Captured();
  if (options.onStdout !== undefined) {
    const { onStdout } = options;
    stdout.onChange = () => onStdout(stdout.text);
  }
  const stderr = new Captured();
  if (options.onStderr !== undefined) {
    const { onStderr } = options;
    stderr.onChange = () => onStderr(stderr.text);
  }
  const stdin: CommandContext['stdin'] =
    options.stdin === undefined
      ? Object.assign(new Readable({ read: () => undefined }), { isTTY: true })
      : Readable.from([Buffer.from(options.stdin)]);
  const code = await run(words, {
    stdout,
    stderr,
    stdin,
    env: options.env ?? nothingThere,
    cwd: options.cwd ?? process.cwd(),
    interactive: options.interactive ?? false,
    color: options.color ?? false,
    signal: options.signal ?? new AbortController().signal,
    ...(options.onHangup !== undefined && { onHangup: options.onHangup }),
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const folders: string[] = [];

const kept: string[] = [];

/** A folder that is gone after the test, or with `keep` after all tests of the file. */
export async function temporaryFolder(lifetime: 'test' | 'keep' = 'test'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vllm-sr-test-'));
  (lifetime === 'keep' ? kept : folders).push(folder);
  return folder;
}

async function remove(list: string[]): Promise<void> {
  await Promise.all(list.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

afterEach(() => remove(folders));
afterAll(() => remove(kept));
