import { describe, expect, it } from 'vitest';
import { nodesOf, type Statement } from '../../../src/runtime/dsl/ast.js';
import { type Parsed, parse, parsed, printed, withoutSpans } from './programs.js';

const errors = (text: string) => printed(parse(text).diagnostics);
const names = ({ program }: Parsed) =>
  nodesOf(program).map((block) => ('name' in block ? block.name.text : block.kind));

/** The condition of a route as nested lists. */
function condition(text: string): unknown {
  const [route] = nodesOf(parsed(`ROUTE r { WHEN ${text} }`));
  const [when] = route?.kind === 'route' ? nodesOf(route.body) : [];
  return when?.kind === 'when' ? shape(when.condition) : undefined;
}

function shape(expression: Extract<Statement, { kind: 'when' }>['condition']): unknown {
  switch (expression.kind) {
    case 'leaf':
      return expression.name.text;
    case 'always':
      return true;
    case 'not':
      return { not: shape(expression.operand) };
    default:
      return { [expression.kind]: expression.operands.map(shape) };
  }
}

describe('conditions', () => {
  it('NOT binds tighter than AND, AND tighter than OR', () => {
    expect(condition('keyword("a") OR keyword("b") AND NOT keyword("c")')).toEqual({
      or: ['a', { and: ['b', { not: 'c' }] }],
    });
    expect(condition('(keyword("a") OR keyword("b")) AND NOT (keyword("c") AND keyword("d"))')).toEqual({
      and: [{ or: ['a', 'b'] }, { not: { and: ['c', 'd'] } }],
    });
    expect(condition('NOT NOT keyword("a")')).toEqual({ not: { not: 'a' } });
  });

  it('brackets group, also where the operator is the same', () => {
    expect(condition('(keyword("a") AND keyword("b")) AND ((keyword("c")))')).toEqual({
      and: [{ and: ['a', 'b'] }, 'c'],
    });
    expect(condition('keyword("a") AND ()')).toEqual({ and: ['a', true] });
  });

  it('have fields', () => {
    const [route] = nodesOf(
      parsed('ROUTE r { WHEN classifier("risk" label: "toxic", predicate: {gte: 0.5} on_error: match) }'),
    );
    expect(JSON.stringify(withoutSpans(route))).toContain('"text":"on_error"');
  });
});

describe('names and values', () => {
  it('are bare words or in quotes', () => {
    expect(names(parse('ROUTE a.b/c-d_1 {} ROUTE "two words" {} MODEL 3.5-turbo { }'))).toEqual([
      'a.b/c-d_1',
      'two words',
      '3.5-turbo',
    ]);
  });

  it('a dash in front of an arrow is no part of a name', () => {
    expect(errors('ROUTING { a: b->c }')).toEqual([
      '1:15 error: expected the name of a field; found `->`\n  example: `threshold: 0.7`',
    ]);
  });

  it('strings may go over several lines, if they are closed', () => {
    const [routing] = nodesOf(parsed('ROUTING {\n  a: "one\n  two" # c\n  b: 1\n}'));
    expect(JSON.stringify(routing)).toContain('one\\n  two');
  });
});

describe('errors', () => {
  it('end their block and no more: all show at once, none follows from another', () => {
    const result = parse(`
ROUTE a { PRIORITY }
ROUTE b { WHEN keyword("x" OR keyword("y") }
SIGNAL keyword c { keywords: ["a", ] }
SIGNAL keyword d { keywords: ["a" }
ROUTE e { MODEL m }
ROUTE f { WHEN keyword("x") keyword("y") }
FOO g { x { y } }
ROUTE h { MODEL m }
PROJECTION scroe i { }
TEST j { "q" -> }
ROUTE k { MODEL m }
`);
    expect(names(result)).toEqual(['c', 'e', 'h', 'k']);
    expect(printed(result.diagnostics)).toMatchInlineSnapshot(`
      [
        "2:20 error: expected a whole number after PRIORITY; found \`}\`",
        "3:28 error: expected \`)\` or \`key = value\` in this condition; found \`OR\`",
        "5:30 error: \`]\` is missing: this list is not closed",
        "7:29 error: expected \`AND\`, \`OR\` or a statement; found \`keyword\`
        join conditions with AND or OR",
        "8:1 error: expected a block; found \`FOO\`
        allowed: \`ROUTING\`, \`ENTRYPOINT\`, \`RECIPE\`, \`SIGNAL\`, \`PROJECTION\`, \`MODEL\`, \`PLUGIN\`, \`ROUTE\`, \`DECISION_TREE\`, \`TEST\`",
        "10:12 error: expected a kind of projection; found \`scroe\`
        did you mean \`score\`?",
        "11:17 error: expected the name of a route; found \`}\`
        example: \`"2 + 2 = ?" -> math\`",
      ]
    `);
  });

  it('an open brace is reported where it is, and the next block is read', () => {
    const result = parse('ROUTE a {\n  MODEL m\n\nROUTE b {\n  MODEL m\n}\n');
    expect(printed(result.diagnostics)).toEqual(['1:9 error: `}` is missing: ROUTE a is not closed']);
    expect(names(result)).toEqual(['b']);
    expect(errors('RECIPE a {\n  ROUTE b {}\nENTRYPOINT { }')).toEqual([
      '1:10 error: `}` is missing: RECIPE a is not closed',
    ]);
  });

  it('an open string ends with its line', () => {
    const result = parse('ROUTE a { DESCRIPTION "x\n}\nROUTE b { DESCRIPTION "y" }\n');
    expect(printed(result.diagnostics)).toEqual([
      '1:23 error: this string is not closed\n  close it with `"`; a line break inside is written `\\n`',
    ]);
    expect(names(result)).toEqual(['b']);
  });

  it('inside a recipe cost one block of the recipe', () => {
    const result = parse(
      'RECIPE r {\n  ROUTE a { PRIORITY }\n  ROUTE b { MODEL m }\n  ENTRYPOINT { }\n  TEST t {}\n}',
    );
    const [recipe] = nodesOf(result.program);
    expect(recipe?.kind === 'recipe' ? nodesOf(recipe.body).map(({ kind }) => kind) : []).toEqual([
      'route',
      'test',
    ]);
    expect(printed(result.diagnostics)).toMatchInlineSnapshot(`
      [
        "2:22 error: expected a whole number after PRIORITY; found \`}\`",
        "4:3 error: ENTRYPOINT belongs to the whole file and not into a RECIPE
        is a \`}\` missing above it?",
      ]
    `);
  });

  it('stray braces are told once', () => {
    expect(errors('ROUTE a {} } } }\nROUTE b {}')).toEqual([
      '1:12 error: this `}` closes nothing\n  remove it, or open a block before it',
    ]);
  });

  it.each([
    ['route a {}', '1:1 error: found `route`\n  write `ROUTE` in capitals'],
    ['ROUTES a {}', '1:1 error: expected a block; found `ROUTES`\n  did you mean `ROUTE`?'],
    ['ROUTE a { when x }', '1:11 error: unknown statement `when`\n  write `WHEN` in capitals'],
    ['ROUTE a { MODLE x }', '1:11 error: unknown statement `MODLE`\n  did you mean `MODEL`?'],
    ['ROUTE a { WHEN keyword("x") and keyword("y") }', '1:29 error: found `and`\n  write `AND` in capitals'],
    ['ROUTE a { WHEN keyword("x") && keyword("y") }', '1:29 error: unexpected `&&`\n  write `AND`'],
    ['ROUTE a { WHEN !keyword("x") }', '1:16 error: unexpected `!`\n  write `NOT`'],
    ['ROUTE a { PRIORITY 1.5 }', '1:20 error: expected a whole number after PRIORITY; found `1.5`'],
    ["ROUTE a { DESCRIPTION 'x y' }", "1:23 error: unexpected `'x y'`\n  text stands in double quotes"],
    ['ROUTE a { x: "\\d" }', '1:15 error: unknown escape `\\d` in a string\n  write `\\\\` for a backslash'],
    [
      'ROUTE a { x: 1, x: 2 } ROUTING { y: 1 y: 2 }',
      '1:39 error: `y` is given twice in ROUTING\n  keep one of them',
    ],
    ['ROUTING { x: 1e999 }', '1:14 error: `1e999` is out of the range of numbers'],
    ['TEST t { "q" => a }', '1:14 error: found `=>`\n  write `->`'],
    [
      'DECISION_TREE t { }',
      '1:15 error: DECISION_TREE t has no branch\n  write `IF condition { … } ELSE { … }`',
    ],
    [
      'DECISION_TREE t { IF keyword("a") {} ELSE {} ELSE {} }',
      '1:46 error: nothing follows ELSE; found `ELSE`\n  use another DECISION_TREE',
    ],
    [
      'DECISION_TREE t { IF keyword("a") { IF keyword("b") {} } }',
      '1:37 error: an IF inside a branch is not possible\n  join the conditions with AND, or use another DECISION_TREE',
    ],
    ['SIGNAL keyword ä {}', '1:16 error: unexpected `ä`\n  put the name in double quotes'],
    ['// x\nROUTE a {}', '1:1 error: unexpected `//`\n  comments start with `#`'],
  ])('%s', (text, error) => {
    expect(errors(text)).toEqual([error]);
  });
});
