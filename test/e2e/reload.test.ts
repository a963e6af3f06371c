/**
 * Reloading as its users meet it: `serve` runs, requests come in, and somebody edits the file.
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../support/serving.js';

function configuration({
  keyword = 'alpha',
  decision = 'first',
  port = 8899,
  decisions = 0,
  keys = '',
}: {
  keyword?: string;
  decision?: string;
  port?: number;
  decisions?: number;
  keys?: string;
} = {}): string {
  return `version: v0.3
listeners:
  - {name: main, address: 127.0.0.1, port: ${port}${keys}}
providers:
  defaults: {model: echo}
  models:
    - {name: echo, backend_refs: [{provider: echo}]}
routing:
  signals:
    keywords:
      - {name: word, operator: OR, keywords: [${keyword}]}
  decisions:
    - name: ${decision}
      priority: 100000
      rules: {type: keyword, name: word}
      modelRefs: [{model: echo}]
${Array.from(
  { length: decisions },
  (_, at) =>
    `    - {name: extra-${at}, priority: ${at}, rules: {operator: AND, conditions: [{type: keyword, name: word}]}, modelRefs: [{model: echo}]}\n`,
).join('')}`;
}

async function replace({ folder }: Serving, text: string): Promise<void> {
  await writeFile(join(folder, 'router.yaml.new'), text);
  await rename(join(folder, 'router.yaml.new'), join(folder, 'router.yaml'));
}

async function ask({ endpoint }: Serving, content: string, key?: string) {
  const response = await fetch(`${endpoint}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }] }),
  });
  await response.arrayBuffer();
  return { status: response.status, decision: response.headers.get('x-vsr-selected-decision') };
}

async function hashOf({ management }: Serving): Promise<string> {
  const body = await (await fetch(`${management}/health`)).text();
  return /"config_hash":"(\w+)"/.exec(body)?.[1] ?? '';
}

describe('an edited file', () => {
  it('is in force for the next request', async () => {
    const serving = await serve(configuration());
    expect(await ask(serving, 'alpha')).toEqual({ status: 200, decision: 'first' });
    const before = await hashOf(serving);
    await replace(serving, configuration({ keyword: 'beta', decision: 'second' }));
    await expect.poll(() => serving.stderr()).toContain('Reloaded router.yaml');
    expect(await ask(serving, 'beta')).toEqual({ status: 200, decision: 'second' });
    expect(await hashOf(serving)).not.toBe(before);
    const metrics = await (await fetch(`${serving.management}/metrics`)).text();
    expect(metrics).toContain('llm_config_reloads_total{result="reloaded"} 1');
    expect(metrics).toContain('llm_config_last_reload_successful 1');
  });

  it('that is wrong changes nothing and says where it is wrong; the corrected one is used', async () => {
    const serving = await serve(configuration());
    const before = await hashOf(serving);
    await replace(serving, configuration().replace('type: keyword, name: word', 'type: keyword, name: wrod'));
    await expect.poll(() => serving.stderr()).toContain('stays in force');
    expect(serving.stderr()).toMatch(/router\.yaml:15:\d+ error: unknown keyword signal `wrod`/);
    expect(await ask(serving, 'alpha')).toEqual({ status: 200, decision: 'first' });
    expect(await hashOf(serving)).toBe(before);
    const metrics = async () => (await fetch(`${serving.management}/metrics`)).text();
    expect(await metrics()).toContain('llm_config_last_reload_successful 0');
    await replace(serving, configuration({ decision: 'corrected' }));
    await expect.poll(() => serving.stderr()).toContain('Reloaded router.yaml');
    expect(await ask(serving, 'alpha')).toEqual({ status: 200, decision: 'corrected' });
    expect(await metrics()).toContain('llm_config_last_reload_successful 1');
  });

  it('changes what it can, and says what needs a restart', async () => {
    const serving = await serve(configuration());
    const management = 'global: {services: {management_api: {bind_address: 127.0.0.2, port: 9999}}}';
    await replace(
      serving,
      `${configuration({ decision: 'moved', port: 8890 }).replace('127.0.0.1', '0.0.0.0')}${management}\n`,
    );
    await expect.poll(() => serving.stderr()).toContain('Not in force until the next start');
    expect(serving.stderr()).toContain(
      '`listeners[0].address`: in force is 127.0.0.1, the file says 0.0.0.0\n',
    );
    expect(serving.stderr()).toContain(
      '`global.services.management_api.bind_address`: in force is 127.0.0.1, the file says 127.0.0.2',
    );
    // Ports came from the command line.
    expect(serving.stderr()).not.toContain('port`');
    expect(await ask(serving, 'alpha')).toEqual({ status: 200, decision: 'moved' });
  });

  it('can withdraw the key of a listener', async () => {
    const serving = await serve(configuration({ keys: ', api_keys: [old]' }));
    expect((await ask(serving, 'alpha', 'old')).status).toBe(200);
    await replace(serving, configuration({ keys: ', api_keys: [new]' }));
    await expect.poll(() => serving.stderr()).toContain('Reloaded');
    expect((await ask(serving, 'alpha', 'old')).status).toBe(401);
    expect((await ask(serving, 'alpha', 'new')).status).toBe(200);
  });

  it('does not say anything if only its comments changed', async () => {
    const serving = await serve(configuration());
    const before = serving.stderr();
    await replace(serving, `# a word on it\n${configuration()}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(serving.stderr()).toBe(before);
  });

  it('is left alone with --no-watch until SIGHUP comes', async () => {
    const serving = await serve(configuration(), ['--no-watch']);
    await replace(serving, configuration({ decision: 'second' }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await ask(serving, 'alpha')).decision).toBe('first');
    serving.hangup();
    await expect.poll(() => serving.stderr()).toContain('Reloaded');
    expect((await ask(serving, 'alpha')).decision).toBe('second');
  });

  it('never costs a request, however often it changes under load', async () => {
    const serving = await serve(configuration({ decisions: 300 }));
    let over = false;
    const answers = new Map<string, number>();
    const client = async () => {
      while (!over) {
        const { status, decision } = await ask(serving, 'alpha');
        const key = `${status} ${decision}`;
        answers.set(key, (answers.get(key) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 16 }, client);
    const reloads = () => serving.stderr().split('Reloaded router.yaml').length - 1;
    for (let round = 1; round <= 6; round++) {
      await replace(serving, configuration({ decision: `round-${round}`, decisions: 300 }));
      await expect.poll(reloads, { timeout: 10_000 }).toBe(round);
    }
    over = true;
    await Promise.all(clients);
    const kinds = [...answers.keys()].sort();
    expect(kinds.every((kind) => /^200 (first|round-\d)$/.test(kind))).toBe(true);
    expect([...answers.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
  });
});
