/**
 * Random syntax trees, and small helpers for tests of the DSL.
 */
import fc from 'fast-check';
import {
  type Block,
  type Body,
  type Branch,
  bodyOf,
  type Expression,
  type Field,
  type ModelReference,
  type Name,
  type ObjectValue,
  type Program,
  type Statement,
  type TestCase,
  type Value,
} from '../../../src/runtime/dsl/ast.js';
import { type DslDiagnostic, formatDslDiagnostic, Problems } from '../../../src/runtime/dsl/diagnostics.js';
import { pluginTypes, signalTypes } from '../../../src/runtime/dsl/families.js';
import { isPlainName } from '../../../src/runtime/dsl/format-values.js';
import { parseProgram } from '../../../src/runtime/dsl/parser.js';
import { nowhere, SourceText } from '../../../src/runtime/dsl/source.js';

export interface Parsed {
  readonly program: Program;
  readonly diagnostics: readonly DslDiagnostic[];
}

export function parse(text: string): Parsed {
  const source = new SourceText(text);
  const problems = new Problems();
  const program = parseProgram(source, problems);
  return { program, diagnostics: problems.resolve(source) };
}

/** The tree of a text that must have no syntax errors. */
export function parsed(text: string): Program {
  const { program, diagnostics } = parse(text);
  if (diagnostics.length > 0) throw new Error(printed(diagnostics).join('\n'));
  return program;
}

/** Findings as they are shown, without the file. */
export function printed(diagnostics: readonly DslDiagnostic[]): string[] {
  return diagnostics.map((diagnostic) => formatDslDiagnostic('', diagnostic).replace(/^:/, ''));
}

/** A tree without its places and blank lines, to compare what it says. */
export function withoutSpans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSpans);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'span' && key !== 'blankBefore');
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSpans(inner)]));
}

const span = nowhere;

/** Texts that are awkward to write. */
const text = fc.oneof(
  fc.constantFrom(
    'urgent',
    'two words',
    '"quoted"',
    'back\\slash',
    'line\nbreak',
    'tab\t',
    '# no comment',
    '→ ->',
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const nameText = fc.oneof(
  fc.constantFrom(
    'urgent',
    'gpt-4o',
    'org/model',
    'a.b',
    'WHEN',
    'AND',
    'IF',
    'MODEL',
    'true',
    '32K',
    'llama3:8b',
    'ü',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
);
const name: fc.Arbitrary<Name> = nameText.map((value) => ({ text: value, span }));
const key = fc.constantFrom(
  'threshold',
  'keywords',
  'mode',
  'a b',
  'candidates',
  'on_error',
  'label',
  'null',
);
const number = fc.oneof(
  fc.integer({ min: -1000, max: 100_000 }).map(String),
  fc.constantFrom('0.5', '-0.25', '1e-3', '0.10'),
);

const scalar: fc.Arbitrary<Value> = fc.oneof(
  text.map((value): Value => ({ kind: 'text', text: value, bare: false, span })),
  fc
    .constantFrom('OR', 'exact', '32K', 'a-b')
    .map((value): Value => ({ kind: 'text', text: value, bare: true, span })),
  number.map((raw): Value => ({ kind: 'number', raw, span })),
  fc.boolean().map((value): Value => ({ kind: 'boolean', value, span })),
);

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc
      .array(tie('value'), { maxLength: 4 })
      .map((items): Value => ({ kind: 'list', body: bodyOf(items), span })),
    fields(tie('value')).map((all): Value => ({ kind: 'object', body: bodyOf(all), span })),
  ),
}));

function fields(values: fc.Arbitrary<Value>, keys: fc.Arbitrary<string> = key): fc.Arbitrary<Field[]> {
  return fc
    .uniqueArray(fc.tuple(keys, values), { selector: ([each]) => each, maxLength: 4 })
    .map((pairs) => pairs.map(([each, held]) => ({ key: { text: each, span }, value: held, span })));
}

const settings: fc.Arbitrary<ObjectValue> = fields(value).map((all) => ({
  kind: 'object',
  body: bodyOf(all),
  span,
}));

const leaf = fc.record({
  kind: fc.constant('leaf' as const),
  type: fc.constantFrom(...signalTypes, 'projection').map((each) => ({ text: each, span })),
  name,
  fields: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fields(value) }),
  span: fc.constant(span),
});

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.constant<Expression>({ kind: 'always', span }),
    tie('expression').map((operand): Expression => ({ kind: 'not', operand, span })),
    fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        fc.array(tie('expression'), { minLength: 2, maxLength: 4 }),
      )
      .map(([kind, operands]): Expression => ({ kind, operands, span })),
  ),
}));

const reference: fc.Arbitrary<ModelReference> = fc.record({
  model: name,
  options: fields(scalar, fc.constantFrom('reasoning', 'effort', 'lora', 'weight')),
  span: fc.constant(span),
});
const references = fc.array(reference, { minLength: 1, maxLength: 3 });
const maybeSettings = fc.option(settings, { nil: undefined });

const loop: fc.Arbitrary<Statement> = fc
  .tuple(fc.array(nameText, { maxLength: 3 }), references, fc.boolean())
  .map(([models, rest, overList]): Statement => {
    const list = models.map((each): Value => ({ kind: 'text', text: each, bare: false, span }));
    return {
      kind: 'for',
      variable: { text: 'm', span },
      source: overList
        ? { kind: 'list', body: bodyOf(list), span }
        : { kind: 'text', text: 'decision.candidates', bare: true, span },
      references: [{ model: { text: 'm', span }, options: [], span }, ...rest],
      span,
    };
  });

/** At most one of each, but for those of which a route may have several. */
function statements(inBranch: boolean): fc.Arbitrary<Body<Statement>> {
  const integer = fc
    .integer({ min: 0, max: 500 })
    .map((each) => ({ kind: 'number' as const, raw: String(each), span }));
  const said = text.map((each) => ({ kind: 'text' as const, text: each, bare: false, span }));
  const optional = (arbitrary: fc.Arbitrary<Statement>) => {
    return fc.option(arbitrary, { nil: undefined }).map((each) => (each === undefined ? [] : [each]));
  };
  const many = (arbitrary: fc.Arbitrary<Statement>) => fc.array(arbitrary, { maxLength: 2 });
  const own: fc.Arbitrary<Statement[]>[] = inBranch
    ? [
        optional(
          nameText.map(
            (each): Statement => ({
              kind: 'name',
              value: { kind: 'text', text: each, bare: false, span },
              span,
            }),
          ),
        ),
      ]
    : [
        optional(integer.map((each): Statement => ({ kind: 'priority', value: each, span }))),
        optional(expression.map((condition): Statement => ({ kind: 'when', condition, span }))),
      ];
  return fc
    .tuple(
      ...own,
      optional(integer.map((each): Statement => ({ kind: 'tier', value: each, span }))),
      optional(said.map((each): Statement => ({ kind: 'description', value: each, span }))),
      many(references.map((each): Statement => ({ kind: 'models', references: each, span }))),
      optional(
        fc
          .tuple(name, fields(scalar, fc.constantFrom('on_error', 'minimum_candidates')), maybeSettings)
          .filter(([type]) => !['type', 'on_error', 'minimum_candidates'].includes(type.text))
          .map(
            ([type, options, inner]): Statement => ({
              kind: 'algorithm',
              type,
              options,
              settings: inner,
              span,
            }),
          ),
      ),
      many(
        fc.tuple(fc.constantFrom(...pluginTypes), maybeSettings).map(
          ([type, inner]): Statement => ({
            kind: 'plugin',
            name: { text: type, span },
            settings: inner,
            span,
          }),
        ),
      ),
      many(loop),
      many(
        fc.tuple(fc.constantFrom('retention', 'other'), maybeSettings).map(
          ([each, inner]): Statement => ({
            kind: 'emit',
            name: { text: each, span },
            settings: inner,
            span,
          }),
        ),
      ),
      optional(
        value.map((each): Statement => {
          return { kind: 'field', field: { key: { text: 'annotations', span }, value: each, span }, span };
        }),
      ),
    )
    .map((parts) => bodyOf(parts.flat()));
}

const cases: fc.Arbitrary<TestCase> = fc.record({
  query: text.map((each) => ({ kind: 'text' as const, text: each, bare: false, span })),
  route: name,
  span: fc.constant(span),
});

const branches: fc.Arbitrary<Branch[]> = fc
  .tuple(fc.array(fc.tuple(expression, statements(true)), { minLength: 1, maxLength: 3 }), statements(true))
  .map(([conditional, last]) => [
    ...conditional.map(([condition, body]): Branch => ({ condition, body, span })),
    { condition: undefined, body: last, span },
  ]);

const routing = fields(scalar, fc.constantFrom('strategy', 'fallback', 'data_policy')).map(
  (all): Block => ({ kind: 'routing', settings: { kind: 'object', body: bodyOf(all), span }, span }),
);
const model = fc
  .tuple(name, settings)
  .map(([each, inner]): Block => ({ kind: 'model', name: each, settings: inner, span }));
const signal = fc.tuple(fc.constantFrom(...signalTypes), name, settings).map(
  ([type, each, inner]): Block => ({
    kind: 'signal',
    type: { text: type, span },
    name: each,
    settings: inner,
    span,
  }),
);
const projection = fc
  .tuple(fc.constantFrom('partition' as const, 'score' as const, 'mapping' as const), name, settings)
  .map(([form, each, inner]): Block => ({ kind: 'projection', form, name: each, settings: inner, span }));
const route = fc
  .tuple(name, statements(false))
  .map(([each, body]): Block => ({ kind: 'route', name: each, options: [], body, span }));
const tree = fc
  .tuple(name, branches)
  .map(([each, all]): Block => ({ kind: 'tree', name: each, body: bodyOf(all), span }));
const test = fc
  .tuple(name, fc.array(cases, { maxLength: 3 }))
  .map(([each, all]): Block => ({ kind: 'test', name: each, body: bodyOf(all), span }));
const template = fc
  .tuple(
    nameText.filter((each) => isPlainName(each)),
    fc.constantFrom(...pluginTypes),
    settings,
  )
  .map(([each, type, inner]): Block => {
    return {
      kind: 'plugin',
      name: { text: `t_${each}`, span },
      type: { text: type, span },
      settings: inner,
      span,
    };
  });

/** Blocks of one scope: names once per kind, and trees or routes, not both. */
const scope: fc.Arbitrary<Block[]> = fc
  .tuple(
    fc.option(routing, { nil: undefined }),
    fc.array(fc.oneof(model, signal, projection, test, template), { maxLength: 4 }),
    fc.oneof(fc.array(route, { maxLength: 3 }), fc.array(tree, { maxLength: 2 })),
  )
  .map(([head, middle, last]) => distinct([...(head === undefined ? [] : [head]), ...middle, ...last]));

function distinct(blocks: readonly Block[]): Block[] {
  const seen = new Set<string>();
  return blocks.filter((block) => {
    if (!('name' in block)) return true;
    const kind =
      block.kind === 'signal' ? block.type.text : block.kind === 'projection' ? block.form : block.kind;
    const id = `${kind} ${block.name.text}`;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

const entrypoint = settings.map((inner): Block => ({ kind: 'entrypoint', settings: inner, span }));
const recipe = fc
  .tuple(name, fields(value, fc.constantFrom('description', 'owner')), scope)
  .map(
    ([each, options, inner]): Block => ({ kind: 'recipe', name: each, options, body: bodyOf(inner), span }),
  );

/** Whole files without comments. */
export const program: fc.Arbitrary<Program> = fc
  .tuple(scope, fc.array(fc.oneof(entrypoint, recipe), { maxLength: 2 }))
  .map(([blocks, more]) => bodyOf(distinct([...blocks, ...more])));
