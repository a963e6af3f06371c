/**
 * `serve` in this process, with a file of its own, as tests of a running server need it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type CliResult, nothingThere, runCli, temporaryFolder } from '../commands/run-cli.js';

export interface Serving {
  readonly folder: string;
  readonly endpoint: string;
  readonly management: string;
  readonly stderr: () => string;
  readonly hangup: () => void;
  readonly stop: () => Promise<CliResult>;
}

const running: Serving[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((serving) => serving.stop()));
});

/** Starts to serve `router.yaml` with this text; stops after the test. */
export async function serve(
  text: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'router.yaml'), text);
  const controller = new AbortController();
  let stderr = '';
  let hangup = (): void => undefined;
  let finished: Promise<CliResult> | undefined;
  const banner = await new Promise<string>((resolve, reject) => {
    finished = runCli(
      [
        'serve',
        ...(words.includes('--embedded') ? [] : ['-c', 'router.yaml']),
        '--port',
        '0',
        '--api-port',
        '0',
        '--log-level',
        'silent',
        ...words,
      ],
      {
        cwd: folder,
        env: { ...nothingThere, ...env },
        signal: controller.signal,
        onStdout: (seen) => {
          if (seen.includes('Try it:')) resolve(seen);
        },
        onStderr: (seen) => {
          stderr = seen;
        },
        onHangup: (listener) => {
          hangup = listener;
          return () => undefined;
        },
      },
    );
    finished.then((result) => reject(new Error(`serve ended: ${result.stderr}`)), reject);
  });
  const serving: Serving = {
    folder,
    endpoint: /OpenAI endpoint\s+(\S+)/.exec(banner)?.[1] ?? '',
    management: /management\s+(\S+)/.exec(banner)?.[1] ?? '',
    stderr: () => stderr,
    hangup: () => hangup(),
    stop: async () => {
      controller.abort();
      if (finished === undefined) throw new Error('never started');
      return finished;
    },
  };
  running.push(serving);
  return serving;
}
