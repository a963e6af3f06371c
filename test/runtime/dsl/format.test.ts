import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problems } from '../../../src/runtime/dsl/diagnostics.js';
import { formatProgram } from '../../../src/runtime/dsl/format.js';
import { tokenize } from '../../../src/runtime/dsl/lexer.js';
import { SourceText } from '../../../src/runtime/dsl/source.js';
import { parsed, program } from './programs.js';

const format = (text: string) => formatProgram(parsed(text));

/** All comments of a text, in no order. */
function commentsOf(text: string): string[] {
  const tokens = tokenize(new SourceText(text), new Problems());
  return tokens.flatMap(({ comments }) => comments.map((comment) => comment.text)).sort();
}

describe('formatting', () => {
  it('puts one statement on a line', () => {
    expect(
      format(
        'ROUTE a{PRIORITY 10 WHEN keyword("x")AND(NOT domain("y")OR()) MODEL "m"(weight=1),n ALGORITHM static}',
      ),
    ).toBe(`ROUTE a {
  PRIORITY 10
  WHEN keyword("x") AND (NOT domain("y") OR ())
  MODEL m (weight = 1), n
  ALGORITHM static
}
`);
  });

  it('keeps comments and single blank lines where they are', () => {
    const text = `# header

# about a
SIGNAL keyword a {  # behind the brace


  # above the field
  operator: OR  # behind the field
  keywords: ["x",  # first
    # above the second
    "y"]

  # the end of the signal
}  # behind the signal
# the end of the file
`;
    expect(format(text)).toBe(`# header

# about a
SIGNAL keyword a {
  # behind the brace

  # above the field
  operator: OR  # behind the field
  keywords: [
    "x",  # first
    # above the second
    "y"
  ]

  # the end of the signal
}  # behind the signal

# the end of the file
`);
  });

  it('moves comments inside a condition above it', () => {
    expect(
      format('ROUTE a {\n  WHEN keyword("x") # one\n    AND # two\n    keyword("y")\n}\n'),
    ).toBe(`ROUTE a {
  # one
  # two
  WHEN keyword("x") AND keyword("y")
}
`);
  });

  it('breaks long lists and conditions', () => {
    const words = Array.from({ length: 12 }, (_, index) => `"a rather long keyword ${index}"`);
    const text = format(`SIGNAL keyword a { keywords: [${words.join(', ')}] }`);
    expect(text.split('\n')).toHaveLength(words.length + 5);
    const condition = Array.from({ length: 6 }, (_, index) => `keyword("a_rather_long_name_${index}")`);
    const long = `(${condition.join(' OR ')}) AND NOT domain("math")`;
    expect(format(`ROUTE a { WHEN ${long} }`)).toBe(`ROUTE a {
  WHEN (
    ${condition.join('\n      OR ')}
  )
    AND NOT domain("math")
}
`);
  });

  it('writes arrows, separators and escapes in one way', () => {
    expect(format('TEST t {\n"a\\u0041\\/ \u2028" → x, "b" -> "two words"}')).toBe(
      'TEST t {\n  "aA/ \\u2028" -> x\n  "b" -> "two words"\n}\n',
    );
    expect(format('ROUTING { strategy = priority, fallback: { } }')).toBe(
      'ROUTING {\n  strategy: priority\n  fallback: {}\n}\n',
    );
  });

  it('reads line breaks of every system', () => {
    expect(format('ROUTE a {\r\n  # x\r\n  PRIORITY 1\r\n}\r\n')).toBe('ROUTE a {\n  # x\n  PRIORITY 1\n}\n');
    expect(format('ROUTE a { DESCRIPTION "one\r\ntwo" }')).toBe('ROUTE a {\n  DESCRIPTION "one\\ntwo"\n}\n');
  });

  it('leaves an empty file empty', () => {
    expect(format('')).toBe('');
    expect(format(' \n\n')).toBe('');
    expect(format('# only\n')).toBe('# only\n');
  });

  it('loses no comment wherever it stands, and is done after one time', () => {
    const places = fc.array(fc.tuple(fc.nat(), fc.constantFrom('\n', ' ', '\n\n')), { maxLength: 6 });
    fc.assert(
      fc.property(program, places, (tree, inserted) => {
        const text = formatProgram(tree);
        const { length } = inserted;
        const tokens = tokenize(new SourceText(text), new Problems());
        let commented = text;
        const starts = inserted.map(([place, before]) => [place % tokens.length, before] as const);
        for (const [index, before] of [...starts].sort(([a], [b]) => b - a)) {
          const at = tokens[index]?.span.start ?? 0;
          commented = `${commented.slice(0, at)}${before}# c${index}\n${commented.slice(at)}`;
        }
        const once = format(commented);
        expect(commentsOf(once)).toEqual(commentsOf(commented));
        expect(commentsOf(once)).toHaveLength(length);
        expect(format(once)).toBe(once);
        // Without them it is what it was.
        expect(formatProgram(parsed(once.replace(/ *# c\d+$/gm, ''))).replace(/\n+/g, '\n')).toBe(
          text.replace(/\n+/g, '\n'),
        );
      }),
    );
  });
});
