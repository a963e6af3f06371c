/**
 * The catalogue and the hub as commands use them.
 *
 * @module
 */
import type { LoadedConfig } from '../../runtime/config/types.js';
import type { RegistryEntry } from '../../runtime/inference/embedded-models.js';
import type { Catalog } from '../../runtime/models/catalog/catalog.js';
import type { CatalogEntry } from '../../runtime/models/catalog/types.js';
import type { LocalModel } from '../../runtime/models/hub/local-models.js';
import type { HubSettings } from '../../runtime/models/hub/settings.js';
import type { CommandContext, FlagOption, StringOption } from '../command.js';
import { defaultConfigFile, loadForCommand } from '../config-file.js';
import { bytesText } from './output.js';
import { configFolder } from './own-models.js';

/** `--config` of commands that work without a file as well. */
export const registryOption = {
  kind: 'string',
  short: 'c',
  placeholder: 'file',
  describe: `configuration with models of your own (default: ${defaultConfigFile} if it is here)`,
} as const satisfies StringOption;

/** `--revision`. */
export const revisionOption = {
  kind: 'string',
  placeholder: 'revision',
  describe: 'branch, tag or commit, instead of the catalogue’s',
} as const satisfies StringOption;

/** `--pull` of commands that run models. */
export const pullOption = {
  kind: 'flag',
  describe: 'first download the models that the configuration names and this machine does not have',
} as const satisfies FlagOption;

export interface HubModels {
  readonly catalog: Catalog;
  readonly settings: HubSettings;
  readonly loaded: LoadedConfig | undefined;
}

/**
 * Catalogue and settings. A configuration that was not asked for may be broken: what has nothing to do with it
 * must work all the same.
 */
export async function openHubModels(config: string | undefined, context: CommandContext): Promise<HubModels> {
  const [{ openCatalog }, { userModelsOf }, { hubSettings }] = await Promise.all([
    import('../../runtime/models/catalog/catalog.js'),
    import('../../runtime/models/catalog/user-entries.js'),
    import('../../runtime/models/hub/settings.js'),
  ]);
  const loaded =
    config === undefined ? await loadIfHere(context) : await loadForCommand(config, context, { quiet: true });
  return {
    catalog: openCatalog({
      userModels: loaded === undefined ? {} : userModelsOf(loaded.document),
      cwd: loaded === undefined ? context.cwd : configFolder(loaded, context),
    }),
    settings: hubSettings(context.env, context.cwd),
    loaded,
  };
}

async function loadIfHere(context: CommandContext): Promise<LoadedConfig | undefined> {
  try {
    return await loadForCommand(defaultConfigFile, context, { quiet: true });
  } catch {
    return undefined;
  }
}

/** Where a model is, in one word. */
export type ModelState = 'embedded' | 'cached' | 'local' | 'not downloaded' | 'served';

/** State of a model of the catalogue, without regard to what is embedded. */
export function stateOf({ source }: CatalogEntry, local: LocalModel | undefined): ModelState {
  if (local !== undefined) return local.kind === 'cached' ? 'cached' : 'local';
  return source.kind === 'served' ? 'served' : 'not downloaded';
}

/** Repository or folder of a model. */
export function whereOf({ source }: CatalogEntry): string {
  if (source.kind === 'hub')
    return source.revision === 'main' ? source.repo : `${source.repo}@${source.revision}`;
  return source.kind === 'folder' ? source.path : 'a model server of yours';
}

/** Bytes on disk if it is there, else what the catalogue says. */
export function sizeText(entry: CatalogEntry, local: LocalModel | undefined): string {
  const bytes = localBytes(local);
  if (bytes !== undefined) return bytesText(bytes);
  return entry.approximateBytes === undefined ? '' : `~${bytesText(entry.approximateBytes)}`;
}

/** Bytes on disk; undefined if it is not there. */
export function localBytes(local: LocalModel | undefined): number | undefined {
  return local?.files.reduce((sum, { size }) => sum + (size ?? 0), 0);
}

/** What comes out of a model. */
export function hubGives({ task, labels, dimension }: CatalogEntry): string {
  if (task === 'embedding') return dimension === undefined ? 'embedding' : `${dimension} dimensions`;
  if (labels.length === 0) return task === 'base' ? 'for adapters' : task === 'generative' ? 'text' : '';
  return task === 'token' ? `spans (${labels.length} labels)` : `${labels.length} labels`;
}

/** The embedded model of a catalogue entry's name. */
export function embeddedNamed(
  models: readonly RegistryEntry[],
  name: string | undefined,
): RegistryEntry | undefined {
  return models.find((model) => model.name === name);
}
