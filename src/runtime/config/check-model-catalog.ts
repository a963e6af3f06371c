/**
 * Checks `global.model_catalog`: what of it is read, what is not needed, what is not available. Whether the named
 * models exist is seen when they are looked up, since some are folders of a machine.
 *
 * @module
 */
import { nearestName, suggestion } from '../text/suggestions.js';
import type { Findings, Path } from './diagnostics.js';
import { deviceOf, embeddingBinding, modelSlots } from './model-requests.js';
import { asRecord, at, isRecord, plainText, show, textAt } from './raw.js';
import { embeddingKinds } from './schema-models.js';

/** What becomes of the keys of one block. */
interface BlockRules {
  readonly path: readonly string[];
  readonly read: readonly string[];
  /** Keys that say what is found out anyway, or what is so by default. */
  readonly needless?: readonly string[];
  /** Keys that nothing reads yet. */
  readonly planned?: readonly string[];
}

const moduleKeys = ['model_ref', 'model_id', 'threshold', 'use_cpu', 'max_sequence_length'];
/** Files inside the model's folder, and which network it is: both follow from the model. */
const fromModel = ['use_modernbert', 'use_mmbert_32k', 'variant'];
const remote = ['backend', 'protocol', 'endpoint', 'use_vllm', 'classifier_vllm_endpoint', 'vllm_endpoint'];

const blocks: readonly BlockRules[] = [
  { path: ['system'], read: modelSlots.map(({ key }) => key) },
  { path: ['embeddings'], read: ['semantic', 'bert'] },
  {
    path: ['embeddings', 'semantic'],
    read: [
      'embedding_model',
      'use_cpu',
      'embedding_config',
      ...embeddingKinds.map((kind) => `${kind}_model_path`),
    ],
    planned: ['endpoint', 'hnsw_config', 'hnsw', 'top_k', 'min_score'],
  },
  {
    path: ['embeddings', 'semantic', 'embedding_config'],
    read: [
      ...['model_type', 'target_dimension', 'target_layer', 'top_k'],
      ...['enable_soft_matching', 'soft_matching', 'min_score', 'min_score_threshold'],
    ],
    needless: ['preload', 'preload_embeddings'],
    planned: ['backend'],
  },
  { path: ['embeddings', 'bert'], read: ['model_id', 'use_cpu'], planned: ['threshold'] },
  {
    path: ['modules'],
    read: ['prompt_guard', 'classifier', 'hallucination', 'feedback', 'modality_detector'],
    planned: ['prompt_compression', 'safety', 'complexity', 'preference', 'reask'],
  },
  {
    path: ['modules', 'prompt_guard'],
    read: ['enabled', ...moduleKeys],
    needless: fromModel,
    planned: ['positive_labels', 'on_error', 'window', ...remote],
  },
  {
    path: ['modules', 'classifier'],
    read: ['domain', 'pii', 'mcp', 'mcp_category_model', 'preference'],
    planned: ['preference_model'],
  },
  {
    path: ['modules', 'classifier', 'domain'],
    read: moduleKeys,
    needless: fromModel,
    planned: ['fallback_category', ...remote],
  },
  {
    path: ['modules', 'classifier', 'pii'],
    read: moduleKeys,
    needless: fromModel,
    planned: ['window', ...remote],
  },
  {
    path: ['modules', 'hallucination'],
    read: ['enabled', 'fact_check', 'detector', 'explainer'],
    planned: ['on_hallucination_detected'],
  },
  ...['fact_check', 'detector', 'explainer'].map((name) => ({
    path: ['modules', 'hallucination', name],
    read: moduleKeys,
    needless: fromModel,
    planned: [
      ...['min_span_length', 'min_span_confidence', 'context_window_size', 'enable_nli_filtering'],
      ...['nli_filtering', 'nli_entailment_threshold', 'nli_threshold', ...remote],
    ],
  })),
  {
    path: ['modules', 'modality_detector'],
    read: ['enabled', 'classifier'],
    planned: [...['method', 'keywords', 'both_keywords', 'confidence_threshold', 'lower_threshold_ratio']],
  },
  {
    path: ['modules', 'modality_detector', 'classifier'],
    read: [...moduleKeys, 'model_path'],
    needless: fromModel,
  },
  { path: ['modules', 'feedback'], read: ['enabled', ...moduleKeys], needless: fromModel, planned: remote },
];

const base: Path = ['global', 'model_catalog'];

/** Checks `raw`, the plain values of a canonical file. Never throws, whatever `raw` is. */
export function checkModelCatalog(raw: unknown, findings: Findings): void {
  const catalog = at(raw, 'global', 'model_catalog');
  if (!isRecord(catalog)) return;
  for (const block of blocks) checkBlock(catalog, block, findings);
  checkEmbeddings(catalog, findings);
  checkBindings(catalog, findings);
}

function checkBlock(
  catalog: unknown,
  { path, read, needless = [], planned = [] }: BlockRules,
  findings: Findings,
): void {
  const block = at(catalog, ...path);
  if (!isRecord(block)) return;
  for (const key of Object.keys(block)) {
    const place = [...base, ...path, key];
    if (read.includes(key)) continue;
    if (needless.includes(key) || /(?:^|_)mapping_path$/.test(key)) {
      const message = `\`${key}\` is not needed: it follows from the model’s own files`;
      findings.note(place, message, 'remove it', 'key');
      continue;
    }
    const near = planned.includes(key) ? undefined : nearestName(key, read);
    if (near === undefined) {
      const message = `\`${[...base, ...path, key].join('.')}\` is not available in this version and not read`;
      findings.warning(place, message, undefined, 'key');
    } else {
      const message = `unknown key \`${key}\` in \`${[...base, ...path].join('.')}\``;
      findings.error(place, message, `did you mean \`${near}\`?`, 'key');
    }
  }
}

function checkEmbeddings(catalog: unknown, findings: Findings): void {
  const semantic = at(catalog, 'embeddings', 'semantic');
  const path = [...base, 'embeddings', 'semantic', 'embedding_config', 'model_type'];
  const kind = textAt(semantic, 'embedding_config', 'model_type');
  if (kind === 'remote') {
    const message =
      'embedding models of other servers are not available in this version: one of this machine is used';
    findings.warning(path, message);
  } else if (kind !== undefined && !embeddingKinds.some((known) => known === kind)) {
    const message = `\`model_type\`: found ${show(kind)}`;
    findings.error(path, message, suggestion(kind, embeddingKinds));
  }
}

function checkBindings(catalog: unknown, findings: Findings): void {
  const deployments = asRecord(at(catalog, 'deployments')) ?? {};
  const names = Object.keys(deployments);
  const used = new Set<string>();
  const keys = [...modelSlots.map(({ key }) => key), embeddingBinding];
  for (const [key, binding] of Object.entries(asRecord(at(catalog, 'bindings')) ?? {})) {
    const path = [...base, 'bindings', key];
    const name = textAt(binding, 'deployment');
    if (name !== undefined) used.add(name);
    if (name !== undefined && !names.includes(name)) {
      const hint = suggestion(name, names, 'under `deployments`');
      findings.error([...path, 'deployment'], `there is no deployment \`${name}\``, hint);
    }
    if (!keys.includes(key)) {
      const near = nearestName(key, keys);
      const message = `\`${key}\` is no task of the models here, so nothing is bound to it`;
      const hint = near === undefined ? `tasks are ${keys.join(', ')}` : `did you mean \`${near}\`?`;
      findings.warning(path, message, hint, 'key');
    }
    notRead(binding, path, ['deployment'], findings);
  }
  for (const [name, deployment] of Object.entries(deployments)) {
    const path = [...base, 'deployments', name];
    if (!used.has(name)) {
      findings.warning(path, `no binding uses the deployment \`${name}\``, 'add one under `bindings`', 'key');
    }
    const device = at(deployment, 'device');
    if (device !== undefined && deviceOf(plainText(device)) === undefined) {
      const hint = 'allowed: auto, cpu, cuda, coreml, dml, webgpu';
      findings.error([...path, 'device'], `\`device\`: found ${show(device)}`, hint);
    }
    notRead(deployment, path, ['artifact', 'revision', 'device', 'input'], findings);
    notRead(at(deployment, 'input'), [...path, 'input'], ['max_tokens'], findings);
  }
}

function notRead(holder: unknown, path: Path, read: readonly string[], findings: Findings): void {
  for (const key of Object.keys(asRecord(holder) ?? {})) {
    if (read.includes(key)) continue;
    findings.warning(
      [...path, key],
      `\`${key}\` is not available in this version and not read`,
      undefined,
      'key',
    );
  }
}
