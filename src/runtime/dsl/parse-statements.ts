/**
 * What stands inside a route or a branch of a decision tree.
 *
 * @module
 */
import type { ModelReference, Name, NumberValue, ObjectValue, Statement, TextValue } from './ast.js';
import type { Cursor } from './cursor.js';
import { nearest } from './diagnostics.js';
import { failBehind, parseExpression } from './parse-expressions.js';
import { parseField, parseList, parseObject, parseOptions } from './parse-values.js';
import type { Span } from './source.js';

/** Where a statement stands: a branch has a NAME and a condition of its own. */
export type Place = 'route' | 'branch';

const shared = ['TIER', 'DESCRIPTION', 'MODEL', 'ALGORITHM', 'PLUGIN', 'FOR', 'EMIT'] as const;
const words: Readonly<Record<Place, readonly string[]>> = {
  route: ['PRIORITY', 'WHEN', ...shared],
  branch: ['NAME', ...shared],
};

export function parseStatement(cursor: Cursor, place: Place): Statement {
  const { token, next } = cursor;
  if (token.kind !== 'word' && token.kind !== 'text') {
    return cursor.fail(
      `expected a statement or \`}\`; found ${cursor.found()}`,
      `allowed: ${list(words[place])}`,
    );
  }
  const { start } = token.span;
  const span = (): Span => ({ start, end: cursor.reached });
  if (next.kind === ':' || next.kind === '=') {
    const field = parseField(cursor);
    return { kind: 'field', field, span: span() };
  }
  const keyword = token.kind === 'word' && words[place].includes(token.text) ? token.text : undefined;
  if (keyword === undefined) return failStatement(cursor, place);
  cursor.advance();
  switch (keyword) {
    case 'PRIORITY':
      return { kind: 'priority', value: parsePriority(cursor), span: span() };
    case 'TIER':
      return { kind: 'tier', value: parseInteger(cursor, 'TIER'), span: span() };
    case 'DESCRIPTION':
      return { kind: 'description', value: parseText(cursor, 'DESCRIPTION'), span: span() };
    case 'NAME':
      return { kind: 'name', value: parseText(cursor, 'NAME'), span: span() };
    case 'WHEN': {
      const condition = parseExpression(cursor);
      if (cursor.token.kind === '(' || cursor.token.kind === ')')
        return failBehind(cursor, '`AND`, `OR` or a statement');
      return { kind: 'when', condition, span: span() };
    }
    case 'MODEL':
      return { kind: 'models', references: parseReferences(cursor), span: span() };
    case 'ALGORITHM': {
      const type = cursor.name('the type of the algorithm', 'ALGORITHM confidence { threshold: 0.7 }');
      const options = parseOptions(cursor, 'the list of options');
      return {
        kind: 'algorithm',
        type,
        options,
        settings: parseSettings(cursor, 'ALGORITHM', type),
        span: span(),
      };
    }
    case 'PLUGIN': {
      const name = cursor.name(
        'a plugin type or the name of a template',
        'PLUGIN fast_response { message: "…" }',
      );
      return { kind: 'plugin', name, settings: parseSettings(cursor, 'PLUGIN', name), span: span() };
    }
    case 'FOR':
      return { kind: 'for', ...parseLoop(cursor), span: span() };
    default: {
      const name = cursor.name('what to emit', 'EMIT retention { drop: true }');
      return { kind: 'emit', name, settings: parseSettings(cursor, 'EMIT', name), span: span() };
    }
  }
}

function failStatement(cursor: Cursor, place: Place): never {
  const { text } = cursor.token;
  if (place === 'branch' && text === 'IF') {
    return cursor.fail(
      'an IF inside a branch is not possible',
      'join the conditions with AND, or use another DECISION_TREE',
    );
  }
  if (place === 'branch' && text === 'PRIORITY') {
    return cursor.fail('a branch has no PRIORITY', 'the order of the branches is the priority; remove it');
  }
  if (place === 'branch' && text === 'WHEN') {
    return cursor.fail('a branch has no WHEN', 'its condition stands behind IF');
  }
  if (cursor.next.kind === '(') {
    return cursor.fail(
      `expected \`AND\`, \`OR\` or a statement; found ${cursor.found()}`,
      'join conditions with AND or OR',
    );
  }
  // `when` and the like: right but for the case.
  const candidates = words[place];
  const exact = candidates.find((word) => word === text.toUpperCase());
  const near =
    exact === undefined
      ? nearest(text, candidates)
      : { hint: `write \`${exact}\` in capitals`, replacement: exact };
  const hint = near?.hint ?? `allowed: ${list(candidates)}, or a field: \`${text.slice(0, 40)}: value\``;
  return cursor.fail(`unknown statement \`${text.slice(0, 40)}\``, hint, near?.replacement);
}

function list(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

function parseSettings(cursor: Cursor, keyword: string, name: Name): ObjectValue | undefined {
  return cursor.token.kind === '{' ? parseObject(cursor, `${keyword} ${name.text}`) : undefined;
}

/** A number, or a level such as `safety`. */
function parsePriority(cursor: Cursor): NumberValue | TextValue {
  const { token, next } = cursor;
  const isLevel =
    token.kind === 'word' && /^[a-z]/.test(token.text) && next.kind !== ':' && next.kind !== '=';
  return isLevel || token.kind === 'text' ? parseText(cursor, 'PRIORITY') : parseInteger(cursor, 'PRIORITY');
}

function parseInteger(cursor: Cursor, keyword: string): NumberValue {
  const { token } = cursor;
  if (token.kind !== 'number' || !Number.isSafeInteger(Number(token.text))) {
    return cursor.fail(`expected a whole number after ${keyword}; found ${cursor.found()}`);
  }
  cursor.advance();
  return { kind: 'number', raw: token.text, span: token.span };
}

function parseText(cursor: Cursor, keyword: string): TextValue {
  const { token } = cursor;
  if (token.kind !== 'text' && token.kind !== 'word') {
    return cursor.fail(`expected text after ${keyword}; found ${cursor.found()}`);
  }
  cursor.advance();
  return { kind: 'text', text: token.text, bare: token.kind === 'word', span: token.span };
}

/** `name (key = value, …), name …`. */
function parseReferences(cursor: Cursor): ModelReference[] {
  const references: ModelReference[] = [];
  do {
    const model = cursor.name('the name of a model', 'MODEL "qwen3-8b" (reasoning = true)');
    const options = parseOptions(cursor, 'the list of options');
    references.push({ model, options, span: { start: model.span.start, end: cursor.reached } });
  } while (cursor.accept(',') && !startsStatement(cursor));
  return references;
}

/** A comma may also stand between statements. */
function startsStatement({ token, next }: Cursor): boolean {
  if (token.kind !== 'word' && token.kind !== 'text') return true;
  if (next.kind === ':' || next.kind === '=') return true;
  return token.kind === 'word' && [...words.route, ...words.branch].includes(token.text);
}

/** `v IN source { MODEL v }`. */
function parseLoop(cursor: Cursor): {
  variable: Name;
  source: Extract<Statement, { kind: 'for' }>['source'];
  references: readonly ModelReference[];
} {
  const example = 'FOR m IN [small, big] { MODEL m }';
  const variable = cursor.name('the name of a variable', example);
  if (!cursor.isWord('IN'))
    return cursor.fail(`expected \`IN\`; found ${cursor.found()}`, `example: \`${example}\``);
  cursor.advance();
  const source = cursor.token.kind === '[' ? parseList(cursor) : parseText(cursor, 'IN');
  cursor.expect('{', 'to start the body of FOR');
  if (!cursor.isWord('MODEL')) {
    return cursor.fail(
      `expected \`MODEL\` in the body of FOR; found ${cursor.found()}`,
      `example: \`${example}\``,
    );
  }
  cursor.advance();
  const references = parseReferences(cursor);
  cursor.expect('}', 'after the models of FOR');
  return { variable, source, references };
}
