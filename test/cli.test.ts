import { describe, expect, it } from 'vitest';
import { runCli } from './commands/run-cli.js';

describe('a command that takes no arguments', () => {
  it.each(['validate', 'serve'])('says how a configuration file is named: %s', async (command) => {
    const { code, stderr } = await runCli([command, 'config.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain('name a configuration file with --config FILE');
  });
});
