/**
 * Conditions: NOT binds tighter than AND, AND tighter than OR.
 *
 * @module
 */
import type { Expression, LeafExpression } from './ast.js';
import type { Cursor } from './cursor.js';
import { optionsUntilClosed } from './parse-values.js';

type Joiner = 'and' | 'or';

const words: Readonly<Record<Joiner, string>> = { and: 'AND', or: 'OR' };

export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(() =>
    parseJoined(cursor, 'or', () => parseJoined(cursor, 'and', () => parseUnary(cursor))),
  );
}

function parseJoined(cursor: Cursor, kind: Joiner, operand: () => Expression): Expression {
  const first = operand();
  const operands = [first];
  while (isOperator(cursor, words[kind])) {
    cursor.advance();
    operands.push(operand());
  }
  if (operands.length === 1) return first;
  return { kind, operands, span: { start: first.span.start, end: cursor.reached } };
}

function parseUnary(cursor: Cursor): Expression {
  const { token } = cursor;
  const { start } = token.span;
  if (isOperator(cursor, 'NOT')) {
    cursor.advance();
    const operand = cursor.nested(() => parseUnary(cursor));
    return { kind: 'not', operand, span: { start, end: cursor.reached } };
  }
  if (token.kind === '(') {
    cursor.advance();
    if (cursor.accept(')')) return { kind: 'always', span: { start, end: cursor.reached } };
    const inner = parseExpression(cursor);
    if (cursor.token.kind !== ')') return failBehind(cursor, '`)`, `AND` or `OR`');
    cursor.advance();
    return inner;
  }
  return parseLeaf(cursor);
}

function parseLeaf(cursor: Cursor): LeafExpression {
  const example = 'keyword("urgent") AND NOT domain("math")';
  const { kind, text, span } = cursor.token;
  if (kind !== 'word') {
    return cursor.fail(`expected a condition; found ${cursor.found()}`, `example: \`${example}\``);
  }
  cursor.advance();
  if (!cursor.is('(')) {
    const hint = `conditions are written \`type("name")\`, as in \`${example}\``;
    return cursor.fail(`expected \`(\` after \`${text}\`; found ${cursor.found()}`, hint);
  }
  const opened = cursor.advance().span;
  const name = cursor.name(`the name of the ${text} signal`, `${text}("name")`);
  cursor.accept(',');
  const fields = optionsUntilClosed(cursor, opened, 'this condition');
  return {
    kind: 'leaf',
    type: { text, span },
    name,
    fields,
    span: { start: span.start, end: cursor.reached },
  };
}

/** Whether the operator comes next; in small letters it is reported, and read all the same. */
function isOperator(cursor: Cursor, operator: string): boolean {
  const { token, next } = cursor;
  if (token.kind !== 'word') return false;
  if (token.text === operator) return true;
  if (token.text.toUpperCase() !== operator) return false;
  // `not("x")` could be a condition, had any signal that name; none has.
  if (next.kind === ':' || next.kind === '=') return false;
  cursor.problems.syntax(
    token.span,
    `found \`${token.text}\``,
    `write \`${operator}\` in capitals`,
    operator,
  );
  return true;
}

/** Something stands where a condition is complete. */
export function failBehind(cursor: Cursor, expected: string): never {
  return cursor.fail(`expected ${expected} after the condition; found ${cursor.found()}`);
}
