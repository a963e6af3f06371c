// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import { parsePlainYaml } from '../../../src/runtime/config/plain-yaml.js';

/** What the rest of the router reads of a node. */
function shape(node: unknown): unknown {
  if (isScalar(node)) {
    // Nobody points at nothing.
    return node.source === '' ? null : [node.value, node.type, node.source, node.range?.[0]];
  }
  if (isSeq(node)) return { list: node.items.map(shape), at: node.range?.[0] };
  if (!isMap(node)) return String(node);
  return { map: node.items.map((pair) => [shape(pair.key), shape(pair.value)]), at: node.range?.[0] };
}

/** Both readers agree, or the fast one gives up. Returns whether it did not. */
function compare(text: string): boolean {
  const plain = parsePlainYaml(text);
  if (plain === undefined) return false;
  const document = parseDocument(text, { resolveKnownTags: false, logLevel: 'error', prettyErrors: false });
  expect([...document.errors, ...document.warnings].map(({ message }) => message)).toEqual([]);
  expect(shape(plain.root)).toEqual(shape(document.contents));
  return true;
}

const samples = [
  ...readdirSync('templates').map((name) =>
    readFileSync(`templates/${name}`, 'utf8').replaceAll(/\{\{(\w+)\}\}/g, '$1'),
  ),
  `# head
version: v0.3   # beside
empty:
list:
- a: 1
  b: "x: y" # c
-   c: {d: [1, -2.5, .5, true, null, ~], "e": 'f', g: {}}
    h:
      - plain words, with commas and {braces}
      - "quoted # no comment"
      - 'single'
      -
      - 12
last: http://a.b/c?d=e#f
`,
];

describe('plain YAML', () => {
  it('is what config files are written in', () => {
    expect(samples.filter((text) => !compare(text))).toEqual([]);
  });

  it('is read as the library reads it, whatever is done to a file', () => {
    const pieces = fc.constantFrom(
      ...[
        ' ',
        '  ',
        '\n',
        '\n  ',
        '- ',
        '-',
        ':',
        ': ',
        '#',
        ' #',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '&a',
        '*a',
      ],
      ...[
        '!t',
        '|',
        '>',
        '?',
        '? ',
        '%',
        '@',
        '`',
        '<<: ',
        '---',
        '...',
        '0x1',
        '1e3',
        '+1',
        '.5',
        '5.',
        '.inf',
        '~',
      ],
      ...[
        'null',
        'x',
        'x: y',
        '- x',
        '\t',
        '\\',
        '$',
        '${A}',
        'é',
        '日',
        '😀',
        '\r\n',
        '\uFEFF',
        '-1',
        '--',
        ':x',
        '',
      ],
    );
    const edit = fc.record({ at: fc.nat(), remove: fc.nat({ max: 4 }), piece: pieces });
    let plain = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (text, edits) => {
          let changed = text;
          for (const { at, remove, piece } of edits) {
            const place = at % (changed.length + 1);
            changed = changed.slice(0, place) + piece + changed.slice(place + remove);
          }
          if (compare(changed)) plain++;
        },
      ),
      { numRuns: 6_000 },
    );
    // Otherwise nothing was compared.
    expect(plain).toBeGreaterThan(1_000);
  });

  it('is read as it was written, for any values', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true })),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), value, { minKeys: 1 }), (values) => {
        compare(stringify(values, { lineWidth: 0 }));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['an anchor', 'a: &x 1\nb: *x\n'],
    ['a text over several lines', 'a: one\n  two\n'],
    ['a block text', 'a: |\n  one\n'],
    ['braces over several lines', 'a: {b: 1,\n  c: 2}\n'],
    ['a key given twice', 'a: 1\na: 2\n'],
    ['a list', '- a\n'],
    ['nothing', '\n# only this\n'],
    ['windows line ends', 'a: 1\r\n'],
  ])('is not %s', (_, text) => {
    expect(parsePlainYaml(text)).toBeUndefined();
  });
});
