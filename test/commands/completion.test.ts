import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.js';
import { shells } from '../../src/commands/support/completion/shells.js';
import { runCli } from './run-cli.js';

/** What bash offers after `words`, the last of which is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout } = await runCli(['completion', 'bash']);
  const array = ['vllm-sr', ...words].map((word) => `'${word}'`).join(' ');
  const script = `${stdout}\nCOMP_WORDS=(${array}); COMP_CWORD=${words.length}; _vllm_sr; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('completion', () => {
  it.each(shells)('for %s names every command and option', async (shell) => {
    const { code, stdout } = await runCli(['completion', shell]);
    expect(code).toBe(0);
    for (const { path, options } of commands) {
      expect(stdout).toContain(path.join(' '));
      for (const name of Object.keys(options)) expect(stdout).toContain(name);
    }
  });

  it('offers the shells it has scripts for', () => {
    const choices = commands.find(({ path }) => path[0] === 'completion')?.arguments?.[0]?.choices;
    expect(choices).toEqual(shells);
  });

  it('takes the shell from $SHELL', async () => {
    expect((await runCli(['completion'], { env: { SHELL: '/usr/bin/zsh' } })).stdout).toMatch(
      /^#compdef vllm-sr\n/,
    );
  });

  it('says which shells it knows', async () => {
    expect(await runCli(['completion'], { env: { SHELL: '/bin/tcsh' } })).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "Error: $SHELL names no shell that completion is made for.
      Hint: Name one of bash, zsh, fish, powershell.
      ",
        "stdout": "",
      }
    `);
    expect(await runCli(['completion', 'tcsh'])).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish, powershell.
      (add --help for usage)
      ",
        "stdout": "",
      }
    `);
  });

  it('completes commands, options and choices in bash', async () => {
    expect(await offered('')).toEqual(
      expect.arrayContaining(['init', 'classify', 'eval', 'models', 'config', 'help']),
    );
    expect(await offered('config', '')).toEqual(['show', 'diff', 'migrate', 'schema']);
    expect(await offered('init', '--preset', 'm')).toEqual(['minimal']);
    expect(await offered('init', '--f')).toEqual(['--force']);
    expect(await offered('completion', 'z')).toEqual(['zsh']);
    expect(await offered('help', 'val')).toEqual(['validate']);
    // Left to bash itself, which completes paths.
    expect(await offered('init', '--output', '')).toEqual([]);
  });
});
