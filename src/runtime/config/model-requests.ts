/**
 * Which models `global.model_catalog` asks for, and what for.
 *
 * A task can be named in several places. The nearest one counts: the module's own `model_id`, the entry of
 * `system` that its `model_ref` names, the binding of the task, the entry of `system` for it.
 *
 * @module
 */
import type { Device } from '../models/assignment.js';
import type { Purpose } from '../models/catalog/types.js';
import type { ModelCatalogSettings, ModelRequest } from '../models/requests.js';
import type { Path } from './diagnostics.js';
import { at, listAt, textAt } from './raw.js';
import { embeddingKinds, type ModelCatalogDocument } from './schema-models.js';

/** A task of the router: its key under `system`, its place under `modules`, what it is for. */
export interface ModelSlot {
  readonly key: string;
  readonly module: readonly string[] | undefined;
  readonly purpose: Purpose;
}

/** The embedding model has a block of its own; under `bindings` its key is `embedding`. */
export const modelSlots: readonly ModelSlot[] = [
  { key: 'prompt_guard', module: ['prompt_guard'], purpose: 'jailbreak' },
  { key: 'domain_classifier', module: ['classifier', 'domain'], purpose: 'domain' },
  { key: 'pii_classifier', module: ['classifier', 'pii'], purpose: 'pii' },
  { key: 'fact_check_classifier', module: ['hallucination', 'fact_check'], purpose: 'fact-check' },
  { key: 'hallucination_detector', module: ['hallucination', 'detector'], purpose: 'hallucination' },
  { key: 'hallucination_explainer', module: ['hallucination', 'explainer'], purpose: 'nli' },
  { key: 'feedback_detector', module: ['feedback'], purpose: 'feedback' },
  { key: 'modality_classifier', module: ['modality_detector', 'classifier'], purpose: 'modality' },
  { key: 'tool_call_sentinel', module: undefined, purpose: 'tool-call-request' },
  { key: 'tool_call_verifier', module: undefined, purpose: 'tool-call' },
];

export const embeddingBinding = 'embedding';

const base: Path = ['global', 'model_catalog'];

interface Named {
  readonly path: Path;
  readonly reference: string;
  readonly deployment?: Deployment;
}

type Deployment = NonNullable<ModelCatalogDocument['deployments']>[string];

/** `document` is `global.model_catalog`; `signals` are `routing.signals`, whose rules may name models too. */
export function modelCatalogSettings(
  document: ModelCatalogDocument,
  signals: unknown,
  recipes: readonly unknown[] = [],
): ModelCatalogSettings {
  const requests = [
    ...modelSlots.flatMap((slot) => requestOf(document, slot) ?? []),
    ...(embeddingRequest(document) ?? []),
    ...signalRequests([
      { signals, base: ['routing', 'signals'] },
      ...recipes.map((recipe, index) => ({
        signals: at(recipe, 'routing', 'signals'),
        base: ['recipes', index, 'routing', 'signals'],
      })),
    ]),
  ];
  return {
    requests,
    registry: document.registry ?? {},
    download: document.download,
    fallback: document.fallback,
  };
}

function requestOf(document: ModelCatalogDocument, slot: ModelSlot): ModelRequest | undefined {
  const modules = slot.module ?? [];
  // A block that is switched off needs no model, nor does anything in it.
  const off = modules.some(
    (_, depth) => at(document.modules, ...modules.slice(0, depth + 1), 'enabled') === false,
  );
  if (off) return undefined;
  const module = slot.module === undefined ? undefined : at(document.modules, ...slot.module);
  const named = namedIn(document, slot, module);
  if (named === undefined) return undefined;
  const threshold = at(module, 'threshold');
  const longest = at(module, 'max_sequence_length');
  const request = requestFor(named, slot.purpose, at(module, 'use_cpu'));
  return {
    ...request,
    threshold: typeof threshold === 'number' ? threshold : undefined,
    maxTokens: typeof longest === 'number' ? longest : request.maxTokens,
  };
}

function namedIn(document: ModelCatalogDocument, slot: ModelSlot, module: unknown): Named | undefined {
  const place = [...base, 'modules', ...(slot.module ?? [])];
  for (const key of ['model_id', 'model_path']) {
    const own = textAt(module, key);
    if (own !== undefined) return { path: [...place, key], reference: own };
  }
  const key = textAt(module, 'model_ref');
  if (key !== undefined) {
    const reference = textAt(document.system, key);
    // What is no key of `system` may be a model itself.
    return reference === undefined
      ? { path: [...place, 'model_ref'], reference: key }
      : { path: [...base, 'system', key], reference };
  }
  const bound = boundTo(document, slot.key);
  if (bound !== undefined) return bound;
  const reference = textAt(document.system, slot.key);
  return reference === undefined ? undefined : { path: [...base, 'system', slot.key], reference };
}

function boundTo({ bindings, deployments }: ModelCatalogDocument, key: string): Named | undefined {
  const name = bindings?.[key]?.deployment;
  const deployment = name === undefined ? undefined : deployments?.[name];
  if (name === undefined || deployment === undefined) return undefined;
  return {
    path: [...base, 'deployments', name, 'artifact'],
    reference: deployment.artifact,
    deployment,
  };
}

function requestFor({ path, reference, deployment }: Named, purpose: Purpose, useCpu: unknown): ModelRequest {
  return {
    path,
    reference,
    purpose,
    mayBeHead: false,
    threshold: undefined,
    device: deviceOf(deployment?.device) ?? (useCpu === true ? 'cpu' : undefined),
    maxTokens: deployment?.input?.max_tokens,
    dimension: undefined,
    layer: undefined,
    revision: deployment?.revision,
  };
}

const devices: readonly Device[] = ['auto', 'cpu', 'cuda', 'coreml', 'dml', 'webgpu'];

/** `cuda:0` is the first card, which is the one that is used anyway; undefined for what is no device here. */
export function deviceOf(text: string | undefined): Device | undefined {
  const name = text?.trim().toLowerCase().replace(/:0$/, '');
  return name === 'gpu' ? 'auto' : devices.find((device) => device === name);
}

/** A place under `embeddings` that names a model. */
export interface NamedEmbedding {
  readonly path: Path;
  readonly reference: string;
  /** Kind that the place is for; undefined for one that may name any. */
  readonly kind: string | undefined;
}

/** The embedding models that are named, the one that is used first. */
export function namedEmbeddings(document: ModelCatalogDocument): NamedEmbedding[] {
  const { semantic, bert } = document.embeddings ?? {};
  const place = [...base, 'embeddings'];
  const own = semantic?.embedding_model;
  const wanted = isKind(own) ? own : semantic?.embedding_config?.model_type;
  const named: NamedEmbedding[] = [];
  if (own !== undefined && !isKind(own)) {
    named.push({ path: [...place, 'semantic', 'embedding_model'], reference: own, kind: undefined });
  }
  const byKind = embeddingKinds.flatMap((kind): NamedEmbedding[] => {
    const key = `${kind}_model_path` as const;
    const reference = semantic?.[key];
    const found: NamedEmbedding[] =
      reference === undefined ? [] : [{ path: [...place, 'semantic', key], reference, kind }];
    // The first release had it in a block of its own.
    if (kind === 'bert' && bert?.model_id !== undefined)
      found.push({ path: [...place, 'bert', 'model_id'], reference: bert.model_id, kind });
    return found;
  });
  named.push(
    ...byKind.filter(({ kind }) => kind === wanted),
    ...byKind.filter(({ kind }) => kind !== wanted),
  );
  return named;
}

function isKind(name: string | undefined): boolean {
  return embeddingKinds.some((kind) => kind === name);
}

function embeddingRequest(document: ModelCatalogDocument): ModelRequest[] | undefined {
  const { semantic, bert } = document.embeddings ?? {};
  const bound = boundTo(document, embeddingBinding);
  const named = bound ?? namedEmbeddings(document)[0];
  if (named === undefined) return undefined;
  const { target_dimension: dimension, target_layer: layer } = semantic?.embedding_config ?? {};
  const useCpu = named.path.includes('bert') ? bert?.use_cpu : semantic?.use_cpu;
  return [{ ...requestFor(named, 'embedding', useCpu), dimension, layer }];
}

/** Rules that read a model under its own name. */
function signalRequests(
  blocks: readonly { readonly signals: unknown; readonly base: Path }[],
): ModelRequest[] {
  const named = (family: string, keys: readonly string[], mayBeHead: boolean): ModelRequest[] =>
    blocks.flatMap(({ signals, base }) =>
      listAt(signals, family).flatMap((rule, index) => {
        const reference = textAt(rule, ...keys);
        if (reference === undefined || at(rule, 'type') === 'llm') return [];
        const path = [...base, family, index, ...keys];
        return [{ ...requestFor({ path, reference }, 'other', at(rule, 'use_cpu')), mayBeHead }];
      }),
    );
  const all = [
    ...named('classifiers', ['model'], true),
    ...named('safety', ['model'], false),
    ...named('safety', ['hazard', 'model'], false),
  ];
  // Several rules read one model.
  return [...new Map(all.map((request) => [request.reference, request])).values()];
}
