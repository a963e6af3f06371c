import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { init } from '../../src/commands/init.js';
import { presetNames } from '../../src/runtime/config/starter.js';
import type { Discovery } from '../../src/runtime/discovery/types.js';
import { runCli, temporaryFolder } from './run-cli.js';

const nothing: Discovery = { servers: [], keys: [] };
const model = (id: string, billions?: number, reasoningFamily?: string) => ({
  id,
  billions,
  reasoningFamily,
});
const plenty: Discovery = {
  servers: [
    {
      kind: 'ollama',
      label: 'Ollama',
      baseUrl: 'http://127.0.0.1:11434/v1',
      models: [model('qwen3:0.6b', 0.6, 'qwen3'), model('qwen3:8b', 8.2, 'qwen3'), model('odd: "name"', 30)],
    },
    { kind: 'vllm', label: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1', models: [model('qwen3:8b', 8)] },
  ],
  keys: [
    {
      vendor: 'openai',
      label: 'OpenAI',
      env: 'OPENAI_API_KEY',
      baseUrl: 'https://api.openai.com/v1',
      small: model('gpt-5-mini', undefined, 'gpt'),
      large: model('gpt-5', undefined, 'gpt'),
    },
  ],
};

interface World {
  discovery: Discovery | undefined;
  answers: unknown[];
  asked: string[];
}
const world = vi.hoisted((): World => ({ discovery: undefined, answers: [], asked: [] }));
vi.mock('../../src/runtime/discovery/discover.js', () => ({ discover: async () => world.discovery }));
vi.mock('@inquirer/prompts', () => {
  const prompt = async ({ message }: { message: string }) => {
    world.asked.push(message);
    const answer = world.answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { select: prompt, number: prompt };
});

const env = { OPENAI_API_KEY: 'sk-very-secret' };

beforeEach(() => {
  world.discovery = plenty;
  world.answers = [];
  world.asked = [];
});

describe('init --yes', () => {
  it('writes a file for what was found and says what to do next', async () => {
    const cwd = await temporaryFolder();
    expect(await runCli(['init', '--yes'], { cwd, env })).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Found:
        Ollama at http://127.0.0.1:11434/v1: qwen3:0.6b, qwen3:8b, odd: "name"
        vLLM at http://127.0.0.1:8000/v1: qwen3:8b@vllm
        OpenAI (OPENAI_API_KEY): gpt-5-mini, gpt-5
      ",
        "stdout": "Wrote config.yaml (preset balanced).
        general  qwen3:8b (Ollama)
        strong   gpt-5 (OpenAI)

      Next:
        vllm-sr serve
        curl http://127.0.0.1:8899/v1/chat/completions -H 'content-type: application/json' \\
          -d '{"model": "auto", "messages": [{"role": "user", "content": "Why is my loop slow?"}]}'
      ",
      }
    `);
    const [head] = (await readFile(join(cwd, 'config.yaml'), 'utf8')).split('routing:');
    expect(head).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=./vllm-sr.schema.json
      #
      # Every prompt is searched for signals; of the decisions whose rules match, the one with the highest
      # priority chooses the model. See why a prompt goes where it goes:
      #   vllm-sr classify --config config.yaml "Why does my Python script crash?"
      # \`vllm-sr validate --strict\` checks this file; \`vllm-sr serve\` takes a change over while it runs.
      version: v0.3

      listeners:
        - name: http-8899
          address: 127.0.0.1 # 0.0.0.0 lets other machines in; add api_keys then
          port: 8899
          timeout: 300s

      providers:
        defaults:
          model: "qwen3:8b" # answers when no decision matches
          reasoning_effort: medium
        models:
          - name: "qwen3:8b" # Ollama, 8.2 billion parameters
            reasoning: {family: qwen3}
            backend_refs:
              - {provider: ollama, base_url: "http://127.0.0.1:11434/v1"}
          - name: gpt-5 # OpenAI
            reasoning: {family: gpt}
            backend_refs:
              - {provider: openai, base_url: "https://api.openai.com/v1", api_key_env: OPENAI_API_KEY}

      "
    `);
    expect((await stat(join(cwd, 'vllm-sr.schema.json'))).size).toBeGreaterThan(1000);
  });

  it.each(presetNames.flatMap((preset) => [[preset, plenty] as const, [preset, nothing] as const]))(
    'preset %s passes strict validation',
    async (preset, discovery) => {
      world.discovery = discovery;
      const cwd = await temporaryFolder();
      expect((await runCli(['init', '--yes', '--preset', preset], { cwd, env })).code).toBe(0);
      expect(await runCli(['validate', '--strict'], { cwd, env })).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it('warns if private prompts have no model of their own, and sends them to no service', async () => {
    world.discovery = { ...plenty, servers: [] };
    const cwd = await temporaryFolder();
    const { stdout, stderr } = await runCli(['init', '--yes', '--preset', 'privacy-local'], { cwd, env });
    expect(stderr).toContain('Warning: no model of your own was found');
    expect(stdout).toContain('private  echo (built in: repeats the question)');
    expect((await runCli(['validate'], { cwd, env })).code).toBe(0);
  });

  it('never writes the value of a key', async () => {
    const cwd = await temporaryFolder();
    await runCli(['init', '--yes'], { cwd, env });
    const text = await readFile(join(cwd, 'config.yaml'), 'utf8');
    expect(text).toContain('api_key_env: OPENAI_API_KEY');
    expect(text).not.toContain('very-secret');
  });

  it('takes port and file, and names both in the next steps', async () => {
    const cwd = await temporaryFolder();
    const result = await runCli(['init', '-y', '--port', '9000', '--output', 'deep/down/my.yaml'], {
      cwd,
      env,
    });
    expect(result.stdout).toContain('vllm-sr serve --config deep/down/my.yaml');
    expect(result.stdout).toContain('http://127.0.0.1:9000/v1');
    expect(await readFile(join(cwd, 'deep/down/my.yaml'), 'utf8')).toContain('port: 9000');
  });
});

describe('an existing file', () => {
  it('is left alone', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'config.yaml'), 'mine');
    expect(await runCli(['init', '--yes'], { cwd, env })).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "Error: config.yaml exists already; it was left as it is.
      Hint: Use --force to overwrite it, or write elsewhere with --output FILE.
      ",
        "stdout": "",
      }
    `);
    expect(await readFile(join(cwd, 'config.yaml'), 'utf8')).toBe('mine');
  });

  it('is overwritten with --force', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'config.yaml'), 'mine');
    expect((await runCli(['init', '--yes', '--force'], { cwd, env })).code).toBe(0);
    expect(await readFile(join(cwd, 'config.yaml'), 'utf8')).toContain('version: v0.3');
  });
});

describe('questions', () => {
  it('are not asked without a terminal, and that is said', async () => {
    const cwd = await temporaryFolder();
    const { code, stderr } = await runCli(['init'], { cwd, env });
    expect(code).toBe(0);
    expect(stderr).toContain(
      'This is no terminal, so nothing is asked: the defaults are taken, as with --yes.',
    );
    expect(world.asked).toEqual([]);
  });

  it('decide preset, models and port', async () => {
    const cwd = await temporaryFolder();
    world.answers = ['privacy-local', 'qwen3:8b@vllm', 'gpt-5-mini', 9001];
    const { code, stdout } = await runCli(['init'], { cwd, env, interactive: true });
    expect(code).toBe(0);
    expect(world.asked).toMatchInlineSnapshot(`
      [
        "How shall prompts be routed?",
        "Which model of your own answers private prompts?",
        "Which model answers everyday questions?",
        "On which port shall clients connect?",
      ]
    `);
    expect(stdout).toContain('private  qwen3:8b@vllm (vLLM)');
    const text = await readFile(join(cwd, 'config.yaml'), 'utf8');
    expect(text).toContain('provider_model_id: "qwen3:8b"');
    expect(text).toContain('port: 9001');
  });

  it('are not asked for what the options say or where there is no choice', async () => {
    world.discovery = nothing;
    const cwd = await temporaryFolder();
    const { code } = await runCli(['init', '--preset', 'minimal', '-p', '9002'], { cwd, interactive: true });
    expect(code).toBe(0);
    expect(world.asked).toEqual([]);
  });

  it('end without a trace on Ctrl-C', async () => {
    const cwd = await temporaryFolder();
    world.answers = [Object.assign(new Error('closed'), { name: 'ExitPromptError' })];
    expect(await runCli(['init'], { cwd, env, interactive: true })).toMatchObject({
      code: 130,
      stdout: '',
      stderr: expect.stringContaining('Stopped: nothing was written.'),
    });
    await expect(stat(join(cwd, 'config.yaml'))).rejects.toThrow('ENOENT');
  });
});

describe('usage', () => {
  it('is explained', async () => {
    expect((await runCli(['init', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: vllm-sr init [options]

      write a config.yaml for the models found here, after a few questions

      Options:
        -y, --yes            ask nothing and take the defaults
        --preset <name>      set of routing rules to start with (choices: "balanced",
                             "cost-saver", "privacy-local", "minimal")
        -p, --port <number>  port for clients (default: 8899)
        -o, --output <file>  file to write (default: config.yaml)
        -f, --force          overwrite the file if it exists
        -h, --help           display help for command

      Examples:
        vllm-sr init
        vllm-sr init --yes --preset cost-saver
        vllm-sr init --output router/config.yaml --force
      "
    `);
  });

  it('offers the presets there are', () => {
    expect(init.options.preset).toMatchObject({ choices: presetNames });
  });

  it('names the presets when one does not exist', async () => {
    expect(await runCli(['init', '--preset', 'fancy'])).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: option '--preset <name>' argument 'fancy' is invalid. Allowed choices are balanced, cost-saver, privacy-local, minimal.
      (add --help for usage)
      ",
        "stdout": "",
      }
    `);
  });
});
