/**
 * From conditions to rule trees of the configuration.
 *
 * @module
 */
import type { Expression, ObjectValue, Value } from './ast.js';
import type { Span } from './source.js';
import { fieldOf, listValue, objectValue, textOfName, textValue } from './values.js';

/** The rule of a decision: its root is an operator, as every reader of the configuration expects. */
export function lowerRoot(condition: Expression): ObjectValue {
  const rule = lowerExpression(condition);
  return condition.kind === 'leaf' ? join('AND', [rule], condition.span) : rule;
}

export function lowerExpression(expression: Expression): ObjectValue {
  const { span } = expression;
  switch (expression.kind) {
    case 'leaf': {
      const { type, name, fields } = expression;
      const own = [fieldOf('type', textOfName(type)), fieldOf('name', textOfName(name))];
      return objectValue([...own, ...fields], span);
    }
    case 'not':
      return negate(lowerExpression(expression.operand), span);
    case 'always':
      return join('AND', [], span);
    default:
      return join(expression.kind === 'and' ? 'AND' : 'OR', expression.operands.map(lowerExpression), span);
  }
}

export function negate(rule: ObjectValue, span: Span): ObjectValue {
  return join('NOT', [rule], span);
}

export function join(operator: 'AND' | 'OR' | 'NOT', conditions: readonly Value[], span: Span): ObjectValue {
  return objectValue(
    [fieldOf('operator', textValue(operator, span)), fieldOf('conditions', listValue(conditions, span))],
    span,
  );
}

/** Conditions and operators in it: how much of a rule tree it becomes. */
export function sizeOf(expression: Expression): number {
  switch (expression.kind) {
    case 'leaf':
    case 'always':
      return 1;
    case 'not':
      return 1 + sizeOf(expression.operand);
    default:
      return expression.operands.reduce((sum, operand) => sum + sizeOf(operand), 1);
  }
}
