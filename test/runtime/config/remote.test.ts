import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { printConfig } from '../../../src/runtime/config/print.js';
import { judge, lines } from '../../acceptance/support.js';

const file = (catalog: string, routing = '{}') => `version: v0.3
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: h}]}]}
routing: ${routing}
global: {model_catalog: ${catalog}}
`;

const external = (fields: string) =>
  file(`{external: [{model_role: preference, llm_model_name: q, ${fields}}]}`);
const mcp = (fields: string) => file(`{modules: {classifier: {mcp: ${fields}}}}`);

const remote = (text: string, env = {}) => loadConfigText(text, 'c', env).config.remote;

describe('external models', () => {
  it.each([
    ['{address: 10.0.0.1, port: 8000}', 'http://10.0.0.1:8000/v1/chat/completions'],
    ['{address: llm.example, protocol: https}', 'https://llm.example/v1/chat/completions'],
    ['{base_url: "https://api.example/v1"}', 'https://api.example/v1/chat/completions'],
    ['{address: "::1", port: 8000}', 'http://[::1]:8000/v1/chat/completions'],
  ])('are asked at %s', (endpoint, url) => {
    expect(remote(external(`llm_endpoint: ${endpoint}`))?.models[0]?.url).toBe(url);
  });

  it('may be written as the first release wrote them', () => {
    const text = `version: v0.1
listeners: [{name: l, address: 0.0.0.0, port: 8899, timeout: 300s}]
providers:
  external_models: [{role: preference, provider: vllm, endpoint: judge, model_name: q, timeout_seconds: 30, parser_type: json}]
  models: [{name: m, endpoints: [{name: e, weight: 1, endpoint: h}]}]
  default_model: m
`;
    expect(remote(text)?.models).toEqual([
      expect.objectContaining({
        name: 'q',
        role: 'preference',
        url: 'http://judge:8000/v1/chat/completions',
        timeoutMs: 30_000,
      }),
    ]);
    expect(lines(judge(text), 'warning').join()).not.toContain('external');
  });

  it('have names, keys and limits', () => {
    const text = external(
      'llm_endpoint: {address: h}, name: judge, api_key_env: KEY, access_key: other, llm_timeout_seconds: 3, cache_ttl_seconds: 0',
    );
    expect(remote(text, { KEY: 'k' })?.models[0]).toMatchObject({
      name: 'judge',
      model: 'q',
      apiKey: 'k',
      timeoutMs: 3000,
      cacheTtlMs: 0,
    });
    expect(remote(text)?.models[0]?.apiKey).toBe('other');
    expect(printConfig(loadConfigText(text, 'c', {}))).not.toContain('other');
  });

  it('do not decide preferences where the comparison with examples is asked for', () => {
    const text = file(
      '{external: [{model_role: preference, llm_model_name: q, llm_endpoint: {address: h}}], modules: {classifier: {preference: {use_contrastive: true}}}}',
    );
    expect(remote(text)?.models).toEqual([]);
  });

  it.each([
    ['endpoint: h, llm_endpoint: {address: h}', '`llm_endpoint` and `endpoint` are two names'],
    ['name: x', 'the external model has no `llm_endpoint`'],
    ['endpoint: "http//h"', 'endpoint'],
    ['llm_endpoint: {}', 'the endpoint has neither `address` nor `base_url`'],
    ['llm_endpoint: {base_url: api.example}', '`base_url`: found `api.example`; expected a full URL'],
    ['llm_endpoint: {address: "a b"}', 'it holds a space'],
    ['llm_endpoint: {adress: h}', 'unknown key `adress`'],
  ])('are refused with %s', (fields, message) => {
    expect(lines(judge(external(fields))).join('\n')).toContain(message);
  });

  it('say what is not used of them', () => {
    const text = file(
      '{external: [{model_role: scoring, llm_model_name: q, llm_endpoint: {address: h}, parser_type: qwen3guard, api_key_env: NONE}]}',
    );
    const said = lines(judge(text), 'warning').join('\n');
    expect(said).toContain('external models of role `scoring` are not available');
    expect(said).toContain('`parser_type` is not used');
    expect(said).toContain('`NONE` is not set');
  });

  const guard = (rule: string, more = '') =>
    file(
      `{external: [{name: g, model_role: guardrail, llm_model_name: q, llm_endpoint: {address: h}${more}}]}`,
      `{signals: {jailbreak: [{name: jb${rule}}]}, decisions: [{name: d, rules: {type: jailbreak, name: jb}, modelRefs: [{model: m}]}]}`,
    );

  it('guard with a threshold and a way to read their verdicts', () => {
    expect(remote(guard(', method: llm'))?.models[0]?.guard).toEqual({ parser: 'auto', threshold: 0.7 });
    const text = guard(', method: llm, model: g', ', parser_type: qwen3guard, threshold: 0.5');
    expect(remote(text)?.models[0]?.guard).toEqual({ parser: 'qwen3guard', threshold: 0.5 });
    expect(lines(judge(text), 'warning')).toEqual([]);
    expect(lines(judge(guard(', method: llm', ', parser_type: qwenguard'))).join()).toContain(
      '`parser_type`: found `qwenguard`',
    );
  });

  it('guard only where a rule asks them, which has to have one to ask', () => {
    expect(lines(judge(guard('')), 'warning').join()).toContain(
      'external model `g` is not asked: no `jailbreak` rule has `method: llm`',
    );
    expect(lines(judge(guard(', method: llm, model: h'))).join()).toContain(
      'there is no external model `h` with the role `guardrail`',
    );
    const none = guard(', method: llm').replace('role: guardrail', 'role: preference');
    expect(lines(judge(none)).join()).toContain('needs an external model with the role `guardrail`');
  });

  it('are refused twice under one name', () => {
    const entry = '{model_role: classification, llm_model_name: q, llm_endpoint: {address: h}}';
    expect(lines(judge(file(`{external: [${entry}, ${entry}]}`))).join()).toContain('is declared twice');
  });
});

describe('servers for domains', () => {
  it('are programs or addresses, one or several, under either name', () => {
    const settings = remote(
      file(
        '{modules: {classifier: {mcp_category_model: {enabled: true, transport_type: stdio, command: python, args: [s.py], threshold: 0.6, timeout_seconds: 30, tool_name: t}}}}',
      ),
    );
    expect(settings?.categoryServers).toEqual([
      expect.objectContaining({
        name: 'python s.py',
        transport: 'stdio',
        command: 'python',
        args: ['s.py'],
        threshold: 0.6,
        timeoutMs: 30_000,
        toolName: 't',
        fallbackCategory: 'other',
      }),
    ]);
    const several = remote(
      mcp(
        '[{url: "http://h:1/mcp", transport_type: http}, {command: x, name: mine}, {command: y, enabled: false}]',
      ),
    );
    expect(several?.categoryServers.map(({ name, transport }) => [name, transport])).toEqual([
      ['h:1', 'streamable-http'],
      ['mine', 'stdio'],
    ]);
  });

  it.each([
    ['{}', 'the server has neither `command` nor `url`'],
    ['{command: x, url: "http://h"}', 'the server has both `command` and `url`'],
    ['{transport_type: stdio, url: "http://h"}', 'a `stdio` server needs a `command`'],
    ['{transport_type: streamable-http, command: x}', 'a `streamable-http` server needs a `url`'],
    ['{url: "h:1/mcp"}', '`url`: found `h:1/mcp`; expected a full URL'],
    ['{command: x, threshold: 2}', 'threshold'],
    ['[{command: x}, {}]', 'the server has neither `command` nor `url`'],
  ])('are refused as %s', (fields, message) => {
    expect(lines(judge(mcp(fields))).join('\n')).toContain(message);
  });

  it('are not checked while they are switched off', () => {
    expect(lines(judge(mcp('{enabled: false}')))).toEqual([]);
  });

  it('let domains have categories that nobody else knows', () => {
    const routing =
      '{signals: {domains: [{name: cooking, mmlu_categories: [baking]}, {name: travel}]}, decisions: [{name: a, rules: {type: domain, name: travel}, modelRefs: [{model: m}]}]}';
    expect(lines(judge(file('{modules: {classifier: {mcp: {command: x}}}}', routing)))).toEqual([]);
    expect(lines(judge(file('{}', routing))).join()).toContain('`baking`');
  });

  it('keep the secrets of their headers and environment to themselves', () => {
    const text = mcp(
      '[{url: "http://h", headers: {authorization: hush-1}}, {command: x, env: {API_KEY: hush-2}}]',
    );
    expect(printConfig(loadConfigText(text, 'c', {}))).not.toContain('hush');
  });
});

describe('limits of signals', () => {
  const limited = (limits: string) =>
    `version: v0.3
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: h}]}]}
routing:
  signals: {keywords: [{name: k, operator: OR, keywords: [a]}]}
  decisions: [{name: d, rules: {type: keyword, name: k}, modelRefs: [{model: m}]}]
global: {router: {signals: ${limits}}}
`;

  it('are general, of a family, and of a rule', () => {
    const text = limited(
      '{deadline_ms: 900, families: {pii: {on_unavailable: match}}, rules: {"keyword:k": {on_unavailable: match}}}',
    );
    expect(loadConfigText(text, 'c', {}).config.router.signalLimits).toEqual({
      deadlineMs: 900,
      onUnavailable: undefined,
      families: { pii: { deadlineMs: undefined, onUnavailable: 'match' } },
      rules: { 'keyword:k': { deadlineMs: undefined, onUnavailable: 'match' } },
    });
  });

  it.each([
    ['{deadline_ms: 0}', 'deadline_ms'],
    ['{on_unavailable: block}', 'on_unavailable'],
    ['{families: {pi: {deadline_ms: 5}}}', 'unknown signal type `pi`'],
    ['{rules: {k: {deadline_ms: 5}}}', 'expected `type:name`'],
  ])('are refused as %s', (limits, message) => {
    expect(lines(judge(limited(limits))).join('\n')).toContain(message);
  });

  it('say where they have no effect', () => {
    const warnings = (limits: string) => lines(judge(limited(limits)), 'warning').join('\n');
    expect(warnings('{rules: {"keyword:q": {on_unavailable: match}}}')).toContain(
      'unknown keyword signal `q`',
    );
    expect(warnings('{families: {keyword: {deadline_ms: 5}}}')).toContain('are never cut');
  });
});
