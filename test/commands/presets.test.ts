import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { echoCandidate, starterConfig } from '../../src/runtime/config/starter.js';
import { runCli, temporaryFolder } from './run-cli.js';

const candidate = (name: string) => ({ ...echoCandidate, name });

const prompts = [
  ['write to anna.schmidt@example.org', 'private'],
  ['my card 4111 1111 1111 1111 was charged twice', 'private'],
  ['DE89 3704 0044 0532 0130 00', 'private'],
  ['call me at +49 30 1234 5678', 'private'],
  ['my ssn is 078-05-1120', 'private'],
  ['-----BEGIN RSA PRIVATE KEY-----', 'private'],
  ['why is sk-abcdefghijklmnop1234 refused?', 'private'],
  ['password: hunter22', 'private'],
  ['what does my diagnosis mean?', 'private'],
  ['what is the capital of France?', 'general'],
  ['how do I hash a password in Python 3.12?', 'general'],
  ['in 2024, 12 of 100 had 3.5 points', 'general'],
] as const;

it('privacy-local keeps personal data and secrets on the private model, and nothing else', async () => {
  const cwd = await temporaryFolder();
  const models = new Map([['private', candidate('own')] as const, ['general', candidate('cloud')] as const]);
  const text = starterConfig({
    preset: 'privacy-local',
    models,
    port: 8899,
    fileName: 'c.yaml',
  });
  await writeFile(join(cwd, 'c.yaml'), text);
  const stdin = prompts.map(([prompt]) => JSON.stringify({ prompt })).join('\n');
  const { stdout } = await runCli(['classify', '--config', 'c.yaml', '--jsonl'], { cwd, stdin });
  const routed = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ original_text, routing_decision }) => [original_text, routing_decision]);
  expect(routed).toEqual(prompts);
});
