import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger, type LogLevel, requestLog } from '../../../src/runtime/telemetry/log.js';
import type { RequestRecord } from '../../../src/runtime/telemetry/record.js';

let folder = '';
let descriptor = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vsr-log-'));
  descriptor = openSync(join(folder, 'log'), 'w');
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});

function lines(): Record<string, unknown>[] {
  return readFileSync(join(folder, 'log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const record: RequestRecord = {
  requestId: 'r1',
  plan: undefined,
  requestedModel: 'auto',
  stream: false,
  status: 200,
  path: 'upstream',
  endpointHost: 'h:1',
  errorReason: undefined,
  routingMs: 0.12345,
  firstByteMs: 2,
  totalMs: 3,
  usage: { promptTokens: 1, completionTokens: 2 },
};

test('one line per request, failures as warnings', async () => {
  const logger = createLogger('info', descriptor);
  requestLog(logger).observe(record);
  requestLog(logger).observe({ ...record, status: 502, errorReason: 'upstream_broken' });
  await logger.flush();
  expect(lines()).toMatchObject([
    { level: 'info', msg: 'request', request_id: 'r1', status: 200, routing_ms: 0.123, prompt_tokens: 1 },
    { level: 'warn', msg: 'request', status: 502, error: 'upstream_broken' },
  ]);
});

test.each([
  ['warn', ['warn', 'error']],
  ['silent', []],
  ['debug', ['debug', 'info', 'warn', 'error']],
] as const)('level %s writes %j', async (level: LogLevel, written) => {
  const logger = createLogger(level, descriptor);
  for (const each of ['debug', 'info', 'warn', 'error'] as const) logger.log(each, 'm');
  await logger.flush();
  expect(lines().map((line) => line.level)).toEqual(written);
});

test('many lines arrive complete and in order', async () => {
  const logger = createLogger('info', descriptor);
  for (let index = 0; index < 5_000; index++) logger.log('info', 'm', { index });
  await logger.flush();
  expect(lines().map(({ index }) => index)).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
});
