import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { compileRegex, regexProblem } from '../../../src/runtime/signals/regex.js';

const patternArbitrary = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      ...[
        'a',
        'b',
        's',
        'K',
        'ſ',
        'é',
        '好',
        '🚀',
        '-',
        ' ',
        '\\.',
        '\\+',
        '\\n',
        '.',
        '\\d',
        '\\w',
        '\\s',
        '\\D',
        '\\W',
        '\\S',
      ],
      ...[
        '^',
        '$',
        '\\b',
        '\\B',
        '[a-c]',
        '[^a]',
        '[ks]',
        '[^ks]',
        '[\\w-]',
        '[^\\W]',
        '[\\d.]',
        '[一-好]',
        '[^\\s]',
      ],
    ),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?', '??'))
      .map(([a, quantifier]) => `(${a})${quantifier}`),
    fc
      .tuple(
        fc.constantFrom('a', '\\w', '\\s', '.', '[^a]', '\\d'),
        fc.constantFrom('*', '+', '?', '{2}', '{0,2}'),
      )
      .map(([a, quantifier]) => a + quantifier),
  ),
})).node;

const textArbitrary = fc
  .array(
    fc.constantFrom(
      'a',
      'A',
      'b',
      'c',
      's',
      'S',
      'ſ',
      'k',
      'K',
      '\u212a',
      'é',
      'É',
      '好',
      '🚀',
      '\ud83d',
      '-',
      ' ',
      '\n',
      '\r',
      '\v',
      '\u2028',
      '1',
      '_',
      '.',
      '+',
    ),
    { maxLength: 14 },
  )
  .map((units) => units.join(''));

describe('the native fast path', () => {
  it('answers exactly as RE2 does', () => {
    let native = 0;
    fc.assert(
      fc.property(
        patternArbitrary,
        fc.array(textArbitrary, { maxLength: 12 }),
        fc.boolean(),
        (pattern, texts, caseSensitive) => {
          if (regexProblem(pattern, { caseSensitive }) !== undefined) return;
          const regex = compileRegex(pattern, { caseSensitive });
          const reference = RE2JS.compile(pattern, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
          if (regex.engine.test === 'native') native += 1;
          for (const text of texts) {
            expect(regex.test(text), `test ${JSON.stringify(text)}`).toBe(reference.test(text));
            let count = 0;
            for (const matcher = reference.matcher(text); matcher.find(); ) count += 1;
            expect(regex.count(text), `count ${JSON.stringify(text)}`).toBe(count);
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(native).toBeGreaterThan(1000);
  });

  it.each([
    'password\\s*[:=]\\s*\\S+',
    '\\b(?:sk|pk)-[a-z0-9]{20,}\\b',
    '\\d{3}-\\d{2}-\\d{4}',
    '\\bCVE-\\d{4}-\\d{4,7}\\b',
    '[\\w.+-]+@[\\w-]+\\.[a-z]{2,}',
    'https?://\\S+',
    '^\\s*(?:please|can you)',
    '.*foo.*',
  ])('runs the everyday pattern %s natively', (pattern) => {
    expect(compileRegex(pattern, { caseSensitive: false }).engine.test).toBe('native');
  });

  it('knows that a loop after a word boundary begins once per word, unless case folding adds ſ to \\w', () => {
    expect(compileRegex('\\b\\w+ing\\b', { caseSensitive: true }).engine.test).toBe('native');
    expect(compileRegex('\\b\\w+ing\\b', { caseSensitive: false }).engine.test).toBe('re2');
  });

  it.each([
    ['(a+)+$', false],
    ['(a|a)*b', false],
    ['(a|aa)+$', false],
    ['a.*b.*c', false],
    ['\\s+$', false],
    ['(?:x+x+)+y', false],
    ['(\\w+\\s?)*$', true],
    ['(.*a){12}', true],
  ])('leaves %s, which can blow up or is quadratic, to the linear engine', (pattern, matches) => {
    const regex = compileRegex(pattern, { caseSensitive: true });
    expect(regex.engine.count).toBe('re2');
    const text = `${'a'.repeat(30_000)}${' '.repeat(30_000)}${'x'.repeat(30_000)}!`;
    expect(regex.test(text)).toBe(matches);
  });

  it('comes to an end with every pattern it accepts', () => {
    fc.assert(
      fc.property(patternArbitrary, fc.constantFrom('a', 'a ', 'aA1 ', '\n', 'ab'), (pattern, unit) => {
        if (regexProblem(pattern, { caseSensitive: true }) !== undefined) return;
        const regex = compileRegex(pattern, { caseSensitive: true });
        if (regex.engine.count !== 'native') return;
        const text = unit.repeat(20_000 / unit.length);
        expect(regex.count(text)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 400 },
    );
  });
});

describe('the literal searched first', () => {
  it('keeps matches whose case variants are not ASCII', () => {
    expect(compileRegex('(?:\\w+)*task\\W*(x|y)*z', { caseSensitive: false }).test('TAſ\u212aZ')).toBe(true);
  });
});

it('finds no place between the halves of a surrogate pair', () => {
  expect(compileRegex('\\B', { caseSensitive: true }).test('a🚀a')).toBe(false);
  expect(compileRegex('\\B', { caseSensitive: true }).test('ab')).toBe(true);
});

describe('pattern problems', () => {
  it.each([
    ['a(?=b)', /look-around/],
    ['(?<!a)b', /look-around/],
    ['(a)\\1', /back-references/],
    ['(a', /missing/],
    ['[z-a]', /invalid/],
  ])('explains %s', (pattern, reason) => {
    expect(regexProblem(pattern, { caseSensitive: true })).toMatch(reason);
  });
});
