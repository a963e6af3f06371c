/**
 * Checks models, their endpoints, and what refers to them.
 *
 * @module
 */
import { reasoningTypes } from '../providers/types.js';
import { suggestion } from '../text/suggestions.js';
import type { Findings, Path } from './diagnostics.js';
import { parseEndpoint } from './endpoint.js';
import type { Environment } from './interpolate.js';
import { plannedModel } from './not-yet-available.js';
import { asRecord, at, isRecord, listAt, show, textAt } from './raw.js';
import { reasoningFamilies } from './reasoning-families.js';
import { allDecisions } from './routing-blocks.js';

export interface ModelContext {
  readonly env: Environment;
  /** Families that an older layout declared; they are spread over the models by now. */
  readonly declaredFamilies: readonly string[];
}

/** What a key looks like that was never filled in. */
const placeholder =
  /^(?:<.*>|\.{3,}|x{3,}|sk-x{3,}|sk-\.{3,}|your[-_ ].*|.*[-_]your[-_].*|change[-_ ]?me|replace[-_ ]?me|todo|\$\w+)$/i;

export function checkModels(raw: unknown, context: ModelContext, findings: Findings): void {
  const models = listAt(raw, 'providers', 'models');
  const base: Path = ['providers', 'models'];
  const reachable = referredModels(raw);
  const echoes = models.filter(isEcho);
  const real = models.filter((model) => isRecord(model) && !isEcho(model));
  models.forEach((model, index) => {
    if (!isRecord(model)) return;
    const path = [...base, index];
    const name = textAt(model, 'name') ?? '';
    const refs = listAt(model, 'backend_refs');
    if (
      refs.length === 0 &&
      name !== '' &&
      !('backend_refs' in model && !Array.isArray(model.backend_refs))
    ) {
      const hint = 'add `backend_refs: [{endpoint: "host:port"}]`';
      if (reachable.has(name)) findings.error(path, `model \`${name}\` is used and has no endpoint`, hint);
      else findings.warning(path, `model \`${name}\` has no endpoint; requests that name it fail`, hint);
    }
    refs.forEach((ref, at) => {
      if (isRecord(ref)) checkBackend(ref, [...path, 'backend_refs', at], context.env, findings);
    });
    if (refs.length > 0 && refs.every((ref) => at(ref, 'weight') === 0)) {
      findings.warning(
        [...path, 'backend_refs'],
        `all endpoints of model \`${name}\` have weight 0; it cannot answer`,
      );
    }
    if (isEcho(model) && real.length > 0) {
      findings.warning(
        path,
        `model \`${name}\` is the built-in echo, which only repeats what it is asked`,
        reachable.has(name)
          ? 'put a model that answers in its place'
          : 'remove it now that other models are configured',
      );
    }
    if (model.api_format === 'anthropic') {
      findings.warning(
        [...path, 'api_format'],
        '`api_format: anthropic` is not available in this version: requests are sent in the OpenAI format',
      );
    }
    for (const [key, consequence] of plannedModel) {
      if (model[key] !== undefined) {
        findings.warning(
          [...path, key],
          `\`${key}\` is not available in this version: ${consequence}`,
          undefined,
          'key',
        );
      }
    }
    checkReasoning(model.reasoning, [...path, 'reasoning'], context, findings);
  });
  if (models.length === 0) {
    findings.warning(
      base,
      'no model is configured: every request is refused',
      'add one under `providers.models`',
      'key',
    );
  }
  checkCards(raw, findings);
  checkReferences(raw, echoes.length === models.length, findings);
}

export function isEcho(model: unknown): boolean {
  const refs = listAt(model, 'backend_refs');
  return refs.length > 0 && refs.every((ref) => textAt(ref, 'provider') === 'echo');
}

/** Names of models that a decision or the defaults refer to. */
function referredModels(raw: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const standard = textAt(raw, 'providers', 'defaults', 'model');
  if (standard !== undefined) names.add(standard);
  for (const { decision } of allDecisions(raw)) {
    const destination = textAt(decision, 'action', 'destination');
    if (destination !== undefined) names.add(destination);
    for (const ref of listAt(decision, 'modelRefs')) {
      const name = textAt(ref, 'model');
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

function checkBackend(ref: Record<string, unknown>, path: Path, env: Environment, findings: Findings): void {
  const endpoint = textAt(ref, 'endpoint');
  const baseUrl = textAt(ref, 'base_url');
  if (textAt(ref, 'provider') === 'echo') {
    for (const key of ['endpoint', 'base_url'] as const) {
      if (ref[key] !== undefined)
        findings.warning([...path, key], `\`provider: echo\` needs no \`${key}\`; it is not used`);
    }
  } else if (ref.endpoint === undefined && ref.base_url === undefined) {
    findings.error(path, 'an endpoint needs `endpoint` or `base_url`', 'e.g. `endpoint: 127.0.0.1:8000`');
  }
  if (endpoint !== undefined) checkEndpoint(endpoint, [...path, 'endpoint'], findings);
  if (baseUrl !== undefined) {
    if (!/^https?:\/\//i.test(baseUrl.trim())) {
      findings.error(
        [...path, 'base_url'],
        `\`base_url\`: found ${show(baseUrl)}; expected a full URL`,
        `write \`https://${baseUrl.trim()}\`, or use \`endpoint\``,
      );
    } else {
      checkEndpoint(baseUrl, [...path, 'base_url'], findings);
    }
    if (endpoint !== undefined) {
      findings.warning(
        [...path, 'endpoint'],
        '`endpoint` is not used because `base_url` is given too',
        'keep one of them',
      );
    }
  }
  const key = textAt(ref, 'api_key');
  if (key !== undefined && placeholder.test(key.trim())) {
    findings.warning(
      [...path, 'api_key'],
      'the key looks like a placeholder that was never filled in',
      'put the key into an environment variable and name it in `api_key_env`, or remove the line',
    );
  }
  const variable = textAt(ref, 'api_key_env');
  if (variable === undefined) return;
  if (key !== undefined) {
    findings.warning(
      [...path, 'api_key'],
      '`api_key` is not used if the variable of `api_key_env` is set',
      'keep one of them',
    );
  } else if (!Object.hasOwn(env, variable) || !env[variable]) {
    findings.warning(
      [...path, 'api_key_env'],
      `environment variable \`${variable}\` is not set: requests go out without a key`,
    );
  }
}

function checkEndpoint(text: string, path: Path, findings: Findings): void {
  const result = parseEndpoint(text);
  if (!result.ok) findings.error(path, `\`${path.at(-1)}\`: ${result.problem}`, result.hint);
}

function checkReasoning(value: unknown, path: Path, context: ModelContext, findings: Findings): void {
  const reasoning = asRecord(value);
  if (reasoning === undefined) return;
  const { family, type, parameter } = reasoning;
  if (typeof family === 'string' && !reasoningFamilies.has(family)) {
    const known = [...context.declaredFamilies, ...reasoningFamilies.keys()];
    findings.error(
      [...path, 'family'],
      `unknown reasoning family \`${family}\``,
      `${suggestion(family, known, 'known')}; others need \`type\` and \`parameter\``,
    );
  }
  if (family === undefined && reasoning.disabled !== true) {
    for (const key of ['type', 'parameter'] as const) {
      if (reasoning[key] !== undefined) continue;
      const hint = key === 'type' ? `allowed: ${reasoningTypes.join(', ')}` : 'e.g. `enable_thinking`';
      findings.error(
        [...path, key],
        `\`${key}\` is missing in \`reasoning\``,
        `${hint}; or name a \`family\``,
        'key',
      );
    }
  }
  if (type === 'top_level_reasoning_effort' && parameter !== undefined && parameter !== 'reasoning_effort') {
    findings.error(
      [...path, 'parameter'],
      `\`parameter\`: found ${show(parameter)}; \`top_level_reasoning_effort\` only works with \`reasoning_effort\``,
    );
  }
}

function modelNames(raw: unknown): string[] {
  return listAt(raw, 'providers', 'models').flatMap((model) => textAt(model, 'name') ?? []);
}

function checkCards(raw: unknown, findings: Findings): void {
  const names = modelNames(raw);
  listAt(raw, 'routing', 'modelCards').forEach((card, index) => {
    const name = textAt(card, 'name');
    if (name === undefined || names.includes(name)) return;
    findings.warning(
      ['routing', 'modelCards', index, 'name'],
      `model card \`${name}\` describes no model under \`providers.models\``,
      suggestion(name, names, 'configured'),
    );
  });
}

/** LoRA adapters by model name. */
function adapters(raw: unknown): Map<string, string[]> {
  return new Map(
    listAt(raw, 'routing', 'modelCards').flatMap((card) => {
      const name = textAt(card, 'name');
      const loras = listAt(card, 'loras').flatMap((lora) => textAt(lora, 'name') ?? []);
      return name === undefined ? [] : [[name, loras] as const];
    }),
  );
}

function checkReferences(raw: unknown, onlyEcho: boolean, findings: Findings): void {
  const models = listAt(raw, 'providers', 'models');
  const names = modelNames(raw);
  const loras = adapters(raw);
  const unknown = (path: Path, name: string) => {
    const hint = suggestion(name, names, 'configured under `providers.models`');
    findings.error(path, `unknown model \`${name}\``, hint);
  };
  const decisions = listAt(raw, 'routing', 'decisions');
  allDecisions(raw).forEach(({ decision, path: place }) => {
    listAt(decision, 'modelRefs').forEach((ref, at) => {
      const path: Path = [...place, 'modelRefs', at];
      const model = textAt(ref, 'model');
      if (model === undefined) return;
      if (!names.includes(model)) unknown([...path, 'model'], model);
      checkEffort(isRecord(ref) ? ref.reasoning_effort : undefined, [...path, 'reasoning_effort'], findings);
      const lora = textAt(ref, 'lora_name');
      const declared = loras.get(model) ?? [];
      if (lora !== undefined && names.includes(model) && !declared.includes(lora)) {
        const where = `declared under \`loras\` of the model card \`${model}\``;
        findings.error(
          [...path, 'lora_name'],
          `unknown LoRA adapter \`${lora}\``,
          suggestion(lora, declared, where),
        );
      }
    });
  });
  checkEffort(at(raw, 'providers', 'defaults', 'reasoning_effort'), defaultEffort, findings);
  const path: Path = ['providers', 'defaults', 'model'];
  const standard = textAt(raw, 'providers', 'defaults', 'model');
  if (standard === undefined) {
    if (names.length === 0 || decisions.some(isCatchAll)) return;
    findings.warning(
      path,
      'there is no default model and no decision that matches everything: some requests will be refused',
      'set `providers.defaults.model`, or add a decision without `rules`',
      'key',
    );
    return;
  }
  const model = models.find((candidate) => textAt(candidate, 'name') === standard);
  if (model === undefined) unknown(path, standard);
  else if (isEcho(model) && !onlyEcho) {
    findings.warning(path, `the built-in echo \`${standard}\` is not used as default beside other models`);
  }
}

const defaultEffort: Path = ['providers', 'defaults', 'reasoning_effort'];

/** Efforts that model families know. */
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** Endpoints have the last word on efforts, so an unusual one is only pointed out. */
function checkEffort(effort: unknown, path: Path, findings: Findings): void {
  if (typeof effort !== 'string' || effort === '' || efforts.includes(effort)) return;
  const message = `\`reasoning_effort\`: found ${show(effort)}, which no model family is known for`;
  findings.warning(path, message, suggestion(effort, efforts, 'usual'));
}

/** A name that asks the router to choose cannot name a model as well. */
export function checkAutoNames(raw: unknown, autoNames: readonly string[], findings: Findings): void {
  listAt(raw, 'providers', 'models').forEach((model, index) => {
    const name = textAt(model, 'name');
    if (name === undefined || !autoNames.includes(name)) return;
    findings.warning(
      ['providers', 'models', index, 'name'],
      `model \`${name}\` cannot be asked for by name: the name asks the router to choose`,
      'rename the model, or set `global.router.auto_model_names`',
    );
  });
}

function isCatchAll(decision: unknown): boolean {
  if (!isRecord(decision) || listAt(decision, 'modelRefs').length === 0) return false;
  if (decision.rules === undefined) return true;
  return at(decision, 'rules', 'operator') === 'AND' && listAt(decision, 'rules', 'conditions').length === 0;
}
