/**
 * The syntax tree of a DSL file. Everything has its span; comments hang on what they were written beside, so
 * that the formatter can put them back.
 *
 * @module
 */
import type { Span } from './source.js';

export interface Comment {
  /** With its `#`, without white space at the end. */
  readonly text: string;
  /** Whether a blank line stands above it. */
  readonly blankBefore: boolean;
}

/** Something that stands on a line of its own, with its comments. */
export interface Item<Node> {
  readonly node: Node;
  readonly leading: readonly Comment[];
  /** The comment at the end of its last line. */
  readonly trailing: string | undefined;
  /** Whether a blank line stands right above it, below its comments. */
  readonly blankBefore: boolean;
}

/** What stands between braces or brackets. */
export interface Body<Node> {
  readonly items: readonly Item<Node>[];
  /** Comments before the closing brace. */
  readonly dangling: readonly Comment[];
}

export interface Name {
  readonly text: string;
  readonly span: Span;
}

export interface TextValue {
  readonly kind: 'text';
  readonly text: string;
  /** Written without quotes. */
  readonly bare: boolean;
  readonly span: Span;
}

export interface NumberValue {
  readonly kind: 'number';
  /** As written. */
  readonly raw: string;
  readonly span: Span;
}

export interface BooleanValue {
  readonly kind: 'boolean';
  readonly value: boolean;
  readonly span: Span;
}

export interface NullValue {
  readonly kind: 'null';
  readonly span: Span;
}

export interface ListValue {
  readonly kind: 'list';
  readonly body: Body<Value>;
  readonly span: Span;
}

export interface ObjectValue {
  readonly kind: 'object';
  readonly body: Body<Field>;
  readonly span: Span;
}

export type ScalarValue = TextValue | NumberValue | BooleanValue | NullValue;
export type Value = ScalarValue | ListValue | ObjectValue;

export interface Field {
  readonly key: Name;
  readonly value: Value;
  readonly span: Span;
}

/** A condition on one signal: `type("name" field: value)`. */
export interface LeafExpression {
  readonly kind: 'leaf';
  readonly type: Name;
  readonly name: Name;
  readonly fields: readonly Field[];
  readonly span: Span;
}

export interface NotExpression {
  readonly kind: 'not';
  readonly operand: Expression;
  readonly span: Span;
}

/** Operands in a row. `a AND b AND c` is one; brackets make one inside another. */
export interface JoinExpression {
  readonly kind: 'and' | 'or';
  /** At least two. */
  readonly operands: readonly Expression[];
  readonly span: Span;
}

/** `()`: holds for every request. */
export interface AlwaysExpression {
  readonly kind: 'always';
  readonly span: Span;
}

export type Expression = LeafExpression | NotExpression | JoinExpression | AlwaysExpression;

export interface ModelReference {
  readonly model: Name;
  readonly options: readonly Field[];
  readonly span: Span;
}

/** What a route or a branch of a tree consists of. */
export type Statement =
  | {
      readonly kind: 'priority';
      /** A whole number, or the name of a level. */
      readonly value: NumberValue | TextValue;
      readonly span: Span;
    }
  | { readonly kind: 'tier'; readonly value: NumberValue; readonly span: Span }
  | { readonly kind: 'description'; readonly value: TextValue; readonly span: Span }
  | { readonly kind: 'name'; readonly value: TextValue; readonly span: Span }
  | { readonly kind: 'when'; readonly condition: Expression; readonly span: Span }
  | { readonly kind: 'models'; readonly references: readonly ModelReference[]; readonly span: Span }
  | {
      readonly kind: 'algorithm';
      readonly type: Name;
      /** Fields beside the block of the algorithm. */
      readonly options: readonly Field[];
      readonly settings: ObjectValue | undefined;
      readonly span: Span;
    }
  | {
      readonly kind: 'plugin';
      readonly name: Name;
      readonly settings: ObjectValue | undefined;
      readonly span: Span;
    }
  | {
      readonly kind: 'for';
      readonly variable: Name;
      readonly source: TextValue | ListValue;
      readonly references: readonly ModelReference[];
      readonly span: Span;
    }
  | {
      readonly kind: 'emit';
      readonly name: Name;
      readonly settings: ObjectValue | undefined;
      readonly span: Span;
    }
  | { readonly kind: 'field'; readonly field: Field; readonly span: Span };

/** `IF … { … }`, `ELSE IF … { … }`, `ELSE { … }`. */
export interface Branch {
  /** Undefined for the last one, ELSE. */
  readonly condition: Expression | undefined;
  readonly body: Body<Statement>;
  readonly span: Span;
}

export interface TestCase {
  readonly query: TextValue;
  readonly route: Name;
  readonly span: Span;
}

export const projectionForms = ['partition', 'score', 'mapping'] as const;
export type ProjectionForm = (typeof projectionForms)[number];

export interface RoutingBlock {
  readonly kind: 'routing';
  readonly settings: ObjectValue;
  readonly span: Span;
}

export interface EntrypointBlock {
  readonly kind: 'entrypoint';
  readonly settings: ObjectValue;
  readonly span: Span;
}

export interface RecipeBlock {
  readonly kind: 'recipe';
  readonly name: Name;
  readonly options: readonly Field[];
  readonly body: Body<Block>;
  readonly span: Span;
}

export interface SignalBlock {
  readonly kind: 'signal';
  readonly type: Name;
  readonly name: Name;
  readonly settings: ObjectValue;
  readonly span: Span;
}

export interface ProjectionBlock {
  readonly kind: 'projection';
  readonly form: ProjectionForm;
  readonly name: Name;
  readonly settings: ObjectValue;
  readonly span: Span;
}

export interface ModelBlock {
  readonly kind: 'model';
  readonly name: Name;
  readonly settings: ObjectValue;
  readonly span: Span;
}

export interface PluginBlock {
  readonly kind: 'plugin';
  readonly name: Name;
  readonly type: Name;
  readonly settings: ObjectValue;
  readonly span: Span;
}

export interface RouteBlock {
  readonly kind: 'route';
  readonly name: Name;
  readonly options: readonly Field[];
  readonly body: Body<Statement>;
  readonly span: Span;
}

export interface TreeBlock {
  readonly kind: 'tree';
  readonly name: Name;
  readonly body: Body<Branch>;
  readonly span: Span;
}

export interface TestBlock {
  readonly kind: 'test';
  readonly name: Name;
  readonly body: Body<TestCase>;
  readonly span: Span;
}

export type Block =
  | RoutingBlock
  | EntrypointBlock
  | RecipeBlock
  | SignalBlock
  | ProjectionBlock
  | ModelBlock
  | PluginBlock
  | RouteBlock
  | TreeBlock
  | TestBlock;

/** A whole file. */
export type Program = Body<Block>;

/** Items without comments, for trees that come from no text. */
export function bodyOf<Node>(nodes: readonly Node[]): Body<Node> {
  return {
    items: nodes.map((node) => ({ node, leading: [], trailing: undefined, blankBefore: false })),
    dangling: [],
  };
}

export function nodesOf<Node>(body: Body<Node>): Node[] {
  return body.items.map(({ node }) => node);
}
