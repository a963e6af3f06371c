/**
 * Finds the tensors of a model by their names within its architecture.
 *
 * The same tensor is called `bert.encoder.…` in a classifier and `encoder.…` in the bare encoder, and
 * compiled or distributed training puts its own words in front.
 *
 * @module
 */
import { invalidModel } from './invalid.js';
import type { Parameters } from './network.js';
import type { StoredTensor, Weights } from './weights.js';

const wrappers = /^(?:_orig_mod\.|module\.)+/;

/** The name without what wrappers and the encoder's own prefix put in front. */
export function ownName(name: string, prefix: string): string {
  const bare = name.replace(wrappers, '');
  return bare.startsWith(prefix) ? bare.slice(prefix.length).replace(wrappers, '') : bare;
}

/** The tensors of a model, by their own names. */
export function parametersOf(weights: Weights, prefix: string): Parameters {
  const byName = new Map<string, StoredTensor>();
  for (const [name, tensor] of weights.tensors) {
    const own = ownName(name, prefix);
    if (!byName.has(own)) byName.set(own, tensor);
  }
  return {
    find: (name) => byName.get(name),
    missing: (name) =>
      invalidModel(
        `${weights.file} has no tensor ${name} (nor ${prefix}${name}), which config.json asks for.`,
        'Check model_type, architectures and sizes in config.json; a head that was not saved has to be trained.',
      ),
  };
}
