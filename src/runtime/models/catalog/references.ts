/**
 * Which models a configuration asks for.
 *
 * @module
 */
import type { Catalog } from './catalog.js';
import type { CatalogEntry } from './types.js';

export interface ConfigReferences {
  /** Each model once, with what it needs itself, in the order of the file. */
  readonly entries: readonly CatalogEntry[];
  /** References that look like a model and are none we know, with their place. */
  readonly unknown: readonly { readonly path: string; readonly reference: string }[];
}

/** Keys whose value names a model, besides everything that ends in `_model_path`. */
const modelKeys = /^(?:model_id|model|model_path|.*_model_path|.*_model)$/;

/**
 * The models that `global.model_catalog` of a configuration refers to by any of their names. Blocks that are
 * switched off do not count. What is not named at all is served by the embedded models.
 */
export function configReferences(modelCatalog: unknown, catalog: Catalog): ConfigReferences {
  const entries = new Map<string, CatalogEntry>();
  const unknown: { path: string; reference: string }[] = [];
  const add = (entry: CatalogEntry) => {
    if (entries.has(entry.name)) return;
    entries.set(entry.name, entry);
    for (const name of entry.requires) add(catalog.resolve(name));
  };
  const visit = (value: unknown, path: string, key: string): void => {
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        visit(item, `${path}[${index}]`, key);
      });
    } else if (typeof value === 'object' && value !== null) {
      if ('enabled' in value && value.enabled === false) return;
      for (const [name, item] of Object.entries(value))
        visit(item, path === '' ? name : `${path}.${name}`, name);
    } else if (typeof value === 'string') {
      const named = modelKeys.test(key) || path.startsWith('system.');
      if (!named && !value.startsWith('models/')) return;
      // Files inside a model's folder, such as mappings, belong to the model that is named beside them.
      if (/\.(?:json|ya?ml|txt)$/.test(value)) return;
      const entry = catalog.find(value);
      if (entry !== undefined) add(entry);
      else if (value.startsWith('models/')) unknown.push({ path, reference: value });
    }
  };
  if (typeof modelCatalog === 'object' && modelCatalog !== null) {
    for (const [name, value] of Object.entries(modelCatalog)) {
      // Declaring a model is not using it; external ones run elsewhere.
      if (name !== 'registry' && name !== 'external' && name !== 'inference') visit(value, name, name);
    }
  }
  return { entries: [...entries.values()], unknown };
}
