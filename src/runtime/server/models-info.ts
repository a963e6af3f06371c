/**
 * The body of `GET /info/models`.
 *
 * @module
 */

import { embeddedModels, type RegistryEntry } from '../inference/embedded-models.js';
import type { ModelReport } from '../inference/report.js';
import type { EncoderState } from '../inference/types.js';
import { emptyPlan, type MissingModel, type ModelAssignment } from '../models/assignment.js';
import { type ManagementContext, modelProblem } from './api/route.js';
import { readinessOf } from './readiness.js';

/** Every model with its state. Those that read pairs of texts are not loaded until one of them is used. */
export function modelsInfo({ holder, activity, own }: ManagementContext): object {
  const { encoder } = holder.router;
  const { open, plan = emptyPlan } = own.models ?? {};
  const problem = modelProblem(own.models);
  const readiness = readinessOf(holder.router, activity.draining);
  const { assignments, missing } = plan;
  const reports = open?.report() ?? [];
  const embedded = encoder === undefined ? [] : embeddedModels();
  const stateOf = ({ input }: RegistryEntry): EncoderState | undefined =>
    reports.find((report) => report.source === 'embedded' && report.input === input)?.state ??
    (input === 'pair' ? open?.pair : encoder)?.state;
  const models = [
    ...embedded.map((entry) => ({
      ...infoOf(entry, stateOf(entry)),
      ...useOf(entry, assignments, missing, reports),
    })),
    ...assignments.map((assignment) => assignedInfo(assignment, reports)),
  ];
  return {
    models,
    missing: missing.map(missingInfo),
    summary: {
      ready: readiness.ready,
      phase: readiness.phase,
      message: readiness.message,
      loaded_models: models.filter(({ loaded }) => loaded).length,
      total_models: models.length,
      model_bundle_hash: encoder?.bundleHash ?? null,
      ...(problem === undefined ? {} : { problem }),
    },
    system: {
      node_version: process.version,
      architecture: process.arch,
      os: process.platform,
      memory_usage: `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`,
      gpu_available: false,
    },
  };
}

/** Whether an embedded model answers, and for or instead of whom. */
function useOf(
  { name }: RegistryEntry,
  assignments: readonly ModelAssignment[],
  missing: readonly MissingModel[],
  reports: readonly ModelReport[],
) {
  const replaced = assignments.find(({ replaces }) => replaces === name);
  const failed = reports.find(({ replaces, state }) => replaces === name && state === 'failed');
  const standsIn = missing.filter(({ standIn }) => standIn === name).map(({ entry }) => entry.name);
  if (failed?.answeredBy === name) standsIn.push(failed.name);
  return {
    in_use: replaced === undefined || failed?.answeredBy === name,
    ...(replaced === undefined ? {} : { replaced_by: replaced.entry.name }),
    ...(standsIn.length === 0 ? {} : { stands_in_for: standsIn }),
  };
}

/** A model that the configuration names and that is there. */
function assignedInfo(assignment: ModelAssignment, reports: readonly ModelReport[]) {
  const { entry, purpose, replaces, dir, path } = assignment;
  const report = reports.find((one) => one.name === entry.name && one.dir === dir);
  const threshold = assignment.threshold ?? entry.threshold;
  const dimension = assignment.dimension ?? entry.dimension;
  const state = report?.state ?? 'idle';
  return {
    name: entry.name,
    type: entry.task === 'embedding' ? 'embedding' : 'classifier',
    task: entry.task,
    input: entry.input,
    loaded: state === 'ready',
    state,
    purpose,
    in_use: state !== 'failed',
    ...(replaces === undefined ? {} : { replaces }),
    ...(report?.problem === undefined ? {} : { problem: report.problem }),
    ...(entry.labels.length === 0 ? {} : { categories: entry.labels }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(dimension === undefined ? {} : { dimension }),
    size_bytes: assignment.files.reduce((sum, { size }) => sum + (size ?? 0), 0),
    max_tokens: report?.maxTokens ?? assignment.maxTokens ?? entry.maxTokens ?? null,
    ...(report === undefined ? {} : { runtime: runtimeOf(report) }),
    metadata: {
      source: entry.source.kind,
      ...(entry.source.kind === 'hub' ? { repo: entry.source.repo, revision: entry.source.revision } : {}),
      architecture: entry.architecture,
      license: entry.license ?? null,
      path: dir,
      configured_at: path,
    },
  };
}

function runtimeOf({ provider, refused, loadMs, residentBytes, runs, lastRunMs, meanRunMs }: ModelReport) {
  return {
    provider: provider ?? null,
    refused_providers: refused,
    load_ms: loadMs ?? null,
    resident_bytes: residentBytes ?? null,
    runs,
    last_run_ms: lastRunMs ?? null,
    mean_run_ms: meanRunMs ?? null,
  };
}

/** A model that the configuration names and that is not there. */
export function missingInfo({ entry, purpose, standIn, reason, path, pull }: MissingModel) {
  return {
    name: entry.name,
    purpose,
    state: 'missing',
    reason,
    stand_in: standIn ?? null,
    configured_at: path,
    pull: pull.map(({ name }) => name),
  };
}

function infoOf(entry: RegistryEntry, state: EncoderState | undefined) {
  const { name, task, input, labels, threshold, thresholds, dimension, base, bundle, sizeBytes } = entry;
  return {
    name,
    type: task === 'embedding' ? 'embedding' : 'classifier',
    task,
    input,
    loaded: state === 'ready',
    /** `idle`: nobody has used it yet, so it takes no memory. */
    state: state ?? 'unavailable',
    ...(labels.length === 0 ? {} : { categories: labels }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(Object.keys(thresholds).length === 0 ? {} : { thresholds }),
    ...(dimension === undefined ? {} : { dimension }),
    size_bytes: sizeBytes,
    max_tokens: entry.maxTokens,
    metadata: {
      source: entry.source,
      base,
      precision: entry.precision,
      license: entry.license,
      bundle: `${bundle.name} ${bundle.version}`,
      sha256: bundle.sha256,
    },
  };
}
