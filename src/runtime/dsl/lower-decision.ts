/**
 * From the statements of a route to a decision of the configuration.
 *
 * @module
 */
import {
  type Field,
  type ModelReference,
  nodesOf,
  type ObjectValue,
  type PluginBlock,
  type Statement,
  type Value,
} from './ast.js';
import { nearest, type Problems } from './diagnostics.js';
import { isPluginType, pluginTypes, referenceKeys } from './families.js';
import { lowerRoot } from './lower-rules.js';
import type { Span } from './source.js';
import { fieldOf, listValue, objectValue, textOfName, textValue, toPlain } from './values.js';

/** Keys of a decision in the order in which they are written. */
const keyOrder: readonly string[] = [
  ...['name', 'description', 'priority', 'tier', 'rules', 'modelRefs', 'algorithm', 'plugins'],
];

/** Models that one FOR may stand for. */
const maxLoopModels = 10_000;

export interface Templates {
  /** The template of this name; it counts as used then. */
  use(name: string): PluginBlock | undefined;
  readonly names: readonly string[];
  /** False if blocks are missing because of syntax errors: then a name that is not there may be in one. */
  readonly complete: boolean;
}

export class DecisionBuilder {
  readonly #fields = new Map<string, Field>();
  readonly #lists = new Map<string, Value[]>();
  readonly #problems: Problems;
  readonly #templates: Templates;

  constructor(problems: Problems, templates: Templates) {
    this.#problems = problems;
    this.#templates = templates;
  }

  has(key: string): boolean {
    return this.#fields.has(key);
  }

  /** Sets a key; says so if it is set already. */
  set(key: string, value: Value, span: Span, shown = `\`${key}\``): void {
    if (this.#fields.has(key) || this.#lists.has(key)) {
      this.#problems.error(span, `${shown} is given twice`, 'keep one of them');
      return;
    }
    this.#fields.set(key, { key: { text: key, span }, value, span });
  }

  setField({ key, value }: Field): void {
    if (key.text === 'name') {
      this.#problems.error(key.span, '`name` is no field here', 'it stands behind ROUTE; a branch has NAME');
      return;
    }
    this.set(key.text, value, key.span);
  }

  #append(key: string, value: Value, span: Span): void {
    if (this.#fields.has(key)) {
      this.#problems.error(span, `\`${key}\` is given as a field too`, 'keep one of them');
      return;
    }
    const list = this.#lists.get(key);
    if (list === undefined) this.#lists.set(key, [value]);
    else list.push(value);
  }

  add(statement: Statement): void {
    const { span } = statement;
    switch (statement.kind) {
      case 'priority':
      case 'tier':
      case 'description':
        this.set(statement.kind, statement.value, span, statement.kind.toUpperCase());
        break;
      case 'name':
        this.set('name', statement.value, span, 'NAME');
        break;
      case 'when':
        this.set('rules', lowerRoot(statement.condition), span, 'WHEN');
        break;
      case 'models':
        for (const reference of statement.references)
          this.#append('modelRefs', this.#reference(reference), span);
        break;
      case 'algorithm':
        this.set('algorithm', lowerAlgorithm(statement, this.#problems), span, 'ALGORITHM');
        break;
      case 'plugin':
        this.#addPlugin(statement);
        break;
      case 'for':
        this.#loop(statement);
        break;
      case 'emit': {
        const { name, settings } = statement;
        const fields = [fieldOf('kind', textOfName(name))];
        if (settings !== undefined) fields.push(fieldOf(name.text, settings));
        this.#append('emits', objectValue(fields, span), span);
        break;
      }
      case 'field':
        this.setField(statement.field);
        break;
    }
  }

  /** The decision, its keys in canonical order. */
  build(span: Span): ObjectValue {
    const fields = new Map(this.#fields);
    for (const [key, values] of this.#lists) {
      fields.set(key, fieldOf(key, listValue(values, values[0]?.span ?? span)));
    }
    const rank = (key: string) => (keyOrder.includes(key) ? keyOrder.indexOf(key) : keyOrder.length);
    return objectValue(
      [...fields.values()].sort((a, b) => rank(a.key.text) - rank(b.key.text)),
      span,
    );
  }

  #reference({ model, options, span }: ModelReference, instead?: Value): ObjectValue {
    const fields = [fieldOf('model', instead ?? textOfName(model))];
    for (const { key, value, span: place } of options) {
      const name = Object.hasOwn(referenceKeys, key.text) ? (referenceKeys[key.text] ?? key.text) : key.text;
      if (fields.some((field) => field.key.text === name)) {
        this.#problems.error(
          key.span,
          `\`${name}\` is given twice for model \`${model.text}\``,
          'keep one of them',
        );
      } else fields.push({ key: { text: name, span: key.span }, value, span: place });
    }
    return objectValue(fields, span);
  }

  #addPlugin(statement: Extract<Statement, { kind: 'plugin' }>): void {
    const template = this.#templates.use(statement.name.text);
    // The template itself was refused; its uses need not be.
    if (template !== undefined && !isPluginType(template.type.text)) return;
    this.#append('plugins', this.#plugin(statement, template), statement.span);
  }

  #plugin(
    { name, settings, span }: Extract<Statement, { kind: 'plugin' }>,
    template: PluginBlock | undefined,
  ): ObjectValue {
    if (template === undefined) {
      if (this.#templates.complete && !isPluginType(name.text)) {
        const candidates = [...this.#templates.names, ...pluginTypes];
        const near = nearest(name.text, candidates);
        const hint = near?.hint ?? `declare it: \`PLUGIN ${name.text} type { … }\``;
        this.#problems.error(name.span, `unknown plugin \`${name.text}\``, hint, near?.replacement);
      }
      const fields = [fieldOf('type', textOfName(name))];
      if (settings !== undefined) fields.push(fieldOf('configuration', settings));
      return objectValue(fields, span);
    }
    const own = settings === undefined ? [] : nodesOf(settings.body);
    const keys = new Set(own.map(({ key }) => key.text));
    const inherited = nodesOf(template.settings.body).filter(({ key }) => !keys.has(key.text));
    return objectValue(
      [
        fieldOf('type', textValue(template.type.text, name.span)),
        fieldOf('configuration', objectValue([...inherited, ...own], settings?.span ?? name.span)),
      ],
      span,
    );
  }

  /** Over a list, FOR is a short way to write several models; over a name, the router fills it in. */
  #loop({ variable, source, references, span }: Extract<Statement, { kind: 'for' }>): void {
    const uses = references.some(({ model }) => model.text === variable.text);
    if (!uses) {
      const hint = `write \`MODEL ${variable.text}\` in its body`;
      this.#problems.error(variable.span, `FOR does not use its variable \`${variable.text}\``, hint);
      return;
    }
    if (source.kind === 'text') {
      const models = references.map((reference) => this.#reference(reference));
      const fields = [
        fieldOf('variable', textOfName(variable)),
        fieldOf('source', textValue(source.text, source.span)),
        fieldOf('models', listValue(models, span)),
      ];
      this.#append('candidateIterations', objectValue(fields, span), span);
      return;
    }
    const values = nodesOf(source.body);
    if (values.length * references.length > maxLoopModels) {
      this.#problems.error(span, `FOR stands for more than ${maxLoopModels} models`);
      return;
    }
    for (const value of values) {
      if (value.kind !== 'text') {
        const shown = String(toPlain(value));
        this.#problems.error(value.span, `FOR goes over names of models; found \`${shown.slice(0, 40)}\``);
        continue;
      }
      for (const reference of references) {
        const instead = reference.model.text === variable.text ? value : undefined;
        this.#append('modelRefs', this.#reference(reference, instead), span);
      }
    }
  }
}

/** `{type, <settings under the name of the type>, …options}`. */
function lowerAlgorithm(
  { type, options, settings, span }: Extract<Statement, { kind: 'algorithm' }>,
  problems: Problems,
): ObjectValue {
  const fields = [fieldOf('type', textOfName(type))];
  if (settings !== undefined) fields.push(fieldOf(type.text, settings));
  for (const option of options) {
    const { text, span: place } = option.key;
    if (fields.some(({ key }) => key.text === text)) {
      problems.error(place, `\`${text}\` is given twice for ALGORITHM ${type.text}`, 'keep one of them');
    } else fields.push(option);
  }
  return objectValue(fields, span);
}
