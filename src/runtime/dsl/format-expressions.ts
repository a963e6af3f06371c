/**
 * Conditions as text: on one line where they fit, else one operand a line.
 *
 * @module
 */
import type { Expression } from './ast.js';
import { formatName, inlineFields, lineWidth, quote } from './format-values.js';

/** The lines of a condition, the first one behind `prefix`. */
export function expressionLines(expression: Expression, prefix: string): string[] {
  const line = inline(expression, lineWidth - prefix.length);
  if (line !== undefined) return [`${prefix}${line}`];
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const [first, ...rest] = expression.operands;
      const word = expression.kind === 'and' ? 'AND' : 'OR';
      const lines = first === undefined ? [] : operandLines(first, prefix);
      for (const operand of rest) lines.push(...operandLines(operand, `  ${word} `).map(indentRest));
      return lines;
    }
    case 'not':
      return operandLines(expression.operand, `${prefix}NOT `);
    default:
      return [`${prefix}${inline(expression, Infinity) ?? ''}`];
  }
}

function indentRest(line: string, index: number): string {
  return index === 0 ? line : `  ${line}`;
}

/** An operand; what is joined by another operator stands in brackets. */
function operandLines(expression: Expression, prefix: string): string[] {
  if (expression.kind !== 'and' && expression.kind !== 'or') return expressionLines(expression, prefix);
  const line = inline(expression, lineWidth - prefix.length - 2);
  if (line !== undefined) return [`${prefix}(${line})`];
  const inner = expressionLines(expression, '').map((text) => `  ${text}`);
  return [`${prefix}(`, ...inner, ')'];
}

/** The condition on one line of at most `budget` characters; undefined if it is longer. */
function inline(expression: Expression, budget: number): string | undefined {
  const text = write(expression, budget);
  return text !== undefined && text.length <= budget ? text : undefined;
}

function write(expression: Expression, budget: number): string | undefined {
  if (budget < 0) return undefined;
  switch (expression.kind) {
    case 'always':
      return '()';
    case 'leaf': {
      const { type, name, fields } = expression;
      const more = fields.length === 0 ? '' : ` ${inlineFields(fields)}`;
      return `${formatName(type)}(${quote(name.text)}${more})`;
    }
    case 'not': {
      const operand = writeOperand(expression.operand, budget - 4);
      return operand === undefined ? undefined : `NOT ${operand}`;
    }
    default: {
      const parts: string[] = [];
      let left = budget;
      for (const operand of expression.operands) {
        const part = writeOperand(operand, left);
        if (part === undefined) return undefined;
        parts.push(part);
        left -= part.length + 4;
      }
      return parts.join(expression.kind === 'and' ? ' AND ' : ' OR ');
    }
  }
}

function writeOperand(expression: Expression, budget: number): string | undefined {
  const text = write(expression, budget);
  if (text === undefined) return undefined;
  return expression.kind === 'and' || expression.kind === 'or' ? `(${text})` : text;
}
