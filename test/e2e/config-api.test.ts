// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
/**
 * The configuration over HTTP, as a dashboard or a script uses it.
 */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../support/serving.js';

const text = `# our router
version: v0.3
listeners:
  - {name: main, address: 127.0.0.1, port: 8899, api_keys: [client-key]} # for the apps
providers:
  defaults: {model: echo}
  models:
    - name: echo
      backend_refs: [{provider: echo}]
    - name: far # abroad
      backend_refs:
        - {endpoint: "127.0.0.1:9", api_key: sk-far}
        - {endpoint: "127.0.0.1:10", api_key: "$\{FAR_KEY}"}
routing:
  signals:
    keywords:
      # words of programmers
      - {name: code, operator: OR, keywords: [rust, python]}
  decisions:
    # programs go first
    - name: programs
      priority: 10 # high
      rules: {type: keyword, name: code}
      modelRefs: [{model: echo}]
`;

const env = { FAR_KEY: 'sk-variable' };

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function call(
  { management }: Serving,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(`${management}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const answer = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(answer) : answer,
  };
}

async function decided({ endpoint }: Serving, content: string): Promise<string | null> {
  const response = await fetch(`${endpoint}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer client-key' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }] }),
  });
  await response.arrayBuffer();
  return response.headers.get('x-vsr-selected-decision');
}

function onDisk({ folder }: Serving): Promise<string> {
  return readFile(join(folder, 'router.yaml'), 'utf8');
}

describe('reading', () => {
  it('gives the file without secrets, with its tag; the names of variables are none', async () => {
    const serving = await serve(text, [], env);
    const { status, headers, body } = await call(serving, 'GET', '/config/router');
    expect(status).toBe(200);
    expect(headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect(body).toMatchObject({
      listeners: [{ api_keys: ['***'] }],
      providers: {
        models: [{}, { backend_refs: [{ api_key: '***' }, { api_key: '${FAR_KEY}' }] }],
      },
    });
    expect(JSON.stringify(body)).not.toContain('sk-');
    const yaml = await call(serving, 'GET', '/config/router?format=yaml');
    expect(yaml.body).toContain('# words of programmers');
    expect(yaml.body).not.toContain('sk-');
    expect((await call(serving, 'GET', '/config/router?secrets=true')).status).toBe(403);
  });

  it('tells whether the file is in force', async () => {
    const serving = await serve(text, ['--no-watch'], env);
    const { body: before } = await call(serving, 'GET', '/config/hash');
    expect(before).toMatchObject({ status: 'active' });
    await writeFile(join(serving.folder, 'router.yaml'), text.replace('priority: 10', 'priority: 11'));
    expect((await call(serving, 'GET', '/config/hash')).body).toMatchObject({ status: 'pending' });
    await writeFile(join(serving.folder, 'router.yaml'), text.replace('priority: 10', 'priority: ten'));
    expect((await call(serving, 'GET', '/config/hash')).body).toMatchObject({
      status: 'unknown',
      hash: null,
    });
    const failed = await call(serving, 'POST', '/config/router/reload');
    expect(failed).toMatchObject({ status: 400, body: { error: { code: 'CONFIG_VALIDATION_ERROR' } } });
  });
});

describe('reading while the file is broken', () => {
  const broken = `${text}  oops: [\n`;
  const wrong = text.replace('name: code}\n', 'name: coed}\n');

  it('gives what is in force, and says so; the tag is that of the file', async () => {
    const serving = await serve(text, ['--no-watch'], env);
    const before = await call(serving, 'GET', '/config/router');
    expect(before.headers.get('x-vsr-config-source')).toBe('file');
    expect(before.headers.get('x-vsr-config-status')).toBe('active');
    await writeFile(join(serving.folder, 'router.yaml'), broken);
    const after = await call(serving, 'GET', '/config/router');
    expect(after).toMatchObject({ status: 200, body: before.body });
    expect(after.headers.get('x-vsr-config-source')).toBe('running');
    expect(after.headers.get('x-vsr-config-status')).toBe('unknown');
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    const yaml = await call(serving, 'GET', '/config/router?format=yaml');
    expect(yaml.body).toContain('# words of programmers');
    expect(yaml.body).not.toContain('sk-');
    const { body } = await call(serving, 'GET', '/config/hash');
    expect(body).toMatchObject({ status: 'unknown', diagnostics: [{ severity: 'error', line: 26 }] });
    // What was read can be sent back, secrets included.
    const repaired = await call(
      serving,
      'PUT',
      '/config/router',
      { yaml: yaml.body },
      { 'if-match': after.headers.get('etag') ?? '' },
    );
    expect(repaired.status).toBe(200);
    expect(await onDisk(serving)).toContain('api_key: sk-far');
  });

  it('gives the file where that has values, and says that it is not in force', async () => {
    const serving = await serve(text, ['--no-watch'], env);
    await writeFile(join(serving.folder, 'router.yaml'), wrong);
    const { headers, body } = await call(serving, 'GET', '/config/router');
    expect(headers.get('x-vsr-config-source')).toBe('file');
    expect(headers.get('x-vsr-config-status')).toBe('unknown');
    expect(JSON.stringify(body)).toContain('coed');
    expect((await call(serving, 'GET', '/config/hash')).body).toMatchObject({
      diagnostics: [{ message: 'unknown keyword signal `coed`' }],
    });
  });

  it('refuses to change a part, and can write what is in force', async () => {
    const serving = await serve(text, ['--no-watch'], env);
    await writeFile(join(serving.folder, 'router.yaml'), broken);
    const patch = await call(serving, 'PATCH', '/config/router', { yaml: 'routing: {strategy: confidence}' });
    expect(patch).toMatchObject({ status: 409, body: { error: { code: 'CONFIG_BROKEN' } } });
    const { status, body } = await call(serving, 'POST', '/config/rollback', { version: 'running' });
    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'success' } });
    expect(await onDisk(serving)).toBe(text);
    const versions = await call(serving, 'GET', '/config/router/versions');
    expect(versions.body).toHaveLength(1);
  });
});

describe('a file that is gone', () => {
  const gone = async () => {
    const serving = await serve(text, ['--no-watch'], env);
    await rm(join(serving.folder, 'router.yaml'));
    return serving;
  };

  it.each([
    ['PUT', '/config/router', { yaml: text }],
    ['POST', '/config/router/rollback', { version: 'running' }],
  ])('is written anew by %s %s', async (method, path, fields) => {
    const serving = await gone();
    const { status, body } = await call(serving, method, path, fields);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { version: null, message: 'The change is in force. There was no file.' },
    });
    expect(await onDisk(serving)).toBe(text);
    // It may hold secrets, and nobody knows any more who was to read them.
    const { mode } = await stat(join(serving.folder, 'router.yaml'));
    if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o600);
    expect((await call(serving, 'GET', '/config/router/versions')).body).toEqual([]);
  });

  it('can be replaced by what is shown of it, secrets included', async () => {
    const serving = await gone();
    const shown = await call(serving, 'GET', '/config/router?format=yaml');
    expect((await call(serving, 'PUT', '/config/router', { yaml: shown.body })).status).toBe(200);
    expect(await onDisk(serving)).toBe(text);
  });

  it('takes no part, and no change for one that was seen before', async () => {
    const serving = await gone();
    const patch = await call(serving, 'PATCH', '/config/router', { yaml: 'routing: {strategy: confidence}' });
    expect(patch).toMatchObject({
      status: 409,
      body: { error: { code: 'CONFIG_BROKEN', message: expect.stringContaining('router.yaml is gone') } },
    });
    const tag = { 'if-match': `"${'0'.repeat(64)}"` };
    expect((await call(serving, 'PUT', '/config/router', { yaml: text }, tag)).status).toBe(412);
    await expect(onDisk(serving)).rejects.toThrow('ENOENT');
  });
});

describe('system prompts', () => {
  it('are read and changed by the names of decisions, and in force at once', async () => {
    const serving = await serve(text, [], env);
    expect((await call(serving, 'GET', '/config/system-prompts')).body).toEqual({ system_prompts: [] });
    const { headers } = await call(serving, 'GET', '/config/router');
    const prompts = { system_prompts: [{ decision: 'programs', prompt: 'Write tests.', mode: 'replace' }] };
    const ifMatch = { 'if-match': headers.get('etag') ?? '' };
    const { status, body } = await call(serving, 'PUT', '/config/system-prompts', prompts, ifMatch);
    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'success' } });
    expect((await call(serving, 'PUT', '/config/system-prompts', prompts, ifMatch)).status).toBe(412);
    expect((await call(serving, 'GET', '/config/system-prompts')).body).toEqual({
      system_prompts: [{ decision: 'programs', prompt: 'Write tests.', enabled: true, mode: 'replace' }],
    });
    expect(await onDisk(serving)).toContain('    # programs go first\n    - name: programs\n');
    const off = { decision: 'programs', enabled: false };
    expect((await call(serving, 'PUT', '/config/system-prompts', off)).status).toBe(200);
    expect((await call(serving, 'GET', '/config/system-prompts')).body).toMatchObject({
      system_prompts: [{ prompt: 'Write tests.', enabled: false }],
    });
    const away = { decision: 'programs', prompt: null };
    expect((await call(serving, 'PUT', '/config/system-prompts', away)).status).toBe(200);
    expect(await onDisk(serving)).toBe(text);
  });

  it.each([
    [{ system_prompts: [{ decision: 'program', prompt: 'x' }] }, 'system_prompts[0].decision'],
    [{ system_prompts: [{ decision: 'programs', mode: 'append' }] }, 'system_prompts[0].mode'],
    [{ decision: 'programs', promt: 'x' }, undefined],
    [{}, 'decision'],
  ])('are refused with the field: %j', async (fields, field) => {
    const serving = await serve(text, [], env);
    const { status, body } = await call(serving, 'PUT', '/config/system-prompts', fields);
    const error = { code: 'INVALID_INPUT', ...(field !== undefined && { field }) };
    expect({ status, body }).toMatchObject({ status: 400, body: { error } });
    expect(await onDisk(serving)).toBe(text);
  });

  it('without a text are refused with the place in the file', async () => {
    const serving = await serve(text, [], env);
    const empty = { decision: 'programs', prompt: ' ' };
    expect(await call(serving, 'PUT', '/config/system-prompts', empty)).toMatchObject({
      status: 400,
      body: { error: { code: 'CONFIG_VALIDATION_ERROR' } },
    });
    expect(await onDisk(serving)).toBe(text);
  });
});

describe('checking', () => {
  it('writes nothing and finds what is wrong, with its place', async () => {
    const serving = await serve(text, [], env);
    const good = await call(serving, 'POST', '/config/router/validate', { yaml: text });
    expect(good).toMatchObject({ status: 200, body: { valid: true } });
    const bad = await call(serving, 'POST', '/config/router/validate', {
      yaml: text.replace('name: code}\n', 'name: coed}\n'),
    });
    expect(bad).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'CONFIG_VALIDATION_ERROR',
          diagnostics: expect.arrayContaining([
            expect.objectContaining({ line: 23, message: 'unknown keyword signal `coed`' }),
          ]),
        },
      },
    });
    expect(await onDisk(serving)).toBe(text);
  });
});

describe('a patch', () => {
  it('is merged, in force at once, and leaves comments and secrets alone', async () => {
    const serving = await serve(text, [], env);
    const yaml =
      'routing: {decisions: [{name: programs, priority: 20, rules: {type: keyword, name: code}, modelRefs: [{model: echo}]}, {name: rest, modelRefs: [{model: echo}]}]}';
    const { status, body, headers } = await call(serving, 'PATCH', '/config/router', { yaml });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: 'success', runtime_status: 'active', restart_required: [] },
    });
    const written = await onDisk(serving);
    expect(written).toContain('# our router');
    expect(written).toContain('    # programs go first\n    - name: programs\n      priority: 20 # high\n');
    expect(written).toContain('      # words of programmers\n');
    expect(written).toContain('api_key: sk-far');
    expect(written).toContain('${FAR_KEY}');
    expect(await decided(serving, 'anything')).toBe('rest');
    const again = await call(serving, 'GET', '/config/router');
    expect(again.headers.get('etag')).toBe(headers.get('etag'));
  });

  it('of YAML or of JSON removes with null', async () => {
    const serving = await serve(text, [], env);
    const asYaml = { 'content-type': 'application/yaml' };
    expect(
      (
        await call(
          serving,
          'PATCH',
          '/config/router',
          'providers: {defaults: {reasoning_effort: low}}',
          asYaml,
        )
      ).status,
    ).toBe(200);
    expect(await onDisk(serving)).toContain('reasoning_effort: low');
    const asJson = { 'content-type': 'application/merge-patch+json' };
    const patch = { providers: { defaults: { reasoning_effort: null } } };
    expect((await call(serving, 'PATCH', '/config/router', patch, asJson)).status).toBe(200);
    expect(await onDisk(serving)).toBe(text);
  });

  it('that is wrong changes nothing', async () => {
    const serving = await serve(text, [], env);
    const { status, body } = await call(serving, 'PATCH', '/config/router', {
      yaml: 'routing: {strategy: random}',
    });
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: { code: 'CONFIG_VALIDATION_ERROR' } },
    });
    expect(await onDisk(serving)).toBe(text);
    expect((await call(serving, 'GET', '/config/router/versions')).body).toEqual([]);
  });

  it.each([
    ['&a {routing: *a}', 'the patch:1:14 error: alias `*a` refers to no anchor before it'],
    [`routing: ${'['.repeat(9000)}`, 'nested deeper than 100 levels'],
    ['routing: {strategy: [}', 'the patch:1:'],
    ['- routing', 'a patch'],
    [' ', '`yaml` is required'],
  ])('that is no mapping of finite size is refused with the place: %.20j', async (yaml, problem) => {
    const serving = await serve(text, [], env);
    expect(await call(serving, 'PATCH', '/config/router', { yaml })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(problem) } },
    });
    const depth = 101;
    const deep = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    const asJson = { 'content-type': 'application/merge-patch+json' };
    expect(await call(serving, 'PATCH', '/config/router', deep, asJson)).toMatchObject({
      status: 400,
      body: { error: { message: 'The patch is nested deeper than 100 levels.' } },
    });
    expect(await onDisk(serving)).toBe(text);
  });

  it('of what needs a restart is refused by name, unless that is wanted', async () => {
    const serving = await serve(text, [], env);
    const yaml = 'global: {services: {management_api: {bind_address: 127.0.0.2}}}';
    const { status, body } = await call(serving, 'PATCH', '/config/router', { yaml });
    expect({ status, body }).toMatchObject({
      status: 409,
      body: {
        error: {
          code: 'RESTART_REQUIRED',
          message: expect.stringContaining('`global.services.management_api.bind_address`'),
        },
      },
    });
    expect(await onDisk(serving)).toBe(text);
    const later = await call(serving, 'PATCH', '/config/router?allow_restart=true', { yaml });
    expect(later).toMatchObject({
      status: 200,
      body: {
        restart_required: [{ path: 'global.services.management_api.bind_address', wanted: '127.0.0.2' }],
      },
    });
  });

  it('brings a file of an older layout up to date', async () => {
    const old = `version: v0.1
listeners: [{name: main, address: 127.0.0.1, port: 8899}]
# all of it
decisions:
  - {name: all, description: all, priority: 1, rules: {operator: AND, conditions: []}, modelRefs: [{model: echo}]}
providers:
  default_model: echo
  models: [{name: echo, backend_refs: [{provider: echo}]}]
`;
    const serving = await serve(old);
    expect(
      (await call(serving, 'PATCH', '/config/router', { yaml: 'routing: {strategy: confidence}' })).status,
    ).toBe(200);
    const written = await onDisk(serving);
    expect(written).toContain('version: v0.3');
    expect(written).toContain('# all of it');
    expect(written).toContain('strategy: confidence');
  });

  it('may use the names that the file had when it was read', async () => {
    const serving = await serve(`version: v0.3
listeners: [{name: main, address: 127.0.0.1, port: 8899}]
providers:
  defaults: {default_model: one}
  models: [{name: one, backend_refs: [{provider: echo}]}, {name: two, backend_refs: [{provider: echo}]}]
`);
    const patch = 'providers: {defaults: {default_model: two}}';
    expect(await call(serving, 'PATCH', '/config/router', { yaml: patch })).toMatchObject({
      status: 200,
      body: { diagnostics: [] },
    });
    expect(await onDisk(serving)).toContain('defaults: {default_model: two}');
    const removed = 'providers: {defaults: {default_model: null}}';
    expect((await call(serving, 'PATCH', '/config/router', { yaml: removed })).status).toBe(200);
    expect(await onDisk(serving)).not.toContain('two}');
  });
});

describe('a replacement', () => {
  it('of what was read puts the secrets back', async () => {
    const serving = await serve(text, [], env);
    const { body } = await call(serving, 'GET', '/config/router?format=yaml');
    const changed = String(body).replace('priority: 10', 'priority: 30');
    expect(changed).toContain('***');
    const { status } = await call(serving, 'PUT', '/config/router', { yaml: changed });
    expect(status).toBe(200);
    expect(await onDisk(serving)).toBe(text.replace('priority: 10', 'priority: 30'));
  });

  it('by what the file says already puts that in force if it was not', async () => {
    const serving = await serve(text, ['--no-watch'], env);
    const edited = text.replace('name: programs', 'name: coding');
    await writeFile(join(serving.folder, 'router.yaml'), edited);
    expect(await decided(serving, 'rust')).toBe('programs');
    const put = () => call(serving, 'PUT', '/config/router', { yaml: edited });
    expect(await put()).toMatchObject({
      status: 200,
      body: { version: null, message: 'The file was like that already, and is in force now.' },
    });
    expect(await decided(serving, 'rust')).toBe('coding');
    expect((await put()).body).toMatchObject({ message: 'Nothing changed.' });
  });

  it('with a secret that nobody knows is refused', async () => {
    const serving = await serve(text, [], env);
    const yaml = text.replace('provider: echo}', 'provider: echo, api_key: "***"}');
    const { status, body } = await call(serving, 'PUT', '/config/router', { yaml });
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: { code: 'INVALID_INPUT', field: 'providers.models[0].backend_refs[0].api_key' } },
    });
    // With one of two keys gone it is not clear which one is meant.
    const keys = text.replace('[client-key]', '[client-key, other-key]');
    expect((await call(serving, 'PUT', '/config/router', { yaml: keys })).status).toBe(200);
    const one = keys.replace('[client-key, other-key]', '["***"]');
    expect((await call(serving, 'PUT', '/config/router', { yaml: one })).status).toBe(400);
  });

  it('of what has changed meanwhile is refused', async () => {
    const serving = await serve(text, [], env);
    const { headers } = await call(serving, 'GET', '/config/router');
    const etag = headers.get('etag') ?? '';
    const first = text.replace('priority: 10', 'priority: 11');
    expect((await call(serving, 'PUT', '/config/router', { yaml: first }, { 'if-match': etag })).status).toBe(
      200,
    );
    const { status, body } = await call(
      serving,
      'PUT',
      '/config/router',
      { yaml: text },
      { 'if-match': etag },
    );
    expect({ status, body }).toMatchObject({ status: 412, body: { error: { code: 'CONFIG_CHANGED' } } });
    expect(await onDisk(serving)).toBe(first);
  });

  it('needs If-Match where the file says so', async () => {
    const strict = `${text}global: {services: {management_api: {require_if_match: true}}}\n`;
    const serving = await serve(strict, [], env);
    const { status, body } = await call(serving, 'PUT', '/config/router', { yaml: text });
    expect({ status, body }).toMatchObject({
      status: 428,
      body: { error: { code: 'PRECONDITION_REQUIRED' } },
    });
  });

  it('by two at once leaves one of them in force, whole', async () => {
    const serving = await serve(text, [], env);
    const texts = Array.from({ length: 8 }, (_, at) => text.replace('priority: 10', `priority: ${100 + at}`));
    const replies = await Promise.all(texts.map((yaml) => call(serving, 'PUT', '/config/router', { yaml })));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(texts).toContain(await onDisk(serving));
    expect((await call(serving, 'GET', '/config/hash')).body).toMatchObject({ status: 'active' });
  });
});

describe('versions', () => {
  it('are kept, ten of them, and can be put in force again', async () => {
    const serving = await serve(text, [], env);
    for (let round = 1; round <= 12; round++) {
      await call(serving, 'PUT', '/config/router', {
        yaml: text.replace('priority: 10', `priority: ${round + 10}`),
      });
    }
    const { body } = await call(serving, 'GET', '/config/router/versions');
    const versions = Array.isArray(body) ? body : [];
    expect(versions).toHaveLength(10);
    expect(versions[0]).toMatchObject({
      version: expect.stringMatching(/^\d{8}-\d{6}(-\d{3})?$/),
      source: 'api',
    });
    expect(versions.map(({ version }) => version)).toEqual(
      versions.map(({ version }) => version).sort((a, b) => (a < b ? 1 : -1)),
    );
    const oldest = versions.at(-1);
    const { status } = await call(serving, 'POST', '/config/router/rollback', { version: oldest?.version });
    expect(status).toBe(200);
    expect(await onDisk(serving)).toContain('priority: 12 # high');
    const { body: after } = await call(serving, 'GET', '/config/versions');
    expect(Array.isArray(after) ? after[0] : undefined).toMatchObject({ source: 'rollback' });
    const backups = join(serving.folder, '.vllm-sr', 'config-backups');
    expect((await readdir(backups)).filter((name) => name.endsWith('.yaml'))).toHaveLength(10);
    if (process.platform !== 'win32') {
      const [name = ''] = await readdir(backups);
      expect((await stat(join(backups, name))).mode & 0o077).toBe(0);
    }
    const none = await call(serving, 'POST', '/config/rollback', { version: '../../etc/passwd' });
    expect(none).toMatchObject({ status: 404, body: { error: { code: 'VERSION_NOT_FOUND' } } });
  });
});

describe('who may change', () => {
  const withTokens = `${text}global:
  services:
    management_api:
      auth:
        tokens: [{env: READER}, {env: WRITER, role: operator}, {env: ROOT, role: admin}]
`;
  const tokens = { ...env, READER: 'reads', WRITER: 'writes', ROOT: 'sees' };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('is said by tokens', async () => {
    const serving = await serve(withTokens, [], tokens);
    expect((await call(serving, 'GET', '/config/router')).status).toBe(401);
    expect((await call(serving, 'GET', '/metrics', undefined, bearer('wrong'))).status).toBe(401);
    expect((await call(serving, 'GET', '/health')).status).toBe(200);
    expect((await call(serving, 'GET', '/config/router', undefined, bearer('reads'))).status).toBe(200);
    const yaml = withTokens.replace('priority: 10', 'priority: 12');
    expect((await call(serving, 'PUT', '/config/router', { yaml }, bearer('reads'))).status).toBe(403);
    expect((await call(serving, 'PUT', '/config/router', { yaml }, bearer('writes'))).status).toBe(200);
    const { body } = await call(serving, 'GET', '/config/router?secrets=true', undefined, bearer('sees'));
    expect(JSON.stringify(body)).toContain('sk-far');
  });

  it('is nobody from a page or a name of elsewhere', async () => {
    const serving = await serve(text, [], env);
    const yaml = text.replace('priority: 10', 'priority: 12');
    const origin = { origin: 'https://evil.example' };
    expect((await call(serving, 'PUT', '/config/router', { yaml }, origin)).status).toBe(403);
    // A name that its owner lets point to 127.0.0.1.
    const status = await new Promise((resolve, reject) => {
      const body = JSON.stringify({ yaml });
      const { port } = new URL(serving.management);
      const headers = { host: `rebound.example:${port}`, 'content-length': Buffer.byteLength(body) };
      request({ port, host: '127.0.0.1', method: 'PUT', path: '/config/router', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end(body);
    });
    expect(status).toBe(403);
    const own = { origin: 'http://localhost:3000' };
    expect((await call(serving, 'PUT', '/config/router', { yaml }, own)).status).toBe(200);
  });

  it('is nobody if the port is open to others and there is no token', async () => {
    const open = `${text}global: {services: {management_api: {bind_address: 0.0.0.0}}}\n`;
    const serving = await serve(open, [], env);
    expect((await call(serving, 'GET', '/config/router')).status).toBe(200);
    const { status, body } = await call(serving, 'PUT', '/config/router', { yaml: open });
    expect({ status, body }).toMatchObject({
      status: 403,
      body: { error: { code: 'FORBIDDEN', message: expect.stringContaining('auth: {mode: bearer') } },
    });
  });
});

describe('without a file', () => {
  it('there is nothing to change', async () => {
    const serving = await serve(text, ['--embedded'], env);
    expect((await call(serving, 'GET', '/config/router')).status).toBe(200);
    const { status, body } = await call(serving, 'PUT', '/config/router', { yaml: text });
    expect({ status, body }).toMatchObject({ status: 409, body: { error: { code: 'CONFIG_NOT_WRITABLE' } } });
  });
});
