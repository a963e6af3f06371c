/**
 * Checks the services of others that a configuration names.
 *
 * @module
 */
import { externalAliases, externalRoles, guardParsers } from '../external/external-models.js';
import { mcpServerProblem } from '../external/mcp/settings.js';
import { suggestion } from '../text/suggestions.js';
import type { Findings, Path } from './diagnostics.js';
import type { Environment } from './interpolate.js';
import { asRecord, at, isRecord, listAt, show, textAt } from './raw.js';
import { externalAddress } from './remote.js';
import { routingBlocks } from './routing-blocks.js';

const catalog: Path = ['global', 'model_catalog'];
const mcpKeys = ['mcp', 'mcp_category_model'] as const;
/** Roles that something may ask for. */
const usedRoles: readonly string[] = externalRoles.filter((role) => role !== 'scoring');

/** Whether the categories of `domains` come from servers, whose labels nobody knows in advance. */
export function hasCategoryServers(raw: unknown): boolean {
  return mcpEntries(raw).some(([, entry]) => at(entry, 'enabled') !== false);
}

function mcpEntries(raw: unknown): [Path, unknown][] {
  const classifier = at(raw, ...['global', 'model_catalog', 'modules', 'classifier']);
  return mcpKeys.flatMap((key): [Path, unknown][] => {
    const path: Path = [...catalog, 'modules', 'classifier', key];
    const value = at(classifier, key);
    if (Array.isArray(value)) return value.map((entry: unknown, index) => [[...path, index], entry]);
    return value === undefined ? [] : [[path, value]];
  });
}

export function checkRemote(raw: unknown, env: Environment, findings: Findings): void {
  const names = new Set<string>();
  listAt(raw, 'global', 'model_catalog', 'external').forEach((entry, index) => {
    if (!isRecord(entry)) return;
    const path = [...catalog, 'external', index];
    checkExternal(entry, path, env, findings);
    const name = nameOf(entry);
    const key = `${roleOf(entry)} ${name}`;
    if (name !== undefined && names.has(key)) {
      findings.error(path, `external model \`${name}\` is declared twice`, 'give each a `name` of its own');
    }
    names.add(key);
  });
  checkGuards(raw, findings);
  const classifier = at(raw, ...['global', 'model_catalog', 'modules', 'classifier']);
  if (mcpKeys.every((key) => at(classifier, key) !== undefined)) {
    const path = [...catalog, 'modules', 'classifier', 'mcp_category_model'];
    findings.error(path, '`mcp` and `mcp_category_model` are two names of one setting', 'keep `mcp`', 'key');
  }
  for (const [path, entry] of mcpEntries(raw)) {
    const fields = asRecord(entry);
    const found = fields && at(fields, 'enabled') !== false ? mcpServerProblem(fields) : undefined;
    if (found === undefined) continue;
    findings.error(found.field === '' ? path : [...path, found.field], found.problem, found.fix);
  }
}

function roleOf(external: unknown): string | undefined {
  return textAt(external, 'model_role') ?? textAt(external, 'role');
}

/** What an external model goes by; without a name of its own, that of the model behind it. */
function nameOf(external: unknown): string | undefined {
  return textAt(external, 'name') ?? textAt(external, 'llm_model_name') ?? textAt(external, 'model_name');
}

function checkExternal(
  entry: Record<string, unknown>,
  path: Path,
  env: Environment,
  findings: Findings,
): void {
  for (const [key, other] of externalAliases) {
    if (entry[key] !== undefined && entry[other] !== undefined) {
      findings.error(
        [...path, other],
        `\`${key}\` and \`${other}\` are two names of one setting`,
        `keep \`${key}\``,
        'key',
      );
    }
  }
  for (const [key, other] of externalAliases.slice(0, 3)) {
    if (entry[key] === undefined && entry[other] === undefined) {
      findings.error(path, `the external model has no \`${key}\``, `add \`${key}\``);
    }
  }
  const named = entry.model_role === undefined ? 'role' : 'model_role';
  const role = textAt(entry, named);
  if (role !== undefined && !usedRoles.includes(role)) {
    const message = `external models of role \`${role}\` are not available in this version: it is not asked`;
    findings.warning([...path, named], message, `used are ${usedRoles.join(' and ')}`);
  }
  const parts = asRecord(entry.llm_endpoint);
  if (parts !== undefined) checkEndpoint(parts, [...path, 'llm_endpoint'], findings);
  else if (typeof entry.endpoint === 'string') {
    const result = externalAddress({ endpoint: entry.endpoint });
    if (!result.ok) findings.error([...path, 'endpoint'], result.problem, result.hint);
  }
  const variable = textAt(entry, 'api_key_env');
  if (variable !== undefined && entry.access_key === undefined && !env[variable]) {
    const message = `environment variable \`${variable}\` is not set: requests go out without a key`;
    findings.warning([...path, 'api_key_env'], message);
  }
  if (role === 'guardrail') {
    checkParser(entry.parser_type, [...path, 'parser_type'], findings);
    return;
  }
  for (const key of ['parser_type', 'threshold'] as const) {
    // JSON is what is read anyway.
    if (entry[key] === undefined || entry[key] === 'json' || entry[key] === 'auto') continue;
    findings.warning([...path, key], `\`${key}\` is not used in this version`, undefined, 'key');
  }
}

function checkParser(parser: unknown, path: Path, findings: Findings): void {
  if (typeof parser !== 'string' || guardParsers.some((known) => known === parser)) return;
  findings.error(path, `\`parser_type\`: found ${show(parser)}`, suggestion(parser, guardParsers));
}

/** Guard models and the rules that ask them. */
function checkGuards(raw: unknown, findings: Findings): void {
  const guards = listAt(raw, 'global', 'model_catalog', 'external').filter(
    (entry) => roleOf(entry) === 'guardrail',
  );
  const names = guards.flatMap((guard) => nameOf(guard) ?? []);
  let asked = false;
  for (const { block, path } of routingBlocks(raw)) {
    listAt(block, 'signals', 'jailbreak').forEach((rule, index) => {
      if (textAt(rule, 'method') !== 'llm') return;
      asked = true;
      const place = [...path, 'signals', 'jailbreak', index];
      const model = textAt(rule, 'model');
      if (guards.length === 0) {
        const message = '`method: llm` needs an external model with the role `guardrail`, and there is none';
        findings.error(
          [...place, 'method'],
          message,
          `declare it under \`${[...catalog, 'external'].join('.')}\``,
        );
      } else if (model !== undefined && !names.includes(model)) {
        const message = `there is no external model \`${model}\` with the role \`guardrail\``;
        findings.error([...place, 'model'], message, suggestion(model, names));
      }
    });
  }
  if (asked || guards.length === 0) return;
  findings.warning(
    [...catalog, 'external'],
    `external model \`${names[0] ?? 'of role guardrail'}\` is not asked: no \`jailbreak\` rule has \`method: llm\``,
    'write `method: llm` in the rules that it is to decide',
  );
}

function checkEndpoint(endpoint: Readonly<Record<string, unknown>>, path: Path, findings: Findings): void {
  const { address, base_url: baseUrl, port, protocol } = endpoint;
  if (address === undefined && baseUrl === undefined) {
    findings.error(path, 'the endpoint has neither `address` nor `base_url`', 'add one of them');
    return;
  }
  if (address !== undefined && baseUrl !== undefined) {
    findings.warning([...path, 'address'], '`address` is not used because `base_url` is given too');
  }
  if (typeof baseUrl === 'string' && !/^https?:\/\//i.test(baseUrl.trim())) {
    const message = `\`base_url\`: found ${show(baseUrl)}; expected a full URL`;
    findings.error([...path, 'base_url'], message, 'start it with `http://` or `https://`');
    return;
  }
  const result = externalAddress({
    llm_endpoint: {
      address: typeof address === 'string' ? address : undefined,
      base_url: typeof baseUrl === 'string' ? baseUrl : undefined,
      port: typeof port === 'number' ? port : undefined,
      protocol: protocol === 'https' ? 'https' : 'http',
    },
  });
  if (!result.ok) findings.error(path, result.problem, result.hint);
}
