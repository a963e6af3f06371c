/**
 * Models as `models list --json` and `models show --json` print them. Every model has every key, so that scripts
 * need not know which kind it is; keys are added and never changed or taken away.
 *
 * @module
 */

import type { RegistryEntry } from '../../runtime/inference/embedded-models.js';
import type { CatalogEntry } from '../../runtime/models/catalog/types.js';
import type { LocalModel } from '../../runtime/models/hub/local-models.js';
import { localBytes, stateOf } from './hub-models.js';
import { figureOf } from './model-entry.js';
import { embeddedInUse, hubInUse, type ModelUse, placesOf } from './model-uses.js';

/** What the hub, or a folder, has under a name. */
export interface HubModelJson {
  readonly repo: string | null;
  readonly revision: string | null;
  readonly folder: string | null;
  /** Of the snapshot in the cache. */
  readonly commit: string | null;
  readonly state: string;
  readonly in_use: boolean;
  readonly architecture: string;
  /** On disk if it is there, else what the catalogue says. */
  readonly size_bytes: number | null;
  readonly license: string | null;
  readonly gated: boolean;
  readonly requires: readonly string[];
}

export interface ModelJson {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly task: string;
  readonly purpose: string;
  readonly input: 'text' | 'pair';
  readonly source: 'embedded' | 'hub' | 'folder' | 'served';
  readonly state: string;
  /** Whether it answers with the configuration at hand. */
  readonly in_use: boolean;
  /** Where the configuration names it. */
  readonly configured_at: readonly string[];
  readonly labels: readonly string[];
  readonly threshold: number | null;
  readonly thresholds: Readonly<Record<string, number>>;
  readonly dimension: number | null;
  readonly max_tokens: number | null;
  readonly base: string | null;
  readonly precision: string | null;
  readonly license: string | null;
  readonly size_bytes: number | null;
  readonly accuracy: number | null;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly bundle: { readonly name: string; readonly version: string; readonly sha256: string } | null;
  readonly card: string | null;
  readonly embedded_stand_in: string | null;
  readonly hub: HubModelJson | null;
}

function hubJson(
  entry: CatalogEntry,
  local: LocalModel | undefined,
  uses: readonly ModelUse[],
): HubModelJson {
  const { source } = entry;
  return {
    repo: source.kind === 'hub' ? source.repo : null,
    revision: source.kind === 'hub' ? source.revision : null,
    folder: source.kind === 'folder' ? source.path : local?.kind === 'folder' ? local.dir : null,
    commit: local?.kind === 'cached' ? local.commit : null,
    state: stateOf(entry, local).replaceAll(' ', '_'),
    in_use: hubInUse(entry.name, uses),
    architecture: entry.architecture,
    size_bytes: localBytes(local) ?? entry.approximateBytes ?? null,
    license: entry.license ?? null,
    gated: entry.gated,
    requires: entry.requires,
  };
}

/** A model that is not embedded. */
export function hubModelJson(
  entry: CatalogEntry,
  local: LocalModel | undefined,
  uses: readonly ModelUse[],
): ModelJson {
  const hub = hubJson(entry, local, uses);
  return {
    name: entry.name,
    aliases: entry.aliases,
    task: entry.task,
    purpose: entry.purpose,
    input: entry.input,
    source: entry.source.kind,
    state: hub.state,
    in_use: hub.in_use,
    configured_at: placesOf(entry.name, uses),
    labels: entry.labels,
    threshold: entry.threshold ?? null,
    thresholds: {},
    dimension: entry.dimension ?? null,
    max_tokens: entry.maxTokens ?? null,
    base: entry.requires[0] ?? null,
    precision: null,
    license: entry.license ?? null,
    size_bytes: hub.size_bytes,
    accuracy: null,
    metrics: {},
    bundle: null,
    card: null,
    embedded_stand_in: entry.standIn ?? null,
    hub,
  };
}

/** An embedded model, with what the hub has under its name. */
export function embeddedModelJson(
  model: RegistryEntry,
  entry: CatalogEntry | undefined,
  local: LocalModel | undefined,
  uses: readonly ModelUse[],
): ModelJson {
  const figure = figureOf(model);
  return {
    name: model.name,
    aliases: entry?.aliases ?? [],
    task: model.task,
    purpose: entry?.purpose ?? 'other',
    input: model.input,
    source: model.source,
    state: 'embedded',
    in_use: embeddedInUse(model.name, uses),
    configured_at: placesOf(model.name, uses),
    labels: model.labels,
    threshold: model.threshold ?? null,
    thresholds: model.thresholds,
    dimension: model.dimension ?? null,
    max_tokens: model.maxTokens,
    base: model.base,
    precision: model.precision,
    license: model.license,
    size_bytes: model.sizeBytes,
    accuracy: figure?.name.endsWith('accuracy') === true ? figure.value : null,
    metrics: model.metrics,
    bundle: model.bundle,
    card: model.card ?? null,
    embedded_stand_in: entry?.standIn ?? null,
    hub: entry === undefined ? null : hubJson(entry, local, uses),
  };
}
