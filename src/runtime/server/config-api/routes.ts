/**
 * `/config/…` of the management API: read, check, change and roll back the configuration.
 *
 * @module
 */
import { maxDepth } from '../../config/document.js';
import { isTooDeep, readPatch } from '../../config/patch.js';
import { maskSecrets } from '../../config/print.js';
import { asRecord } from '../../config/raw.js';
import { redact } from '../../config/secrets.js';
import type { ManagementRole } from '../../config/types.js';
import { VsrError } from '../../errors.js';
import { type Answer, json, type Route, type RouteCall } from '../api/route.js';
import { missingInfo } from '../models-info.js';
import { requireRole } from './access.js';
import type { ConfigStore, WriteOptions, Written } from './store.js';
import { systemPromptChanges, systemPromptsOf } from './system-prompts.js';

/** The file behind the configuration, for who may do that with it. */
function storeFor(role: ManagementRole, call: RouteCall): ConfigStore {
  allow(role, call);
  const { configStore } = call.context;
  if (configStore !== undefined) return configStore;
  throw new VsrError(
    'VSR_CONFIG_NOT_WRITABLE',
    'The router runs with a configuration that came from no file.',
    {
      hint: 'Start it with `vllm-sr serve --config FILE`; `vllm-sr init` writes one.',
    },
  );
}

function allow(role: ManagementRole, { context, headers }: RouteCall): void {
  const { management } = context.holder.router.loaded.config;
  requireRole(role, management.tokens ?? [], { headers, boundTo: context.boundTo });
}

async function getRouter(call: RouteCall): Promise<Answer> {
  const withSecrets = call.query.get('secrets') === 'true';
  allow(withSecrets ? 'admin' : 'viewer', call);
  const { configStore, holder } = call.context;
  if (configStore === undefined) {
    const { document, hash } = holder.router.loaded;
    return { ...json(maskSecrets(document)), headers: { etag: `"${hash}"` } };
  }
  const { text, edit, source, status, etag } = await configStore.view();
  const headers = {
    ...(etag !== undefined && { etag: `"${etag}"` }),
    'cache-control': 'no-store',
    'x-vsr-config-source': source,
    'x-vsr-config-status': status,
  };
  const values = withSecrets ? edit.values() : redact(edit.values());
  if (call.query.get('format') !== 'yaml') return { ...json(values), headers };
  const record = asRecord(values);
  if (!withSecrets && record !== undefined) edit.replace(record);
  const body = withSecrets ? text : edit.toString();
  return { status: 200, body, contentType: 'application/yaml; charset=utf-8', headers };
}

async function validate(call: RouteCall): Promise<Answer> {
  const store = storeFor('viewer', call);
  const { loaded, restart, missing } = await store.check(yamlOf(call));
  return json({
    valid: true,
    hash: loaded.hash,
    diagnostics: loaded.diagnostics,
    restart_required: restart,
    missing_models: missing.map(missingInfo),
  });
}

async function put(call: RouteCall): Promise<Answer> {
  const store = storeFor('operator', call);
  return written(await store.put(yamlOf(call), optionsOf(call)));
}

async function patch(call: RouteCall): Promise<Answer> {
  const store = storeFor('operator', call);
  return written(await store.patch(patchOf(call), optionsOf(call)));
}

async function rollback(call: RouteCall): Promise<Answer> {
  const store = storeFor('operator', call);
  const version = call.fields.version;
  if (typeof version !== 'string') {
    throw new VsrError('VSR_INPUT_INVALID', '`version` is required.', {
      param: 'version',
      hint: 'GET /config/router/versions lists them.',
    });
  }
  return written(await store.rollback(version, { ...optionsOf(call), source: 'rollback' }));
}

async function versions(call: RouteCall): Promise<Answer> {
  return json(await storeFor('viewer', call).versions.list());
}

async function hash(call: RouteCall): Promise<Answer> {
  allow('viewer', call);
  const { configStore, holder } = call.context;
  const runtime = holder.router.loaded.hash;
  const status =
    configStore === undefined
      ? { hash: runtime, runtimeHash: runtime, status: 'active', diagnostics: [] }
      : await configStore.status();
  return json({
    hash: status.hash ?? null,
    runtime_hash: status.runtimeHash,
    active_hash: status.runtimeHash,
    status: status.status,
    diagnostics: status.diagnostics,
  });
}

async function reload(call: RouteCall): Promise<Answer> {
  storeFor('operator', call);
  const outcome = await call.context.reloader?.reload('api');
  if (outcome?.status === 'failed') throw outcome.error;
  const { loaded } = call.context.holder.router;
  return json({
    status: outcome?.status ?? 'unchanged',
    runtime_hash: loaded.hash,
    restart_required: outcome?.restart ?? [],
    models_changed: outcome?.status === 'reloaded' && outcome.modelsChanged,
  });
}

async function getSystemPrompts(call: RouteCall): Promise<Answer> {
  allow('viewer', call);
  return json({ system_prompts: systemPromptsOf(call.context.holder.router.loaded.config) });
}

async function putSystemPrompts(call: RouteCall): Promise<Answer> {
  const store = storeFor('operator', call);
  return written(await store.putSystemPrompts(systemPromptChanges(call.fields), optionsOf(call)));
}

function optionsOf({ headers, query, context }: RouteCall): WriteOptions {
  const ifMatch = headers['if-match'];
  if (ifMatch === undefined && context.holder.router.loaded.config.management.requireIfMatch) {
    throw new VsrError('VSR_PRECONDITION_REQUIRED', 'A change needs `If-Match`.', {
      hint: 'Send the `etag` of GET /config/router, so that nobody’s change is lost.',
    });
  }
  return { ifMatch, allowRestart: query.get('allow_restart') === 'true', source: 'api' };
}

const wholeFile =
  'Send `{"yaml": "version: v0.3\\n…"}`, or the file itself as `content-type: application/yaml`.';
const partOfFile =
  'Send `{"yaml": "routing: …"}`, the part as `content-type: application/yaml`, or as JSON with `content-type: application/merge-patch+json`.';

/** The text in the field `yaml`, which is also where a YAML body is put. */
function yamlOf({ fields }: RouteCall, hint = wholeFile): string {
  if (typeof fields.yaml === 'string' && fields.yaml.trim() !== '') return fields.yaml;
  throw new VsrError('VSR_INPUT_INVALID', '`yaml` is required: the configuration as text.', {
    param: 'yaml',
    hint,
  });
}

/** A patch as YAML text, or the JSON object itself (RFC 7396). */
function patchOf(call: RouteCall): Readonly<Record<string, unknown>> {
  const { fields, headers } = call;
  if (headers['content-type']?.startsWith('application/merge-patch+json') !== true)
    return readPatch(yamlOf(call, partOfFile));
  if (!isTooDeep(fields)) return fields;
  throw new VsrError('VSR_INPUT_INVALID', `The patch is nested deeper than ${maxDepth} levels.`);
}

function written({ change, version, etag, loaded, restart, missing }: Written): Answer {
  const body = {
    status: 'success',
    version: version ?? null,
    etag,
    hash: loaded.hash,
    runtime_status: 'active',
    runtime_hash: loaded.hash,
    restart_required: restart,
    missing_models: missing.map(missingInfo),
    diagnostics: loaded.diagnostics,
    message: messageFor(change, version, restart.length > 0),
  };
  return { ...json(body), headers: { etag: `"${etag}"` } };
}

function messageFor(change: Written['change'], version: string | undefined, partly: boolean): string {
  const but = partly ? ', but for what needs a restart' : '';
  if (change === 'none') return 'Nothing changed.';
  if (change === 'in-force') return `The file was like that already, and is in force now${but}.`;
  const replaced = version === undefined ? 'There was no file.' : '`version` is what it replaced.';
  return `The change is in force${but}. ${replaced}`;
}

const route = (
  method: Route['method'],
  path: string,
  description: string,
  answer: Route['answer'],
  body?: Route['body'],
): Route => ({ method, path, description, answer, ...(body !== undefined && { body }) });

export const configRoutes: readonly Route[] = [
  route(
    'GET',
    '/config/router',
    'The configuration file as JSON or (`?format=yaml`) YAML, without secrets.',
    getRouter,
  ),
  route('POST', '/config/router/validate', 'Checks {yaml} without writing anything.', validate, 'yaml'),
  route('PATCH', '/config/router', 'Merges {yaml} into the file and puts it in force.', patch, 'yaml'),
  route('PUT', '/config/router', 'Replaces the file by {yaml} and puts it in force.', put, 'yaml'),
  route(
    'POST',
    '/config/router/rollback',
    'Puts the earlier {version} in force again; `running` writes what is in force.',
    rollback,
  ),
  route('POST', '/config/router/reload', 'Reads the file anew.', reload, 'optional'),
  route('GET', '/config/router/versions', 'Earlier versions of the file, newest first.', versions),
  route('GET', '/config/hash', 'Whether the file is what is in force.', hash),
  route('GET', '/config/classification', 'Older name of `GET /config/router`.', getRouter),
  route('PUT', '/config/classification', 'Older name of `PATCH /config/router`.', patch, 'yaml'),
  route('GET', '/config/system-prompts', 'System prompts by decision.', getSystemPrompts),
  route(
    'PUT',
    '/config/system-prompts',
    'Changes the system prompts of the decisions that it names.',
    putSystemPrompts,
  ),
  route('POST', '/config/deploy', 'Older name of `PATCH /config/router`.', patch, 'yaml'),
  route('GET', '/config/versions', 'Older name of `GET /config/router/versions`.', versions),
  route('POST', '/config/rollback', 'Older name of `POST /config/router/rollback`.', rollback),
];
