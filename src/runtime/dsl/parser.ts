/**
 * From text to a syntax tree. An error ends its block and no more than that: the blocks behind it are read, so
 * that all errors show at once.
 *
 * @module
 */
import {
  type Block,
  type Branch,
  type Item,
  type Program,
  projectionForms,
  type TestCase,
  type TreeBlock,
} from './ast.js';
import { blockWords, Cursor } from './cursor.js';
import type { Problems } from './diagnostics.js';
import { tokenize } from './lexer.js';
import { failBehind, parseExpression } from './parse-expressions.js';
import { parseStatement } from './parse-statements.js';
import { parseObject, parseOptions } from './parse-values.js';
import { maxCharacters, type SourceText, type Span } from './source.js';

type BlockWord = (typeof blockWords)[number];

/** What belongs to the whole file and stands in no recipe. */
const topOnly: readonly BlockWord[] = ['ENTRYPOINT', 'RECIPE'];

/** Reads a file. Blocks with errors are left out; what is wrong with them is in `problems`. */
export function parseProgram(source: SourceText, problems: Problems): Program {
  if (source.text.length > maxCharacters) {
    problems.syntax({ start: 0, end: 0 }, 'the file is larger than 5 MiB');
    return { items: [], dangling: [] };
  }
  const cursor = new Cursor(tokenize(source, problems), problems);
  const items = parseBlocks(cursor, blockWords, () => cursor.token.kind === 'end');
  return { items, dangling: cursor.takeComments() };
}

function parseBlocks(cursor: Cursor, allowed: readonly BlockWord[], isEnd: () => boolean): Item<Block>[] {
  const items: Item<Block>[] = [];
  while (!isEnd()) {
    const item = cursor.orSkipBlock(() => cursor.item(() => parseBlock(cursor, allowed)));
    if (item !== undefined) items.push(item);
    // A stray brace is told once, however many there are.
    else while (!isEnd() && cursor.token.kind === '}') cursor.advance();
  }
  return items;
}

function parseBlock(cursor: Cursor, allowed: readonly BlockWord[]): Block {
  const { token } = cursor;
  if (token.kind === '}')
    return cursor.fail('this `}` closes nothing', 'remove it, or open a block before it');
  const word = blockWords.find((candidate) => candidate === token.text);
  if (token.kind !== 'word' || word === undefined) return failBlock(cursor, allowed);
  if (!allowed.includes(word)) {
    return cursor.fail(
      `${word} belongs to the whole file and not into a RECIPE`,
      'is a `}` missing above it?',
    );
  }
  cursor.advance();
  const { start } = token.span;
  const span = (): Span => ({ start, end: cursor.reached });
  switch (word) {
    case 'ROUTING':
      return { kind: 'routing', settings: parseObject(cursor, 'ROUTING'), span: span() };
    case 'ENTRYPOINT':
      return { kind: 'entrypoint', settings: parseObject(cursor, 'ENTRYPOINT'), span: span() };
    case 'RECIPE':
      return parseRecipe(cursor, start);
    case 'SIGNAL': {
      const example = 'SIGNAL keyword urgent { keywords: ["urgent"] }';
      const type = cursor.name('a signal type', example);
      const name = cursor.name('the name of the signal', example);
      const settings = parseObject(cursor, `SIGNAL ${type.text} ${name.text}`);
      return { kind: 'signal', type, name, settings, span: span() };
    }
    case 'PROJECTION':
      return parseProjection(cursor, start);
    case 'MODEL': {
      const name = cursor.name('the name of a model', 'MODEL "qwen3-8b" { param_size: "8B" }');
      return { kind: 'model', name, settings: parseObject(cursor, `MODEL ${name.text}`), span: span() };
    }
    case 'PLUGIN': {
      const example = 'PLUGIN polite system_prompt { system_prompt: "Be polite." }';
      const name = cursor.name('the name of the template', example);
      const type = cursor.name('the plugin type', example);
      const settings = parseObject(cursor, `PLUGIN ${name.text}`);
      return { kind: 'plugin', name, type, settings, span: span() };
    }
    case 'ROUTE': {
      const name = cursor.name('the name of the route', 'ROUTE math { WHEN domain("math") MODEL big }');
      const options = parseOptions(cursor, 'the list of options');
      const opened = cursor.expect('{', `to start ROUTE ${name.text}`).span;
      const body = cursor.body('}', opened, `ROUTE ${name.text}`, () => parseStatement(cursor, 'route'));
      return { kind: 'route', name, options, body, span: span() };
    }
    case 'DECISION_TREE':
      return parseTree(cursor, start);
    default: {
      const name = cursor.name('the name of the test', 'TEST sums { "2 + 2 = ?" -> math }');
      const opened = cursor.expect('{', `to start TEST ${name.text}`).span;
      const body = cursor.body('}', opened, `TEST ${name.text}`, () => parseCase(cursor));
      return { kind: 'test', name, body, span: span() };
    }
  }
}

function failBlock(cursor: Cursor, allowed: readonly BlockWord[]): never {
  const { token } = cursor;
  const upper = token.text.toUpperCase();
  if (token.kind === 'word' && token.text !== upper && allowed.some((word) => word === upper)) {
    return cursor.fail(`found \`${token.text}\``, `write \`${upper}\` in capitals`, upper);
  }
  return cursor.failUnknown('a block', allowed);
}

function parseRecipe(cursor: Cursor, start: number): Block {
  const name = cursor.name('the name of the recipe', 'RECIPE fast { ROUTE all { MODEL small } }');
  const options = parseOptions(cursor, 'the list of options');
  const opened = cursor.expect('{', `to start RECIPE ${name.text}`).span;
  const allowed = blockWords.filter((word) => !topOnly.includes(word));
  return cursor.nested(() => {
    const isEnd = () => {
      const { kind, text, atLineStart } = cursor.token;
      return (
        kind === '}' ||
        kind === 'end' ||
        (kind === 'word' && atLineStart && topOnly.some((word) => word === text))
      );
    };
    const items = parseBlocks(cursor, allowed, isEnd);
    if (cursor.token.kind !== '}')
      cursor.failAt(opened, `\`}\` is missing: RECIPE ${name.text} is not closed`);
    const dangling = cursor.takeComments();
    cursor.advance();
    return { kind: 'recipe', name, options, body: { items, dangling }, span: { start, end: cursor.reached } };
  });
}

function parseProjection(cursor: Cursor, start: number): Block {
  const { token } = cursor;
  const form = projectionForms.find((candidate) => token.kind === 'word' && candidate === token.text);
  if (form === undefined) return cursor.failUnknown('a kind of projection', projectionForms);
  cursor.advance();
  const name = cursor.name('the name of the projection', `PROJECTION ${form} load { … }`);
  const settings = parseObject(cursor, `PROJECTION ${form} ${name.text}`);
  return { kind: 'projection', form, name, settings, span: { start, end: cursor.reached } };
}

function parseTree(cursor: Cursor, start: number): TreeBlock {
  const name = cursor.name('the name of the tree', 'DECISION_TREE support { IF … { … } ELSE { … } }');
  const what = `DECISION_TREE ${name.text}`;
  const opened = cursor.expect('{', `to start ${what}`).span;
  let branches = 0;
  let complete = false;
  const body = cursor.body('}', opened, what, () => {
    if (complete)
      return cursor.fail(`nothing follows ELSE; found ${cursor.found()}`, 'use another DECISION_TREE');
    const branch = parseBranch(cursor, branches === 0);
    branches++;
    complete = branch.condition === undefined;
    return branch;
  });
  if (branches === 0)
    return cursor.failAt(name.span, `${what} has no branch`, 'write `IF condition { … } ELSE { … }`');
  return { kind: 'tree', name, body, span: { start, end: cursor.reached } };
}

function parseBranch(cursor: Cursor, first: boolean): Branch {
  const { start } = cursor.token.span;
  const expected = first ? '`IF`' : '`ELSE IF`, `ELSE` or `}`';
  if (!cursor.isWord(first ? 'IF' : 'ELSE')) {
    const hint =
      !first && cursor.isWord('IF') ? 'write `ELSE IF`, or put it into another DECISION_TREE' : undefined;
    return cursor.fail(`expected ${expected}; found ${cursor.found()}`, hint);
  }
  cursor.advance();
  if (!first && cursor.isWord('IF')) {
    cursor.advance();
  } else if (!first) {
    return { condition: undefined, body: parseStatements(cursor), span: { start, end: cursor.reached } };
  }
  const condition = parseExpression(cursor);
  if (cursor.token.kind !== '{') return failBehind(cursor, '`{`, `AND` or `OR`');
  return { condition, body: parseStatements(cursor), span: { start, end: cursor.reached } };
}

function parseStatements(cursor: Cursor): Branch['body'] {
  const opened = cursor.expect('{', 'to start the branch').span;
  return cursor.body('}', opened, 'this branch', () => parseStatement(cursor, 'branch'));
}

/** `"query" -> route`. */
function parseCase(cursor: Cursor): TestCase {
  const { token } = cursor;
  if (token.kind !== 'text') {
    return cursor.fail(
      `expected a prompt in double quotes; found ${cursor.found()}`,
      'example: `"2 + 2 = ?" -> math`',
    );
  }
  cursor.advance();
  const query = { kind: 'text', text: token.text, bare: false, span: token.span } as const;
  cursor.expect('->', 'between the prompt and the name of its route');
  const route = cursor.name('the name of a route', '"2 + 2 = ?" -> math');
  return { query, route, span: { start: token.span.start, end: cursor.reached } };
}
