/**
 * From a syntax tree to the routing part of a configuration. The result is a value of the tree itself, so that
 * every part of it knows where it was written.
 *
 * @module
 */
import type { Path } from '../config/diagnostics.js';
import {
  type Block,
  type Field,
  type ModelBlock,
  nodesOf,
  type ObjectValue,
  type PluginBlock,
  type ProjectionBlock,
  type RecipeBlock,
  type RouteBlock,
  type SignalBlock,
  type TestBlock,
  type TreeBlock,
  type Value,
} from './ast.js';
import { nearest, type Problems } from './diagnostics.js';
import {
  configKeyOf,
  isPluginType,
  pluginTypes,
  projectionKeys,
  signalTypeOf,
  signalTypes,
} from './families.js';
import { DecisionBuilder, type Templates } from './lower-decision.js';
import { lowerTree } from './lower-tree.js';
import { nowhere, type Span } from './source.js';
import { fieldOf, listValue, objectValue, textOfName } from './values.js';

/** A namespace: the whole file, or one recipe. */
export interface Scope {
  /** Name of the recipe; undefined for the file itself. */
  readonly recipe: string | undefined;
  /** Where its routing stands in the compiled document. */
  readonly path: Path;
  readonly routing: ObjectValue;
  readonly tests: readonly TestBlock[];
}

export interface Lowered {
  /** `routing`, `entrypoints` and `recipes`, as far as the file has them. */
  readonly document: ObjectValue;
  readonly scopes: readonly [Scope, ...Scope[]];
  /** How a part of the document is called in the file, e.g. `SIGNAL keyword urgent`. */
  readonly labels: ReadonlyMap<Value, string>;
  /** Names of the models that have a MODEL block. */
  readonly modelNames: readonly string[];
}

/** Lowers a file. `complete` is false if blocks were left out because of syntax errors. */
export function lowerProgram(blocks: readonly Block[], problems: Problems, complete = true): Lowered {
  const lowering = new Lowering(problems);
  const templates = new TemplateScope(blocks, undefined, complete, problems);
  const routing = lowering.scope(blocks, templates);
  const fields: Field[] = [];
  if (routing.body.items.length > 0) fields.push(fieldOf('routing', routing));
  const entrypoints = blocks.flatMap((block) => {
    return block.kind === 'entrypoint'
      ? [lowering.label({ ...block.settings, span: block.span }, 'ENTRYPOINT')]
      : [];
  });
  if (entrypoints.length > 0) fields.push(fieldOf('entrypoints', listValue(entrypoints)));
  const scopes: Scope[] = [];
  const recipes = blocks.filter((block) => block.kind === 'recipe');
  refuseSameNames(recipes, 'RECIPE', problems);
  const lowered = recipes.map((block, index) => {
    const inner = nodesOf(block.body);
    const own = new TemplateScope(inner, templates, complete, problems);
    const part = lowering.scope(inner, own);
    own.reportUnused();
    const path = ['recipes', index, 'routing'];
    scopes.push({ recipe: block.name.text, path, routing: part, tests: testsOf(inner) });
    return lowering.recipe(block, part);
  });
  templates.reportUnused();
  if (lowered.length > 0) fields.push(fieldOf('recipes', listValue(lowered)));
  const whole: Scope = { recipe: undefined, path: ['routing'], routing, tests: testsOf(blocks) };
  return {
    document: objectValue(fields),
    scopes: [whole, ...scopes],
    labels: lowering.labels,
    modelNames: blocks.flatMap((block) => (block.kind === 'model' ? [block.name.text] : [])),
  };
}

function testsOf(blocks: readonly Block[]): TestBlock[] {
  return blocks.filter((block) => block.kind === 'test');
}

/** Keys of `routing` that have blocks of their own. */
const blockOf: Readonly<Record<string, string>> = {
  modelCards: 'MODEL',
  signals: 'SIGNAL',
  projections: 'PROJECTION',
  decisions: 'ROUTE',
};

class Lowering {
  readonly labels = new Map<Value, string>();
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  label<Kind extends Value>(value: Kind, label: string): Kind {
    this.labels.set(value, label);
    return value;
  }

  /** The routing of a file or of a recipe, keys in canonical order. */
  scope(blocks: readonly Block[], templates: Templates): ObjectValue {
    const settings = this.#settings(blocks);
    const fields = settings.filter(({ key }) => key.text === 'strategy');
    const cards = blocks.filter((block) => block.kind === 'model');
    refuseSameNames(cards, 'MODEL', this.#problems);
    if (cards.length > 0)
      fields.push(fieldOf('modelCards', listValue(cards.map((block) => this.#named(block)))));
    const signals = this.#grouped(
      blocks.filter((block) => block.kind === 'signal'),
      (block) => this.#familyKey(block),
    );
    if (signals !== undefined) fields.push(fieldOf('signals', signals));
    const projections = this.#grouped(
      blocks.filter((block) => block.kind === 'projection'),
      ({ form }) => projectionKeys[form],
    );
    if (projections !== undefined) fields.push(fieldOf('projections', projections));
    const decisions = this.#decisions(blocks, templates);
    if (decisions.length > 0) fields.push(fieldOf('decisions', listValue(decisions)));
    refuseSameNames(
      blocks.filter((block) => block.kind === 'test'),
      'TEST',
      this.#problems,
    );
    return objectValue([...fields, ...settings.filter(({ key }) => key.text !== 'strategy')]);
  }

  recipe(block: RecipeBlock, routing: ObjectValue): ObjectValue {
    const fields = [fieldOf('name', textOfName(block.name))];
    for (const option of block.options) {
      if (option.key.text === 'name' || option.key.text === 'routing') {
        this.#problems.error(option.key.span, `\`${option.key.text}\` is no option of a RECIPE`, 'remove it');
      } else fields.push(option);
    }
    const recipe = objectValue([...fields, fieldOf('routing', routing)], headOf(block));
    return this.label(recipe, `RECIPE ${block.name.text}`);
  }

  /** Fields of all ROUTING blocks. */
  #settings(blocks: readonly Block[]): Field[] {
    const fields = new Map<string, Field>();
    for (const block of blocks) {
      if (block.kind !== 'routing') continue;
      for (const field of nodesOf(block.settings.body)) {
        const { text, span } = field.key;
        const instead = Object.hasOwn(blockOf, text) ? blockOf[text] : undefined;
        if (instead !== undefined) {
          this.#problems.error(span, `\`${text}\` does not stand in ROUTING`, `write ${instead} blocks`);
        } else if (fields.has(text)) {
          this.#problems.error(span, `\`${text}\` is given in two ROUTING blocks`, 'keep one of them');
        } else fields.set(text, field);
      }
    }
    return [...fields.values()];
  }

  #named(block: SignalBlock | ProjectionBlock | ModelBlock): ObjectValue {
    const fields = nodesOf(block.settings.body).filter(({ key }) => {
      if (key.text !== 'name') return true;
      this.#problems.error(key.span, '`name` stands in front of the brace', 'remove the field');
      return false;
    });
    const value = objectValue([fieldOf('name', textOfName(block.name)), ...fields], headOf(block));
    return this.label(value, labelOf(block));
  }

  /** Blocks as lists under the keys of their kinds. */
  #grouped<Kind extends SignalBlock | ProjectionBlock>(
    blocks: readonly Kind[],
    keyOf: (block: Kind) => string | undefined,
  ): ObjectValue | undefined {
    const groups = new Map<string, Kind[]>();
    for (const block of blocks) {
      const key = keyOf(block);
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [block]);
      else group.push(block);
    }
    if (groups.size === 0) return undefined;
    return objectValue(
      [...groups].map(([key, group]) => {
        const [first] = group;
        refuseSameNames(group, first === undefined ? '' : labelOf(first, true), this.#problems);
        const span = first === undefined ? nowhere : headOf(first);
        return fieldOf(
          key,
          listValue(
            group.map((block) => this.#named(block)),
            span,
          ),
          span,
        );
      }),
    );
  }

  #familyKey({ type }: SignalBlock): string | undefined {
    const key = configKeyOf(type.text);
    if (key !== undefined) return key;
    // `keywords`, as the configuration calls the list of them.
    const meant = signalTypeOf(type.text) ?? signalTypeOf(`${type.text}s`);
    const near =
      meant === undefined
        ? nearest(type.text, signalTypes)
        : { hint: `did you mean \`${meant}\`?`, replacement: meant };
    const hint = near?.hint ?? `allowed: ${signalTypes.map((each) => `\`${each}\``).join(', ')}`;
    this.#problems.error(type.span, `unknown signal type \`${type.text}\``, hint, near?.replacement);
    return undefined;
  }

  #decisions(blocks: readonly Block[], templates: Templates): ObjectValue[] {
    const trees = blocks.filter((block) => block.kind === 'tree');
    const routes = blocks.filter((block) => block.kind === 'route');
    const [tree] = trees;
    const [route] = routes;
    if (tree !== undefined && route !== undefined) {
      const hint = 'make it a branch of a tree, or write all as ROUTE with priorities';
      this.#problems.error(headOf(route), 'ROUTE and DECISION_TREE do not stand together', hint);
    }
    refuseSameNames(routes, 'ROUTE', this.#problems);
    refuseSameNames(trees, 'DECISION_TREE', this.#problems);
    const decisions = routes.map((block) => this.#route(block, templates));
    const lowered = trees.flatMap((block, index) => this.#tree(block, index, templates));
    return [...decisions, ...lowered];
  }

  #route(block: RouteBlock, templates: Templates): ObjectValue {
    const builder = new DecisionBuilder(this.#problems, templates);
    for (const option of block.options) builder.setField(option);
    for (const statement of nodesOf(block.body)) builder.add(statement);
    builder.set('name', textOfName(block.name), block.name.span);
    if (!builder.has('rules')) builder.set('rules', alwaysRule(), nowhere);
    return this.label(builder.build(headOf(block)), labelOf(block));
  }

  #tree(block: TreeBlock, index: number, templates: Templates): ObjectValue[] {
    return lowerTree(block, index, templates, this.#problems).map(({ decision, label }) =>
      this.label(decision, label),
    );
  }
}

function alwaysRule(): ObjectValue {
  return objectValue([
    fieldOf('operator', { kind: 'text', text: 'AND', bare: false, span: nowhere }),
    fieldOf('conditions', listValue([])),
  ]);
}

type NamedBlock = Exclude<Block, { kind: 'routing' | 'entrypoint' }>;

/** From the first word to the name. */
function headOf(block: NamedBlock): Span {
  return { start: block.span.start, end: block.name.span.end };
}

/** How a block is called in messages; `kindOnly` leaves its name out. */
function labelOf(block: NamedBlock, kindOnly = false): string {
  const kind =
    block.kind === 'signal'
      ? `SIGNAL ${block.type.text}`
      : block.kind === 'projection'
        ? `PROJECTION ${block.form}`
        : block.kind === 'tree'
          ? 'DECISION_TREE'
          : block.kind.toUpperCase();
  return kindOnly ? kind : `${kind} ${block.name.text}`;
}

function refuseSameNames(blocks: readonly NamedBlock[], what: string, problems: Problems): void {
  const seen = new Set<string>();
  for (const { name } of blocks) {
    if (seen.has(name.text)) {
      problems.error(name.span, `${what} \`${name.text}\` is declared twice`, 'rename one of them');
    }
    seen.add(name.text);
  }
}

/** Plugin templates of a file or recipe; those of the file hold in its recipes too. */
class TemplateScope implements Templates {
  readonly #blocks = new Map<string, PluginBlock>();
  readonly #used = new Set<string>();
  readonly #outer: Templates | undefined;
  readonly #problems: Problems;

  constructor(
    blocks: readonly Block[],
    outer: Templates | undefined,
    readonly complete: boolean,
    problems: Problems,
  ) {
    const own = blocks.filter((block) => block.kind === 'plugin');
    refuseSameNames(own, 'PLUGIN', problems);
    for (const block of own) {
      this.#blocks.set(block.name.text, block);
      const { text, span } = block.type;
      if (isPluginType(text)) continue;
      const near = nearest(text, pluginTypes);
      const hint = near?.hint ?? `allowed: ${pluginTypes.map((each) => `\`${each}\``).join(', ')}`;
      problems.error(span, `unknown plugin type \`${text}\``, hint, near?.replacement);
    }
    this.#outer = outer;
    this.#problems = problems;
  }

  get names(): readonly string[] {
    return [...this.#blocks.keys(), ...(this.#outer?.names ?? [])];
  }

  use(name: string): PluginBlock | undefined {
    const own = this.#blocks.get(name);
    if (own === undefined) return this.#outer?.use(name);
    this.#used.add(name);
    return own;
  }

  reportUnused(): void {
    if (!this.complete) return;
    for (const [name, block] of this.#blocks) {
      if (this.#used.has(name)) continue;
      const hint = `use it: \`PLUGIN ${name}\` in a ROUTE`;
      this.#problems.warning(block.name.span, `template PLUGIN \`${name}\` is never used`, hint);
    }
  }
}
