import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { emptyPlan } from '../../../src/runtime/models/assignment.js';
import { RouterHolder } from '../../../src/runtime/proxy/router-holder.js';
import { createRouter } from '../../../src/runtime/selection/router.js';
import type { OwnModels } from '../../../src/runtime/server/own-models.js';
import { Reloader } from '../../../src/runtime/server/reload.js';
import { ConfigMetrics } from '../../../src/runtime/telemetry/config-metrics.js';
import { createLogger } from '../../../src/runtime/telemetry/log.js';
import { temporaryFolder } from '../../commands/run-cli.js';
import { upstream } from '../proxy/support.js';

const text = `version: v0.3
listeners: [{port: 8899}]
providers: {defaults: {model: echo}, models: [{name: echo, backend_refs: [{provider: echo}]}]}
routing:
  signals: {domains: [{name: law}]}
  decisions: [{name: legal, rules: {type: domain, name: law}, modelRefs: [{model: echo}]}]
`;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A reloader whose models are none; `opened` counts how often they were asked for. */
async function setup() {
  const folder = await temporaryFolder();
  const path = join(folder, 'router.yaml');
  await writeFile(path, text);
  const loaded = loadConfigText(text, 'router.yaml', {});
  const holder = new RouterHolder(createRouter(loaded, undefined));
  const counts = { opened: 0, closed: 0 };
  const none: OwnModels = {
    plan: emptyPlan,
    open: undefined,
    error: new Error('none'),
    announce: () => undefined,
    close: async () => {
      counts.closed += 1;
    },
  };
  const reloader = new Reloader({
    file: { path, shownAs: 'router.yaml', env: {} },
    started: loaded,
    overrides: {},
    holder,
    own: { models: none },
    opener: {
      plan: async () => emptyPlan,
      open: async () => {
        counts.opened += 1;
        return { ...none };
      },
    },
    logger: createLogger('silent'),
    metrics: new ConfigMetrics(loaded.hash),
  });
  closing.push(
    () => rm(folder, { recursive: true, force: true }),
    () => reloader.close(),
    () => holder.router.remote.close(),
  );
  return { reloader, holder, counts, path };
}

describe('a reload that somebody asks for', () => {
  it('reads everything anew, though one for a write to the file waits already', async () => {
    const { reloader, counts } = await setup();
    let goOn = (): void => undefined;
    const busy = reloader.exclusively(
      () =>
        new Promise<void>((resolve) => {
          goOn = resolve;
        }),
    );
    const outcomes = [reloader.reload('file'), reloader.reload('signal'), reloader.reload('file')];
    await Promise.resolve();
    goOn();
    await busy;
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ status: 'unchanged' });
    expect(counts.opened).toBe(1);
  });
});

describe('a file that is edited while the router starts', () => {
  it('is reloaded, and one that is as it was is not', async () => {
    const { reloader, holder, path } = await setup();
    expect(await reloader.reloadIfEdited()).toBeUndefined();
    await writeFile(path, text.replaceAll('legal', 'contracts'));
    expect(await reloader.reloadIfEdited()).toMatchObject({ status: 'reloaded' });
    expect(holder.router.loaded.config.decisions[0]?.name).toBe('contracts');
    expect(await reloader.reloadIfEdited()).toBeUndefined();
  });
});

describe('a router that is closed', () => {
  it('waits for no service that a reload wants to be ready', { timeout: 25_000 }, async () => {
    const { reloader, holder, counts, path } = await setup();
    const asked = vi.fn();
    const server = await upstream(asked);
    closing.push(() => server.close());
    const before = holder.router;
    const catalog = `{modules: {classifier: {mcp: {name: sorter, url: "http://127.0.0.1:${server.port}/mcp", timeout_seconds: 600}}}}`;
    await writeFile(path, `${text}global: {model_catalog: ${catalog}}\n`);
    const outcome = reloader.reload('file');
    await expect.poll(() => asked.mock.calls.length, { timeout: 20_000 }).toBeGreaterThan(0);
    await reloader.close();
    expect(await outcome).toMatchObject({ status: 'failed', error: { code: 'VSR_SHUTTING_DOWN' } });
    expect(counts.closed).toBeGreaterThan(0);
    expect(holder.router).toBe(before);
  });
});
