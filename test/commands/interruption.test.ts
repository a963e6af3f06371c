/**
 * Ctrl-C and SIGTERM: what is stopped says so, gives the code of the signal, and leaves nothing half done.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Interruption, untilStopped } from '../../src/commands/interruption.js';
import { compileSources } from '../support/compile-sources.js';
import { runCli, temporaryFolder } from './run-cli.js';

const config = `version: v0.3
providers:
  defaults: {model: small}
  models: [{name: small, backend_refs: [{endpoint: "127.0.0.1:1"}]}]
routing:
  signals:
    keywords: [{name: code, operator: OR, keywords: [loop]}]
  decisions:
    - {name: coding, rules: {type: keyword, name: code}, modelRefs: [{model: small}]}
`;

async function project(): Promise<string> {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'config.yaml'), config);
  await writeFile(
    join(cwd, 'policy.test.yaml'),
    'config: config.yaml\ncases: [{prompt: a loop, expect: {decision: coding}}]\n',
  );
  return cwd;
}

describe('a command that is stopped', () => {
  it.each([
    ['tune', ['tune', '-', '--write']],
    ['diff', ['diff', 'config.yaml', 'config.yaml', '--traffic', '-']],
    ['eval', ['eval', '-', '--config', 'config.yaml']],
    ['learn', ['learn', 'own', '--data', '-', '--output', 'own']],
    ['classify', ['classify', '--jsonl', '--config', 'config.yaml']],
  ])('%s ends while it waits for rows that never come', async (_, words) => {
    const cwd = await project();
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Interruption('SIGTERM')), 20);
    const { code, stdout, stderr } = await runCli(words, { cwd, signal: stop.signal });
    expect(code).toBe(143);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Stopped[.:]/m);
    expect((await readdir(cwd)).sort()).toEqual(['config.yaml', 'policy.test.yaml']);
    expect(await readFile(join(cwd, 'config.yaml'), 'utf8')).toBe(config);
  });

  it('test writes no report of half the cases', async () => {
    const cwd = await project();
    const words = ['test', 'policy.test.yaml', '--reporter', 'junit', '--output', 'report.xml'];
    const { code, stdout } = await runCli(words, {
      cwd,
      signal: AbortSignal.abort(new Interruption('SIGINT')),
    });
    expect(code).toBe(130);
    expect(stdout).toBe('');
    expect(await readdir(cwd)).not.toContain('report.xml');
  });
});

describe('long work without a pause', () => {
  it('lets a signal arrive', async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort(new Interruption('SIGINT')));
    function* forever() {
      for (let number = 0; ; number++) yield number;
    }
    const count = async () => {
      for await (const _ of untilStopped(forever(), stop.signal));
    };
    await expect(count()).rejects.toBeInstanceOf(Interruption);
  });
});

describe.skipIf(process.platform === 'win32')('a process', () => {
  const out = join(
    fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url)),
    `interruption-${process.pid}`,
  );
  let script = '';
  beforeAll(async () => {
    script = fileURLToPath(await compileSources('bin/vllm-sr.ts', out));
  }, 60_000);
  afterAll(() => rm(out, { recursive: true, force: true }));

  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends by %s with %i and whole lines', async (signal, code) => {
    const cwd = await project();
    const child = spawn(process.execPath, [script, 'classify', '--jsonl', '--config', 'config.yaml'], {
      cwd,
      stdio: 'pipe',
    });
    children.push(child);
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.stdout.on('data', (chunk) => {
      if (stdout === '') child.kill(signal);
      stdout += String(chunk);
    });
    const closed = once(child, 'close');
    child.stdin.on('error', () => undefined);
    for (let row = 0; row < 40; row++) child.stdin.write('{"prompt": "a loop"}\n');
    // A busy machine may take so long to end that the signal has to: shells call both the same.
    expect([[code, null].join(), [null, signal].join()]).toContain((await closed).join());
    expect(stderr).toContain('Stopped.\n');
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('decision_result');
  });

  it.skipIf(process.platform !== 'linux')('says in one line that its output cannot be written', async () => {
    const cwd = await project();
    const full = await open('/dev/full', 'w');
    const child = spawn(process.execPath, [script, 'config', 'show', '--config', 'config.yaml'], {
      cwd,
      stdio: ['ignore', full.fd, 'pipe'],
    });
    children.push(child);
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += String(chunk);
    });
    expect(await once(child, 'close')).toEqual([1, null]);
    await full.close();
    expect(stderr).toMatch(/^Error: the output cannot be written \(ENOSPC\)\.\n$/m);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
