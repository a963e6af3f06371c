/**
 * Which recipe rows and options ask for: that of a virtual model, by its name.
 *
 * @module
 */
import type { RouterConfig } from '../../runtime/config/types.js';
import { defaultRecipe, routingsInUse } from '../../runtime/decision/routing-of.js';
import { VsrError } from '../../runtime/errors.js';
import type { Named } from '../../runtime/policy/recipe-names.js';
import { suggestion } from '../../runtime/text/suggestions.js';
import type { CommandContext } from '../command.js';

/** The name that asks the router to choose; throws VSR_USAGE if `--model` names no virtual model. */
export function askedModel(option: string | undefined, config: RouterConfig): string {
  if (option === undefined) return config.router.autoModelNames[0] ?? 'auto';
  const virtual = virtualModelOf(option, config);
  if (virtual !== undefined) return virtual;
  const known = [...Object.keys(config.entrypoints), ...config.router.autoModelNames];
  throw new VsrError('VSR_USAGE', `There is no virtual model \`${option}\`.`, {
    hint: suggestion(option, known, 'virtual models'),
  });
}

/** The virtual model that a row or an option asks for; undefined if it names none. */
export function virtualModelOf(model: unknown, config: RouterConfig): string | undefined {
  const { entrypoints, router } = config;
  if (typeof model !== 'string') return undefined;
  return Object.hasOwn(entrypoints, model) || router.autoModelNames.includes(model) ? model : undefined;
}

/** Decisions of all recipes that something leads to. */
export function decisionNames(config: RouterConfig): Named[] {
  return [...routingsInUse(config)].flatMap(([recipe, { decisions }]) =>
    decisions.map(({ name }): Named => ({ recipe, names: [name] })),
  );
}

/** Counts rows by the recipe whose rules decided. */
export class RecipeCount {
  readonly #rows = new Map<string, number>();

  add({ recipe = defaultRecipe }: { readonly recipe?: string | undefined }): void {
    this.#rows.set(recipe, (this.#rows.get(recipe) ?? 0) + 1);
  }

  /** Says on stderr which recipes decided, unless it was the standard one alone. */
  print(context: CommandContext): void {
    const rows = [...this.#rows].sort(([, a], [, b]) => b - a);
    if (rows.every(([recipe]) => recipe === defaultRecipe)) return;
    const list = rows.map(([recipe, count]) => `${recipe} ${count}`).join(', ');
    context.stderr.write(`Rows by recipe: ${list}\n`);
  }
}
