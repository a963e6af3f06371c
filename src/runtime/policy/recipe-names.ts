/**
 * Names of signals and decisions as rows write them: alone where that says enough, or with the recipe in front.
 *
 * @module
 */
import { qualifiedName } from '../decision/routing-of.js';

/** Something of a recipe, with the names it goes by; the first is the full one. */
export interface Named {
  readonly recipe: string;
  readonly names: readonly [full: string, ...short: string[]];
}

export type Resolved =
  /** The full name, with the recipe in front unless it is the standard one. */
  | { readonly kind: 'one'; readonly name: string }
  /** Without any: nothing goes by that name. */
  | { readonly kind: 'several'; readonly names: readonly string[] };

/** What `value` stands for in a row that asks for `recipe`, whose own names go before those of others. */
export function resolveName(value: string, known: readonly Named[], recipe: string): Resolved {
  const matching = known.filter((each) =>
    each.names.some((name) => name === value || `${each.recipe}/${name}` === value),
  );
  const own = matching.filter((each) => each.recipe === recipe);
  const [only, ...others] = own.length > 0 ? own : matching;
  if (only !== undefined && others.length === 0) return { kind: 'one', name: fullName(only) };
  return { kind: 'several', names: only === undefined ? [] : [only, ...others].map(fullName) };
}

/** The full name, with the recipe in front unless it is the standard one. */
export function fullName({ recipe, names: [full] }: Named): string {
  return qualifiedName(recipe, full);
}
