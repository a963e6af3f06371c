import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../../src/runtime/dsl/analyse.js';
import { formatProgram } from '../../../src/runtime/dsl/format.js';
import { parse, parsed, program } from './programs.js';

const million = 1_000_000;

/** A megabyte of `piece`. */
const megabyte = (piece: string) => piece.repeat(Math.ceil(million / piece.length));

/** Words and signs of the language in any order. */
const soup = fc
  .array(
    fc.constantFrom(
      ...[
        'ROUTE',
        'RECIPE',
        'SIGNAL',
        'MODEL',
        'PLUGIN',
        'TEST',
        'DECISION_TREE',
        'ROUTING',
        'ENTRYPOINT',
        'PROJECTION',
      ],
      ...[
        'WHEN',
        'PRIORITY',
        'ALGORITHM',
        'FOR',
        'IN',
        'EMIT',
        'IF',
        'ELSE',
        'AND',
        'OR',
        'NOT',
        'keyword',
        'score',
      ],
      ...[
        '{',
        '}',
        '(',
        ')',
        '[',
        ']',
        ':',
        '=',
        ',',
        '->',
        '"x"',
        '"',
        '\\',
        '#',
        '\n',
        '12',
        '1.5',
        'a',
        "'",
        '@',
      ],
      ...[
        '__proto__',
        'constructor',
        'toString',
        'name',
        'keyword("a")',
        'ROUTE r { ',
        'SIGNAL keyword a { ',
      ],
    ),
    { maxLength: 60 },
  )
  .map((words) => words.join(' '));

/** A good file with one stretch of it replaced. */
const damaged = fc
  .tuple(
    program,
    fc.nat(),
    fc.nat({ max: 30 }),
    fc.string({ unit: fc.constantFrom(...'{}[]()":,=#ab \n\\'), maxLength: 3 }),
  )
  .map(([tree, at, length, instead]) => {
    const text = formatProgram(tree);
    const start = at % (text.length + 1);
    return text.slice(0, start) + instead + text.slice(start + length);
  });

describe('whatever the file holds', () => {
  it('it is read, and what is read can be formatted', () => {
    fc.assert(
      fc.property(fc.oneof(soup, damaged, fc.string({ unit: 'binary' })), (text) => {
        const read = parse(text);
        const once = formatProgram(read.program);
        // A key that is given twice is an error that leaves its block whole.
        expect(formatProgram(parse(once).program)).toBe(once);
      }),
      { numRuns: 400 },
    );
  });

  it('it is checked, and every finding has a place in it', () => {
    fc.assert(
      fc.property(fc.oneof(soup, damaged), (text) => {
        const { diagnostics } = analyse(text, { env: {} });
        const lines = text.split('\n');
        for (const { line, column } of diagnostics) {
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('hostile input', () => {
  it.each([
    ['open brackets', megabyte('[')],
    ['open braces', megabyte('{')],
    ['open brackets in a value', `ROUTING { a: ${megabyte('[')} }`],
    ['open brackets in a condition', `ROUTE a { WHEN ${megabyte('(')} }`],
    ['negations', `ROUTE a { WHEN ${megabyte('NOT ')} }`],
    ['nested objects', `ROUTING { ${megabyte('a: { ')} }`],
    ['quotes', megabyte('"')],
    ['open strings', megabyte('"a\n')],
    ['strings with escapes', megabyte('"\\x\n')],
    ['stray braces', megabyte('} ')],
    ['stray blocks', megabyte('ROUTE ')],
    ['blocks without names', megabyte('ROUTE {}\n')],
    ['words', megabyte('foo ')],
    ['comments', megabyte('#\n')],
    ['signs', megabyte('% ')],
    ['control characters', megabyte('\u0000')],
    ['arrows', megabyte('→ ')],
    ['commas', megabyte(',')],
    ['one long word', megabyte('a')],
    ['numbers', megabyte('1e9')],
    ['lines', megabyte('\n')],
    ['statements without sense', `ROUTE a { ${megabyte('MODEL ')} }`],
    ['recipes', megabyte('RECIPE r {\n')],
  ])('a megabyte of %s gives errors, few of them', (_, text) => {
    const { diagnostics } = parse(text);
    expect(diagnostics.length).toBeLessThan(150);
  });

  it('a file that is too large is refused', () => {
    expect(parse('#'.repeat(6 * million)).diagnostics).toMatchObject([
      { message: 'the file is larger than 5 MiB' },
    ]);
  });

  it('what is nested as deep as allowed is read, formatted and checked', () => {
    const deep = `ROUTE a { WHEN ${'('.repeat(40)}keyword("x") AND keyword("y")${')'.repeat(40)} }`;
    expect(formatProgram(parsed(deep))).toContain('WHEN keyword("x") AND keyword("y")');
    let condition = 'keyword("x")';
    for (let level = 0; level < 95; level++) condition = `NOT ${condition}`;
    const { diagnostics } = analyse(`ROUTE a { WHEN ${condition} MODEL m }`, { env: {} });
    expect(diagnostics.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('nested deeper'),
    );
  });

  it('many blocks are read and checked', () => {
    const routes = Array.from({ length: 1500 }, (_, index) => {
      return `SIGNAL keyword k${index} { operator: OR keywords: ["w${index}"] }
ROUTE r${index} { PRIORITY ${index} WHEN keyword("k${index}") MODEL m }`;
    });
    const { failed } = analyse(routes.join('\n'), { env: {} });
    expect(failed).toBe(false);
  });

  it('a tree that would become too many conditions is refused', () => {
    const branches = Array.from({ length: 900 }, (_, index) => `ELSE IF keyword("k${index}") { MODEL m }`);
    const text = `DECISION_TREE t { IF keyword("k") { MODEL m }\n${branches.join('\n')}\nELSE { MODEL m } }`;
    expect(analyse(text, { env: {} }).diagnostics).toMatchObject([
      { message: expect.stringContaining('DECISION_TREE t becomes') },
    ]);
  });
});
