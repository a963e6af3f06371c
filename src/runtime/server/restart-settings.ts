/**
 * Which settings of a new configuration a running process cannot take over.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../config/raw.js';
import type { Listener, LoadedConfig } from '../config/types.js';

/** What the command line said instead of the file. */
export interface AddressOverrides {
  readonly port?: number | undefined;
  readonly address?: string | undefined;
  readonly apiPort?: number | undefined;
  readonly apiAddress?: string | undefined;
}

/** A setting that only a restart changes. */
export interface RestartSetting {
  /** Canonical path, e.g. `listeners[0].port`. */
  readonly path: string;
  /** What is in force. */
  readonly running: string;
  /** What the new configuration says. */
  readonly wanted: string;
}

/** Settings in which `next` differs from what the process was started with; none if all of it can be taken over. */
export function restartSettings(
  started: LoadedConfig,
  next: LoadedConfig,
  overrides: AddressOverrides = {},
): readonly RestartSetting[] {
  const found: RestartSetting[] = [];
  const compare = (path: string, running: unknown, wanted: unknown): void => {
    if (running !== wanted) found.push({ path, running: String(running), wanted: String(wanted) });
  };
  compareListeners(started.config.listeners, next.config.listeners, overrides, compare);
  const { management } = started.config;
  const api = 'global.services.management_api';
  if (overrides.apiAddress === undefined) {
    compare(`${api}.bind_address`, management.address, next.config.management.address);
  }
  if (overrides.apiPort === undefined) compare(`${api}.port`, management.port, next.config.management.port);
  const { inference } = started.config;
  const catalog = 'global.model_catalog';
  for (const [key, name] of [
    ['workers', 'workers'],
    ['threadsPerWorker', 'threads'],
    ['cacheEntries', 'cache_entries'],
  ] as const) {
    compare(`${catalog}.inference.${name}`, inference[key], next.config.inference[key]);
  }
  const models = [modelsOf(started), modelsOf(next)] as const;
  for (const key of new Set(models.flatMap((block) => Object.keys(block)))) {
    if (isDeepStrictEqual(models[0][key], models[1][key])) continue;
    found.push({
      path: `${catalog}.${key}`,
      running: 'the models of the start',
      wanted: 'other models or settings of them',
    });
  }
  return found;
}

/** One line for people. */
export function describeRestart({ path, running, wanted }: RestartSetting): string {
  return `\`${path}\`: in force is ${running}, the file says ${wanted}`;
}

function compareListeners(
  started: readonly Listener[],
  next: readonly Listener[],
  overrides: AddressOverrides,
  compare: (path: string, running: unknown, wanted: unknown) => void,
): void {
  for (let index = 0; index < Math.max(started.length, next.length); index++) {
    const before = started[index];
    const after = next[index];
    const path = `listeners[${index}]`;
    if (before === undefined || after === undefined) {
      compare(path, placeOf(before), placeOf(after));
      continue;
    }
    if (index > 0 || overrides.address === undefined) {
      compare(`${path}.address`, before.address, after.address);
    }
    if (index > 0 || overrides.port === undefined) compare(`${path}.port`, before.port, after.port);
  }
}

function placeOf(listener: Listener | undefined): string {
  return listener === undefined ? 'no such listener' : `${listener.address}:${listener.port}`;
}

/** What decides which models run; how their numbers are read is part of a configuration like any other. */
function modelsOf({ document }: LoadedConfig): Readonly<Record<string, unknown>> {
  const { global } = document;
  const catalog = isRecord(global) ? global.model_catalog : undefined;
  if (!isRecord(catalog)) return {};
  const { inference: _, ...rest } = catalog;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withoutThresholds(value)]));
}

function withoutThresholds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutThresholds);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !/threshold/.test(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutThresholds(inner)]));
}
