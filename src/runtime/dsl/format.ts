/**
 * Writes a syntax tree as text: one statement a line, two spaces of indentation, comments where they were.
 * Formatting twice changes nothing more.
 *
 * @module
 */
import type { Block, Body, Branch, Comment, Field, Item, Program, Statement, TestCase } from './ast.js';
import { expressionLines } from './format-expressions.js';
import { formatName, formatText, inlineOptions, quote, referenceLines, valueLines } from './format-values.js';

/** Text of a whole file; ends with a line break unless there is nothing in it. */
export function formatProgram(program: Program): string {
  const lines = bodyLines(program, blockLines, true);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

type Lines<Node> = (node: Node) => string[];

/** Items with their comments. `spaced` puts a blank line between all of them. */
export function bodyLines<Node>(body: Body<Node>, write: Lines<Node>, spaced = false): string[] {
  const lines: string[] = [];
  body.items.forEach((item, index) => {
    const own = itemLines(item, write);
    if (index > 0 && (spaced || startsBlank(item))) lines.push('');
    lines.push(...own);
  });
  body.dangling.forEach((comment, index) => {
    const first = index === 0 && body.items.length === 0;
    if (!first && (comment.blankBefore || (spaced && index === 0))) lines.push('');
    lines.push(comment.text);
  });
  return lines;
}

function startsBlank({ leading, blankBefore }: Item<unknown>): boolean {
  return leading[0]?.blankBefore ?? blankBefore;
}

function itemLines<Node>({ node, leading, trailing, blankBefore }: Item<Node>, write: Lines<Node>): string[] {
  const lines = commentLines(leading);
  if (leading.length > 0 && blankBefore) lines.push('');
  const own = write(node);
  lines.push(...own);
  if (trailing !== undefined) lines.push(`${lines.pop() ?? ''}  ${trailing}`);
  return lines;
}

function commentLines(comments: readonly Comment[]): string[] {
  return comments.flatMap(({ text, blankBefore }, index) => (index > 0 && blankBefore ? ['', text] : [text]));
}

export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

/** `head {`, the lines of the body, `}`; `head {}` for an empty one. */
function braced<Node>(head: string, body: Body<Node>, write: Lines<Node>, spaced = false): string[] {
  const lines = bodyLines(body, write, spaced);
  return lines.length === 0 ? [`${head} {}`] : [`${head} {`, ...indent(lines), '}'];
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'routing':
      return braced('ROUTING', block.settings.body, fieldLines);
    case 'entrypoint':
      return braced('ENTRYPOINT', block.settings.body, fieldLines);
    case 'recipe': {
      const head = `RECIPE ${formatName(block.name)}${inlineOptions(block.options)}`;
      return braced(head, block.body, blockLines, true);
    }
    case 'signal':
      return braced(
        `SIGNAL ${formatName(block.type)} ${formatName(block.name)}`,
        block.settings.body,
        fieldLines,
      );
    case 'projection':
      return braced(`PROJECTION ${block.form} ${formatName(block.name)}`, block.settings.body, fieldLines);
    case 'model':
      return braced(`MODEL ${formatName(block.name)}`, block.settings.body, fieldLines);
    case 'plugin':
      return braced(
        `PLUGIN ${formatName(block.name)} ${formatName(block.type)}`,
        block.settings.body,
        fieldLines,
      );
    case 'route': {
      const head = `ROUTE ${formatName(block.name)}${inlineOptions(block.options)}`;
      return braced(head, block.body, statementLines);
    }
    case 'tree':
      return treeLines(`DECISION_TREE ${formatName(block.name)}`, block.body);
    case 'test':
      return braced(`TEST ${formatName(block.name)}`, block.body, caseLines);
  }
}

function fieldLines({ key, value }: Field): string[] {
  return valueLines(value, `${formatName(key)}: `);
}

function caseLines({ query, route }: TestCase): string[] {
  return [`${quote(query.text)} -> ${formatName(route)}`];
}

function treeLines(head: string, body: Body<Branch>): string[] {
  const lines: string[] = [];
  body.items.forEach((item, index) => {
    const [first = '', ...rest] = branchLines(item.node, index === 0);
    const closing = lines.at(-1);
    // `} ELSE …` on one line, unless a comment stands between the two.
    if (closing === '}' && item.leading.length === 0) {
      lines.pop();
      lines.push(`} ${first}`, ...rest);
    } else {
      lines.push(...commentLines(item.leading), first, ...rest);
    }
    if (item.trailing !== undefined) lines.push(`${lines.pop() ?? ''}  ${item.trailing}`);
  });
  lines.push(...commentLines(body.dangling));
  return [`${head} {`, ...indent(lines), '}'];
}

function branchLines({ condition, body }: Branch, first: boolean): string[] {
  if (condition === undefined) return braced('ELSE', body, statementLines);
  const lines = expressionLines(condition, first ? 'IF ' : 'ELSE IF ');
  const head = lines.pop() ?? '';
  return [...lines, ...braced(head, body, statementLines)];
}

function statementLines(statement: Statement): string[] {
  switch (statement.kind) {
    case 'priority':
      return valueLines(statement.value, 'PRIORITY ');
    case 'tier':
      return [`TIER ${statement.value.raw}`];
    case 'description':
      return [`DESCRIPTION ${formatText(statement.value)}`];
    case 'name':
      return [`NAME ${formatText(statement.value)}`];
    case 'when':
      return expressionLines(statement.condition, 'WHEN ');
    case 'models':
      return referenceLines(statement.references, 'MODEL ');
    case 'algorithm': {
      const head = `ALGORITHM ${formatName(statement.type)}${inlineOptions(statement.options)}`;
      return statement.settings === undefined ? [head] : valueLines(statement.settings, `${head} `);
    }
    case 'plugin':
    case 'emit': {
      const head = `${statement.kind === 'plugin' ? 'PLUGIN' : 'EMIT'} ${formatName(statement.name)}`;
      return statement.settings === undefined ? [head] : valueLines(statement.settings, `${head} `);
    }
    case 'for': {
      const source = valueLines(statement.source, `FOR ${formatName(statement.variable)} IN `);
      const head = source.pop() ?? '';
      return [...source, `${head} {`, ...indent(referenceLines(statement.references, 'MODEL ')), '}'];
    }
    case 'field':
      return fieldLines(statement.field);
  }
}
