/**
 * Checks recipes and entrypoints: that every virtual name leads to one place, and where requests go from
 * there.
 *
 * @module
 */

import { defaultRecipe } from '../decision/routing-of.js';
import { suggestion } from '../text/suggestions.js';
import { checkDuplicates } from './check-duplicates.js';
import type { Findings, Path } from './diagnostics.js';
import { autoNamesOf } from './normalise.js';
import { at, listAt, textAt } from './raw.js';
import { allDecisions, routingBlocks } from './routing-blocks.js';

export function checkRecipes(raw: unknown, findings: Findings): void {
  const recipes = listAt(raw, 'recipes');
  const names = recipes.flatMap((recipe) => textAt(recipe, 'name') ?? []);
  checkDuplicates(recipes, ['recipes'], 'recipe', findings);
  recipes.forEach((recipe, index) => {
    if (textAt(recipe, 'name') !== defaultRecipe) return;
    const message = `\`${defaultRecipe}\` is the name of the rules under \`routing\``;
    findings.error(['recipes', index, 'name'], message, 'rename the recipe');
  });
  const virtual = checkEntrypoints(raw, names, findings);
  const used = new Set([...virtual.values(), ...destinationsIn(raw)]);
  recipes.forEach((recipe, index) => {
    const name = textAt(recipe, 'name');
    if (name === undefined || used.has(name)) return;
    const message = `no entrypoint leads to recipe \`${name}\`: it is never used`;
    findings.warning(['recipes', index, 'name'], message, 'add it under `entrypoints`');
  });
  checkDestinations(raw, virtual, findings);
}

/** Recipes by virtual name. */
function checkEntrypoints(
  raw: unknown,
  recipes: readonly string[],
  findings: Findings,
): ReadonlyMap<string, string> {
  const virtual = new Map<string, string>();
  const taken = takenNames(raw);
  listAt(raw, 'entrypoints').forEach((entrypoint, index) => {
    const recipe = textAt(entrypoint, 'recipe');
    const known = [...recipes, defaultRecipe];
    if (recipe !== undefined && !known.includes(recipe)) {
      const hint = suggestion(recipe, known, 'recipes');
      findings.error(['entrypoints', index, 'recipe'], `unknown recipe \`${recipe}\``, hint);
    }
    listAt(entrypoint, 'model_names').forEach((entry, at) => {
      if (typeof entry !== 'string') return;
      const name = entry.trim();
      const path: Path = ['entrypoints', index, 'model_names', at];
      const owner = virtual.has(name) ? 'another entrypoint' : taken.get(name);
      if (owner !== undefined) {
        findings.error(path, `the name \`${name}\` is taken by ${owner}`, 'choose another name');
      } else virtual.set(name, recipe ?? defaultRecipe);
    });
  });
  return virtual;
}

/** Names a request can use already, and what they stand for. */
function takenNames(raw: unknown): ReadonlyMap<string, string> {
  const taken = new Map<string, string>();
  for (const card of listAt(raw, 'routing', 'modelCards')) {
    const name = textAt(card, 'name');
    if (name !== undefined) taken.set(name, 'a model card');
    for (const lora of listAt(card, 'loras')) taken.set(textAt(lora, 'name') ?? '', 'a LoRA adapter');
  }
  for (const model of listAt(raw, 'providers', 'models')) taken.set(textAt(model, 'name') ?? '', 'a model');
  for (const name of autoNames(raw)) taken.set(name, 'the router: it asks for the rules under `routing`');
  return taken;
}

function autoNames(raw: unknown): string[] {
  const list = at(raw, 'global', 'router', 'auto_model_names');
  const further = textAt(raw, 'global', 'router', 'auto_model_name');
  const names = Array.isArray(list) ? list.filter((name) => typeof name === 'string') : undefined;
  return autoNamesOf(names, further);
}

function destinationsIn(raw: unknown): string[] {
  return allDecisions(raw).flatMap(({ decision }) => textAt(decision, 'action', 'destination') ?? []);
}

/** Destinations exist, and no request can be sent round in a circle. */
function checkDestinations(raw: unknown, virtual: ReadonlyMap<string, string>, findings: Findings): void {
  const models = listAt(raw, 'providers', 'models').flatMap((model) => textAt(model, 'name') ?? []);
  const named = listAt(raw, 'recipes').flatMap((recipe) => textAt(recipe, 'name') ?? []);
  // A virtual model goes before a model of that name, and a model before a recipe.
  const recipes = new Map([
    ...[...named, defaultRecipe]
      .filter((name) => !models.includes(name))
      .map((name) => [name, name] as const),
    ...virtual,
    ...autoNames(raw).map((name) => [name, defaultRecipe] as const),
  ]);
  const ways = new Map<string, { readonly to: string; readonly path: Path }[]>();
  routingBlocks(raw).forEach(({ block, path: base }, blockIndex) => {
    const from =
      blockIndex === 0 ? defaultRecipe : (textAt(listAt(raw, 'recipes')[blockIndex - 1], 'name') ?? '');
    listAt(block, 'decisions').forEach((decision, index) => {
      const destination = textAt(decision, 'action', 'destination');
      if (destination === undefined) return;
      const path: Path = [...base, 'decisions', index, 'action', 'destination'];
      const recipe = recipes.get(destination);
      if (recipe !== undefined) ways.set(from, [...(ways.get(from) ?? []), { to: recipe, path }]);
      else if (!models.includes(destination)) {
        const hint = suggestion(
          destination,
          [...models, ...recipes.keys()],
          'models, entrypoints and recipes',
        );
        findings.error(path, `unknown destination \`${destination}\``, hint);
      }
    });
  });
  for (const start of ways.keys()) {
    const circle = circleFrom(start, ways, [start]);
    if (circle === undefined) continue;
    const path = ways.get(start)?.[0]?.path ?? [];
    findings.error(
      path,
      `requests could go round in a circle: ${circle.join(' → ')}`,
      'name a model instead',
    );
    return;
  }
}

function circleFrom(
  start: string,
  ways: ReadonlyMap<string, readonly { readonly to: string }[]>,
  way: readonly string[],
): readonly string[] | undefined {
  for (const { to } of ways.get(way.at(-1) ?? '') ?? []) {
    if (to === start) return [...way, to];
    if (way.includes(to)) continue;
    const found = circleFrom(start, ways, [...way, to]);
    if (found !== undefined) return found;
  }
  return undefined;
}
