import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeFinding } from '../../src/commands/support/doctor/machine.js';
import type { DoctorReport } from '../../src/commands/support/doctor/report.js';
import { placed } from '../runtime/inference/published/support.js';
import { nothingThere, runCli, temporaryFolder } from './run-cli.js';

interface Setup {
  readonly upstream?: string;
  readonly system?: string;
  readonly rest?: string;
  readonly port?: number;
}

async function project({
  upstream = '127.0.0.1:9',
  system = '{}',
  rest = '',
  port = 0,
}: Setup): Promise<string> {
  const cwd = await temporaryFolder();
  await writeFile(
    join(cwd, 'config.yaml'),
    `version: v0.3
listeners: [{address: 127.0.0.1, port: ${port === 0 ? await freePort() : port}}]
providers: {models: [{name: m, backend_refs: [{endpoint: "${upstream}"}]}], defaults: {model: m}}
global:
  services: {management_api: {port: ${await freePort()}}}
  model_catalog: {system: ${system}}
${rest}`,
  );
  return cwd;
}

function listening(): Promise<{ readonly server: Server; readonly port: number; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    response.writeHead(401).end();
  });
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0, seen });
    }),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function examine(
  cwd: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly report: DoctorReport }> {
  const { code, stdout, stderr } = await runCli(['doctor', '--json', ...words], {
    cwd,
    env: { ...nothingThere, HF_HOME: join(cwd, 'hf'), ...env },
  });
  expect(stderr).toBe('');
  return { code, report: JSON.parse(stdout) };
}

function findings({ findings: all }: DoctorReport, area: string) {
  return all.filter((finding) => finding.area === area);
}

describe('doctor', () => {
  it('examines machine, configuration, ports and hub, offline without asking anybody', async () => {
    const { port, seen } = await listening();
    const cwd = await project({ upstream: `127.0.0.1:${port}` });
    const env = { HF_ENDPOINT: `http://127.0.0.1:${port}`, HF_TOKEN: 'hf_secret' };
    const { code, report } = await examine(cwd, ['--offline'], env);
    expect({ code, ok: report.ok, offline: report.offline }).toEqual({ code: 0, ok: true, offline: true });
    expect(report).toMatchObject({ node: process.versions.node, onnxruntime: '1.30.0', models: [] });
    expect(findings(report, 'machine').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Node.js', 'platform', 'ONNX Runtime', 'embedded models']),
    );
    expect(findings(report, 'ports').map(({ level }) => level)).toEqual(['ok', 'ok']);
    expect(findings(report, 'hub')).toMatchObject([
      { name: 'token', message: 'present' },
      { name: 'cache', level: 'ok' },
      { message: 'not asked: --offline' },
    ]);
    expect(findings(report, 'upstreams')).toEqual([]);
    expect(JSON.stringify(report)).not.toContain('hf_secret');
    expect(seen).toEqual([]);
  });

  it('asks hub and upstreams without credentials', async () => {
    const { port, seen } = await listening();
    const cwd = await project({ upstream: `127.0.0.1:${port}` });
    const env = { HF_ENDPOINT: `http://127.0.0.1:${port}/hub`, HF_TOKEN: 'hf_secret' };
    const { code, report } = await examine(cwd, [], env);
    expect(code).toBe(0);
    expect(findings(report, 'upstreams')).toMatchObject([
      { level: 'ok', message: 'answers (HTTP 401), for m' },
    ]);
    expect(seen.sort()).toEqual(['GET /v1/models', 'HEAD /hub']);
  });

  it('fails for an upstream that does not answer and a port that is taken', async () => {
    const { port } = await listening();
    const cwd = await project({ port });
    const { code, report } = await examine(cwd, [], { HF_HUB_OFFLINE: '1' });
    expect({ code, ok: report.ok }).toEqual({ code: 1, ok: false });
    expect(findings(report, 'ports')[0]).toMatchObject({
      level: 'failed',
      message: 'another process listens there',
      hint: expect.stringContaining('serve --port'),
    });
    expect(findings(report, 'upstreams')).toMatchObject([
      { level: 'failed', message: expect.stringMatching(/^does not answer, for m: /) },
    ]);
  });

  it('says what is wrong with a configuration, and examines the machine all the same', async () => {
    const cwd = await project({});
    await writeFile(join(cwd, 'config.yaml'), 'version: v0.3\nlisteners: 5\n');
    const { code, report } = await examine(cwd, ['--offline']);
    expect(code).toBe(1);
    expect(findings(report, 'configuration')).toMatchObject([
      { level: 'failed', message: expect.stringContaining('config.yaml:2:') },
    ]);
    expect(findings(report, 'machine').length).toBeGreaterThan(3);
  });

  it('measures the models that the configuration uses', async () => {
    const dir = placed('bert-domain');
    const cwd = await project({
      system: `{domain_classifier: ${JSON.stringify(dir)}, hallucination_detector: mom-halugate-detector}`,
      rest: `routing:
  signals: {domains: [{name: math}]}
  decisions: [{name: d, rules: {operator: AND, conditions: [{type: domain, name: math}]}, modelRefs: [{model: m}]}]
`,
    });
    const { code, report } = await examine(cwd, ['--offline']);
    expect(code).toBe(0);
    const [embedded, own] = report.models;
    expect(embedded).toMatchObject({ name: 'mom-embedded', provider: 'cpu', state: 'ready' });
    expect(own).toMatchObject({
      name: 'bert-domain',
      replaces: 'mom-domain-classifier',
      provider: 'cpu',
      maxTokens: 600,
      source: 'folder',
    });
    for (const { times, loadMs } of [embedded, own].flatMap((model) => model ?? [])) {
      expect(loadMs).toBeGreaterThan(0);
      expect(times).toHaveLength(2);
      expect(Math.abs((times[0]?.tokens ?? 0) - 64)).toBeLessThan(16);
      expect(times[1]?.tokens).toBeGreaterThan(400);
    }
    expect(findings(report, 'models')).toMatchObject([
      {
        name: 'mom-halugate-detector',
        level: 'warning',
        hint: 'vllm-sr models pull mom-halugate-detector',
      },
      { name: 'mom-embedded', level: 'ok' },
      { name: 'bert-domain', level: 'ok', message: expect.stringContaining('in the place of') },
    ]);
  });

  it('fails for a model that cannot run and for which nobody may answer', async () => {
    const dir = placed('bert-domain');
    await writeFile(join(dir, 'tokenizer.json'), '{}');
    const system = `{domain_classifier: ${JSON.stringify(dir)}}`;
    const spared = await examine(await project({ system }), ['--offline']);
    expect(spared.code).toBe(0);
    expect(findings(spared.report, 'models')[0]).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(
        /tokenizer\.json.*The embedded mom-domain-classifier answers instead\.$/,
      ),
    });
    const cwd = await project({ system: `${system}, fallback: none` });
    const { code, report } = await examine(cwd, ['--offline']);
    expect(code).toBe(1);
    expect(findings(report, 'models')[0]?.level).toBe('failed');
  });

  it('says nothing twice, and puts every line under its finding', async () => {
    const dir = placed('bert-domain');
    const system = `{domain_classifier: ${JSON.stringify(dir)}, hallucination_detector: mom-halugate-detector}`;
    const print = async (cwd: string) =>
      (await runCli(['doctor', '--offline'], { cwd, env: { HF_HOME: cwd } })).stdout;
    const text = await print(await project({ system }));
    expect(text).toContain('  mom-halugate-detector: is not downloaded. The embedded');
    expect(text).toMatch(/ bert-domain: runs on cpu, in the place of the embedded mom-domain-classifier\n/);
    const wrong = await print(await project({ system: '{domain_classifier: mom-pii-classifier}' }));
    expect(wrong).toMatch(/failed +config\.yaml: 1 error:\n {11}config\.yaml:\d+:\d+ error: /);
  });

  it('prints a report for people', async () => {
    const cwd = await project({});
    const { code, stdout } = await runCli(['doctor', '--offline'], { cwd, env: { HF_HOME: cwd } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Machine\n {2}ok +Node\.js: \d/);
    expect(stdout).toMatch(/\nPorts\n.*: free\n/);
    expect(stdout).toMatch(/\nEverything that is needed works\.\n$/);
  });
});

it('an old Node.js is told what to install', () => {
  expect(nodeFinding('18.20.4', '>=20.18.1')).toMatchObject({
    level: 'failed',
    hint: 'Install Node.js 20.18.1 or newer.',
  });
  expect(nodeFinding('20.18.0', '>=20.18.1').level).toBe('failed');
  expect(nodeFinding('20.18.1', '>=20.18.1').level).toBe('ok');
  expect(nodeFinding('22.0.0', '>=20.18.1').level).toBe('ok');
});
