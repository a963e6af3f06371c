/**
 * Which models a configuration uses: the named one where it is on this machine, else the embedded one.
 *
 * @module
 */
import type { CatalogEntry } from '../../runtime/models/catalog/types.js';
import type { LocalModel } from '../../runtime/models/hub/local-models.js';
import type { CommandContext } from '../command.js';
import { type HubModels, stateOf } from './hub-models.js';
import { configFolder, requestedModels } from './own-models.js';

/** One name of a model in the configuration. */
export interface ModelUse {
  /** Where it stands, e.g. `global.model_catalog.system.prompt_guard`. */
  readonly path: string;
  readonly entry: CatalogEntry;
  /** Undefined if it is not on this machine. */
  readonly local: LocalModel | undefined;
  /** Registry name of the embedded model that does the same work. */
  readonly embedded: string | undefined;
}

/**
 * The models that the configuration names; none without a configuration. One that nobody asked for may be wrong,
 * and then counts as none.
 */
export async function modelUses(
  { loaded, settings }: HubModels,
  asked: boolean,
  context: CommandContext,
): Promise<readonly ModelUse[]> {
  if (loaded === undefined) return [];
  try {
    const [named, { findLocal }] = await Promise.all([
      requestedModels(loaded, context),
      import('../../runtime/models/hub/local-models.js'),
    ]);
    const cwd = configFolder(loaded, context);
    return await Promise.all(
      named.map(async ({ path, entry, replaces }) => ({
        path,
        entry,
        local: await findLocal(entry, settings, { cwd }),
        embedded: replaces,
      })),
    );
  } catch (error) {
    if (asked) throw error;
    return [];
  }
}

/** Whether the embedded model of this name answers. */
export function embeddedInUse(name: string, uses: readonly ModelUse[]): boolean {
  return !uses.some(({ embedded, local }) => embedded === name && local !== undefined);
}

/** Whether the model of the catalogue, and not an embedded one of its name, answers. */
export function hubInUse(name: string, uses: readonly ModelUse[]): boolean {
  return uses.some(({ entry, local }) => entry.name === name && local !== undefined);
}

/** Where the configuration names a model. */
export function placesOf(name: string, uses: readonly ModelUse[]): string[] {
  return uses.filter(({ entry }) => entry.name === name).map(({ path }) => path);
}

/** Who answers for one name of the configuration. */
export function answersFor({ entry, local, embedded }: ModelUse): string {
  if (local !== undefined) return entry.name;
  return embedded === undefined ? 'nothing' : `the embedded ${embedded}`;
}

/** State of the named model, in one word. */
export function useState({ entry, local }: ModelUse): string {
  return stateOf(entry, local);
}
