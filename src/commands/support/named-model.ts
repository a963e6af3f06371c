/**
 * From a name on the command line to the model that is meant.
 *
 * @module
 */
import type { CatalogEntry } from '../../runtime/models/catalog/types.js';
import type { CommandContext } from '../command.js';
import type { HubModels } from './hub-models.js';

/**
 * A name or alias of the catalogue, the name of an import, a folder, or a repository: the same as a configuration
 * may write.
 *
 * @throws VsrError `VSR_USAGE` if it is none of them.
 */
export async function namedModel(
  name: string,
  { catalog, settings }: HubModels,
  { cwd }: CommandContext,
): Promise<CatalogEntry> {
  const [{ resolveReference }, { VsrError }] = await Promise.all([
    import('../../runtime/models/catalog/resolve-reference.js'),
    import('../../runtime/errors.js'),
  ]);
  const resolved = await resolveReference(name, catalog, { cwd, modelsDir: settings.modelsDir });
  if ('entry' in resolved) return resolved.entry;
  const { problem, hint } = resolved;
  throw new VsrError('VSR_USAGE', problem, hint === undefined ? {} : { hint });
}
