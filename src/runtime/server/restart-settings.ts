/**
 * Which settings of a new configuration a running process cannot take over.
 *
 * @module
 */
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
