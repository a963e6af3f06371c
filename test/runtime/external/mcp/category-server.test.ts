import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CategoryServer,
  type CategoryServerOptions,
} from '../../../../src/runtime/external/mcp/category-server.js';
import type { McpServerSettings } from '../../../../src/runtime/external/mcp/settings.js';
import { httpServer, startMcpServer, stdioServer } from '../../../support/mcp-server.js';
import { upstream } from '../../proxy/support.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const known = ['biology', 'business'];

function connect(settings: McpServerSettings, options: Partial<CategoryServerOptions> = {}): CategoryServer {
  const server = new CategoryServer(settings, { knownCategories: known, firstWaitMs: 1, ...options });
  closing.push(() => server.close());
  return server;
}

async function overHttp(options: Parameters<typeof startMcpServer>[0] = {}) {
  const server = await startMcpServer(options);
  closing.push(() => server.close());
  return server;
}

async function logFile(): Promise<{ path: string; lines: () => Promise<string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'vllm-sr-mcp-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'log');
  return { path, lines: async () => (await readFile(path, 'utf8')).trim().split('\n') };
}

describe('a classifying server', () => {
  it('is started as a program and asked, with probabilities', async () => {
    const answer = await connect(stdioServer()).classify('What is the derivative of x?');
    expect(answer).toMatchObject({ server: 'test', named: 'math', fallback: 'other', confidence: 0.9 });
    expect([...(answer.probabilities ?? [])].map(([name]) => name)).toEqual(['math', 'law', 'other']);
    expect(answer.probabilities?.get('math')).toBe(0.9);
  });

  it.each([false, true])('is asked over HTTP (as a stream: %s)', async (stream) => {
    const server = await overHttp({ stream });
    const settings = httpServer(server.url);
    const answer = await connect(settings).classify('My tenant wants out of the contract');
    expect(answer).toMatchObject({ named: 'law', confidence: 0.9 });
  });

  it('gets the headers that the configuration gives', async () => {
    const server = await overHttp();
    await connect({
      ...httpServer(server.url),
      headers: { authorization: 'Bearer k' },
    }).warmUp();
    expect(server.seen.length).toBeGreaterThan(0);
    expect(server.seen.every(({ authorization }) => authorization === 'Bearer k')).toBe(true);
  });

  it.each<readonly [what: string, tools: string[], chosen: string]>([
    ['the first known name', ['categorize', 'classify', 'classify_text'], 'classify_text'],
    ['the second', ['categorize', 'classify'], 'classify'],
    ['the third', ['categorize_text', 'categorize'], 'categorize'],
    ['the fourth', ['other_tool', 'categorize_text'], 'categorize_text'],
    ['one about classification', ['list_categories', 'topic_classifier'], 'topic_classifier'],
  ])('uses %s of its tools', async (_, tools, chosen) => {
    const log = await logFile();
    const server = await overHttp({ tools, log: log.path });
    await connect(httpServer(server.url))
      .classify('law contract')
      .catch(() => undefined);
    expect((await log.lines()).filter((line) => line.startsWith(`${chosen} `))).toHaveLength(1);
  });

  it('finds a classifier by its description, and uses the one that is configured', async () => {
    const log = await logFile();
    const described = await overHttp({ tools: ['sort'], description: 'Text classification', log: log.path });
    await connect(httpServer(described.url))
      .classify('x')
      .catch(() => undefined);
    expect((await log.lines()).some((line) => line.startsWith('sort '))).toBe(true);
    const named = await overHttp({ tools: ['classify_text', 'mine'], log: log.path });
    await connect(httpServer(named.url, { toolName: 'mine' }))
      .classify('x')
      .catch(() => undefined);
    expect((await log.lines()).some((line) => line.startsWith('mine '))).toBe(true);
  });

  it('says which tools there are if none fits', async () => {
    const server = await overHttp({ tools: ['paint', 'sing'], description: 'Arts' });
    await expect(connect(httpServer(server.url)).classify('x')).rejects.toThrow(
      'does not have a tool that classifies texts; its tools: paint, sing',
    );
    await expect(connect(httpServer(server.url, { toolName: 'dance' })).classify('x')).rejects.toThrow(
      'does not have the tool `dance`; its tools: paint, sing',
    );
  });

  it('is given the text under the name that its tool asks for', async () => {
    const server = await overHttp({ argument: 'query' });
    expect(await connect(httpServer(server.url)).classify('a contract')).toMatchObject({ named: 'law' });
  });

  it('counts classes by its own list, else by the known one', async () => {
    const listed = await overHttp({ categories: ['tax', 'law'] });
    expect(await connect(httpServer(listed.url)).classify('tax return')).toMatchObject({ named: 'tax' });
    const unlisted = await overHttp({ tools: ['classify_text'], answer: { class: 1 } });
    expect(await connect(httpServer(unlisted.url)).classify('x')).toMatchObject({ named: 'business' });
  });

  it('may name its class instead of counting it', async () => {
    const server = await overHttp({ answer: { class: 'LAW', probabilities: { LAW: 0.7, math: 0.3 } } });
    const answer = await connect(httpServer(server.url)).classify('x');
    expect(answer.named).toBe('law');
    expect([...(answer.probabilities ?? [])]).toEqual([
      ['law', 0.7],
      ['math', 0.3],
    ]);
  });

  it.each<readonly [what: string, raw: Record<string, unknown>, named: string, confidence: number]>([
    [
      'numbers in quotes',
      { class: '1', confidence: '0.8', probabilities: ['0.1', '0.8', '0.1'] },
      'law',
      0.8,
    ],
    ['probabilities alone', { probabilities: [0.7, 0.2, 0.1] }, 'math', 0.7],
    ['probabilities by name alone', { probabilities: { law: 0.9, math: 0.1 } }, 'law', 0.9],
    ['no confidence but a probability', { class: 2, probabilities: [0.1, 0.2, 0.7] }, 'other', 0.7],
    ['a category', { category: 'math', confidence: 1 }, 'math', 1],
    ['sums that overshoot', { label: 'math', confidence: 1.0000002 }, 'math', 1],
    ['a null class beside a label', { class: null, label: 'law', confidence: 0.6 }, 'law', 0.6],
    ['a category of its own', { class: ' Poetry ', confidence: 0.6 }, 'Poetry', 0.6],
  ])('may answer with %s', async (_, raw, named, confidence) => {
    const server = await overHttp({ raw });
    expect(await connect(httpServer(server.url)).classify('x')).toMatchObject({ named, confidence });
  });

  it.each<readonly [what: string, raw: Record<string, unknown>, problem: string]>([
    ['a percentage', { class: 0, confidence: 87 }, '`confidence` 87, which is not from 0 to 1'],
    ['no number', { class: 0, confidence: 'high' }, 'without a `confidence`'],
    ['nothing', {}, 'without a `class`'],
    ['half a class', { class: 0.5, confidence: 1 }, 'without a `class`'],
    ['a class below zero', { class: -1, confidence: 1 }, 'named class -1'],
    ['a novel', { class: 'x'.repeat(5000), confidence: 1 }, 'a category of 5000 characters'],
    ['a list', { class: ['math'], confidence: 1 }, 'without a `class`'],
    ['an error', { error: 'no GPU' }, 'failed: no GPU'],
  ])('is not understood with %s', async (_, raw, problem) => {
    const server = await overHttp({ raw });
    await expect(connect(httpServer(server.url)).classify('x')).rejects.toThrow(problem);
  });

  it('loses no more than the probabilities where those are odd', async () => {
    for (const probabilities of [[0.9, 'x', 0.1], [0.5, 0.5], 'no', [], [2, 0, 0]]) {
      const server = await overHttp({ raw: { class: 0, confidence: 0.9, probabilities } });
      const answer = await connect(httpServer(server.url)).classify('x');
      expect(answer).toMatchObject({ named: 'math', probabilities: undefined });
    }
  });

  it('may put its answer into words and a code fence', async () => {
    const server = await overHttp({ mode: 'fenced' });
    expect(await connect(httpServer(server.url)).classify('a contract')).toMatchObject({ named: 'law' });
  });

  it('may print what it likes between its answers', async () => {
    const client = connect(stdioServer({ junk: true }));
    expect(await client.classify('a contract')).toMatchObject({ named: 'law' });
    expect(await client.classify('an integral')).toMatchObject({ named: 'math' });
  });

  it('may have very many categories', async () => {
    const categories = Array.from({ length: 20_000 }, (_, index) => `topic ${index}`);
    const server = await overHttp({ categories, answer: { class: 19_999, probabilities: undefined } });
    expect(await connect(httpServer(server.url)).classify('x')).toMatchObject({ named: 'topic 19999' });
  });

  it('asks for the list anew if a class is not in it, and gives up if it still is not', async () => {
    const server = await overHttp({ categories: ['math', 'law'] });
    const client = connect(httpServer(server.url));
    await client.classify('law contract');
    server.classifier.state.categories = ['math', 'law', 'poetry'];
    expect(await client.classify('a poetry slam')).toMatchObject({ named: 'poetry' });
    const wrong = await overHttp({ answer: { class: 9 } });
    await expect(connect(httpServer(wrong.url)).classify('x')).rejects.toThrow(
      'named class 9, but there are 3 categories',
    );
  });

  it('asks for the list anew when it is old', async () => {
    const server = await overHttp();
    const client = connect(httpServer(server.url, { categoriesTtlMs: 0 }));
    await client.classify('one');
    await client.classify('two');
    await expect.poll(() => server.classifier.state.lists).toBeGreaterThan(1);
  });

  it('passes on what the server suggests', async () => {
    const server = await overHttp({ answer: { model: 'big', use_reasoning: true } });
    const answer = await connect(httpServer(server.url)).classify('x');
    expect(answer).toMatchObject({ model: 'big', useReasoning: true });
  });

  it('reads structured content', async () => {
    const server = await overHttp({ mode: 'structured' });
    expect(await connect(httpServer(server.url)).classify('a contract')).toMatchObject({ named: 'law' });
  });

  it.each([
    [{ mode: 'error' as const }, 'tool `classify_text` failed: the model is on fire'],
    [{ mode: 'prose' as const }, 'answered with no JSON object: It is about mathematics, I think.'],
    [{ answer: { confidence: 'high' } }, 'answered without a `confidence`'],
    [{ answer: { class: null, probabilities: undefined } }, 'answered without a `class`'],
  ])('is not believed anything in %j', async (options, message) => {
    const server = await overHttp(options);
    await expect(connect(httpServer(server.url)).classify('x')).rejects.toThrow(message);
  });

  it('gives no probabilities rather than wrong ones', async () => {
    for (const probabilities of [[0.5], [0.5, 'x', 0.1], [1, -1, 0.5], 'none']) {
      const server = await overHttp({ answer: { probabilities } });
      const answer = await connect(httpServer(server.url)).classify('x');
      expect(answer.probabilities).toBeUndefined();
    }
  });

  it('is asked once for the same text', async () => {
    const server = await overHttp();
    const client = connect(httpServer(server.url));
    await Promise.all([client.classify('a'), client.classify('a'), client.classify('b')]);
    await client.classify('a');
    expect(server.classifier.state.calls).toBe(2);
  });
});

describe('a connection to a server', () => {
  it('is made anew when the program has ended, within the same question', async () => {
    const log = await logFile();
    const client = connect(stdioServer({ lives: 1, log: log.path }));
    expect(await client.classify('a contract')).toMatchObject({ named: 'law' });
    expect(await client.classify('the derivative')).toMatchObject({ named: 'math' });
    expect((await log.lines()).filter((line) => line === 'start')).toHaveLength(2);
  });

  it('is made anew when the server has forgotten the session', async () => {
    const server = await overHttp();
    const client = connect(httpServer(server.url));
    await client.classify('one');
    server.forget();
    expect(await client.classify('a contract')).toMatchObject({ named: 'law' });
  });

  it('comes back with the server', async () => {
    const first = await startMcpServer();
    const client = connect(httpServer(first.url));
    await client.classify('one');
    await first.close();
    await expect(client.classify('two')).rejects.toThrow('MCP server `test`');
    const second = await overHttp({ port: first.port });
    await expect
      .poll(() =>
        client.classify('a contract').then(
          ({ named }) => named,
          () => '',
        ),
      )
      .toBe('law');
    expect(second.classifier.state.calls).toBe(1);
  });

  it('waits longer after each failed attempt, and says so at once meanwhile', async () => {
    const gone = await startMcpServer();
    await gone.close();
    const client = connect(httpServer(gone.url), { firstWaitMs: 60_000 });
    await expect(client.classify('a')).rejects.toThrow('cannot be connected');
    await expect(client.classify('b')).rejects.toThrow(/cannot be connected.*; next attempt in \d+\.\d s/);
  });

  it('says what a program said before it ended', async () => {
    const broken = {
      ...stdioServer(),
      args: ['-e', 'console.error("no model file"); process.exit(1)'],
    };
    await expect(connect(broken).classify('x')).rejects.toThrow('(it said: no model file)');
    const missing = { ...stdioServer(), command: 'vllm-sr-no-such-program' };
    await expect(connect(missing).classify('x')).rejects.toThrow('cannot be connected');
  });

  it('gives up a server that does not answer, and starts one that hangs anew', async () => {
    const log = await logFile();
    const client = connect(stdioServer({ mode: 'silent', log: log.path }, { timeoutMs: 300 }));
    for (const text of ['a', 'b', 'c', 'd']) {
      await expect(client.classify(text)).rejects.toThrow(/did not answer within 0\.3 s|cannot be connected/);
    }
    expect((await log.lines()).filter((line) => line === 'start').length).toBeGreaterThan(1);
  });

  it('ends with the signal of who asks', async () => {
    const server = await overHttp({ mode: 'silent' });
    const late = new AbortController();
    const asked = connect(httpServer(server.url)).classify('x', late.signal);
    await expect.poll(() => server.classifier.state.calls).toBe(1);
    late.abort(new Error('too late'));
    await expect(asked).rejects.toThrow('too late');
  });

  it('answers nothing any more once it is closed', async () => {
    const server = await overHttp();
    const client = connect(httpServer(server.url));
    await client.classify('a');
    await client.close();
    await expect(client.classify('b')).rejects.toThrow('is closed with its configuration');
  });

  it('keeps nobody waiting who closes it while it connects', async () => {
    let seen = 0;
    const deaf = await upstream(() => {
      seen += 1;
    });
    closing.push(() => deaf.close());
    const client = connect(httpServer(`http://127.0.0.1:${deaf.port}/mcp`, { timeoutMs: 600_000 }));
    const asked = client.classify('a').catch(String);
    await expect.poll(() => seen).toBeGreaterThan(0);
    await client.close();
    expect(await asked).toContain('is closed with its configuration');
  });
});
