/**
 * How work grows with what is given: ten times the text (or the rules) must not take much more than ten times as
 * long, for patterns and texts chosen to be hard.
 *
 * Each figure is the time for the large input over the time for the small one, taken in turns in one run.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { interleave, median } from './lib/stats.mjs';

const built = new URL('../build/src/runtime/', import.meta.url);

/** Patterns on which backtracking engines take exponential or quadratic time. */
const hardPatterns = [
  '(a+)+$',
  '(a|a)*b',
  '(a|aa)+$',
  'a.*b.*c',
  '\\s+$',
  '(?:x+x+)+y',
  '(\\w+\\s?)*$',
  '(.*a){12}',
  '([a-z]+)*X',
];
const everydayPatterns = [
  'password\\s*[:=]\\s*\\S+',
  '\\b(?:sk|pk)-[a-z0-9]{20,}\\b',
  '\\d{3}-\\d{2}-\\d{4}',
  '[\\w.+-]+@[\\w-]+\\.[a-z]{2,}',
  'https?://\\S+',
];

/** @param {number} length */
const hardText = (length) =>
  `${'a'.repeat(length / 3)}${' '.repeat(length / 3)}${'x'.repeat(length / 3)}!`.slice(0, length);
/** @param {number} length */
const prose = (length) => 'The invoice of March lacks a total, please look again. '.repeat(length / 54 + 1);

/** @param {number} decisions */
function configOf(decisions) {
  const list = (/** @type {(index: number) => string} */ line) =>
    Array.from({ length: decisions }, (_, index) => line(index)).join('');
  return `version: v0.3
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: h}]}]}
routing:
  signals:
    keywords:
${list((index) => `      - {name: k${index}, operator: OR, keywords: [word${index}]}\n`)}  decisions:
${list((index) => `    - {name: d${index}, priority: ${index}, rules: {type: keyword, name: k${index}}, modelRefs: [{model: m}]}\n`)}`;
}

/**
 * @typedef {{name: string, times: number, limit: number, small: () => void, large: () => void}} Growth
 *   `times`: how much larger the large input is. `limit`: of the ratio.
 */

/** @returns {Promise<Growth[]>} */
async function growths() {
  const [{ compileRegex }, { AhoCorasick }, language, { loadConfigText }] = await Promise.all([
    import(new URL('signals/regex.js', built).href),
    import(new URL('signals/aho-corasick.js', built).href),
    import(new URL('signals/language-detection.js', built).href),
    import(new URL('config/load.js', built).href),
  ]);
  await language.warmUpLanguageDetection();
  const compile = (/** @type {string} */ pattern) => compileRegex(pattern, { caseSensitive: false });
  /**
   * @param {string} name @param {readonly {test(text: string): boolean}[]} patterns
   * @param {(length: number) => string} text @returns {Growth}
   */
  const regexes = (name, patterns, text) => {
    const [short, long] = [text(10_000), text(100_000)];
    const on = (/** @type {string} */ chosen) => () => {
      for (const pattern of patterns) pattern.test(chosen);
    };
    return { name, times: 10, limit: 20, small: on(short), large: on(long) };
  };
  const many = Array.from({ length: 500 }, (_, index) =>
    compile(`${everydayPatterns[index % everydayPatterns.length]}${index}`),
  );
  const automatons = [10, 5_000].map(
    (count) => new AhoCorasick(Array.from({ length: count }, (_, index) => `keyword${index}`)),
  );
  const [few, all] = /** @type {[{findAll(text: string): unknown}, {findAll(text: string): unknown}]} */ (
    automatons
  );
  const [kilobytes, megabytes] = [prose(100_000), prose(1_000_000)];
  const [odd, longOdd] = ['a', '中', 'a@', '://', 'a_', '🚀', '('].reduce(
    ([short, long], part) => [`${short}${part.repeat(1_000)}`, `${long}${part.repeat(10_000)}`],
    ['', ''],
  );
  const [smallConfig, largeConfig] = [configOf(100), configOf(1_000)];
  return [
    regexes('500 everyday regexes, 10 → 100 kB of prose', many, prose),
    regexes('hard regexes, 10 → 100 kB of hard text', hardPatterns.map(compile), hardText),
    {
      name: 'keywords, 100 kB → 1 MB',
      times: 10,
      limit: 20,
      small: () => all.findAll(kilobytes),
      large: () => all.findAll(megabytes),
    },
    {
      name: '10 → 5000 keywords, 1 MB',
      times: 1,
      limit: 10,
      small: () => few.findAll(megabytes),
      large: () => all.findAll(megabytes),
    },
    {
      name: 'language of odd text, ten times as long',
      times: 10,
      limit: 20,
      small: () => language.detectLanguage(odd),
      large: () => language.detectLanguage(longOdd),
    },
    {
      name: 'loading 100 → 1000 decisions',
      times: 10,
      limit: 20,
      small: () => loadConfigText(smallConfig, 'config.yaml', {}),
      large: () => loadConfigText(largeConfig, 'config.yaml', {}),
    },
  ];
}

/** @param {() => void} work @param {number} least Milliseconds to repeat it for. */
function micros(work, least) {
  const started = process.cpuUsage();
  let used = 0;
  let repeats = 0;
  while (used < least * 1000) {
    work();
    repeats += 1;
    const { user, system } = process.cpuUsage(started);
    used = user + system;
  }
  return used / repeats;
}

/** @param {import('./lib/report.mjs').Context} context */
async function run({ quick }) {
  if (!existsSync(built)) throw new Error('build/ is missing: run `npm run build` first');
  const rows = [];
  for (const { name, times, limit, small, large } of await growths()) {
    const least = quick ? 5 : 20;
    const time = { small: () => micros(small, least), large: () => micros(large, least) };
    const sizes = /** @type {('small' | 'large')[]} */ (['small', 'large']);
    for (const size of sizes) time[size]();
    const measured = await interleave(sizes, quick ? 3 : 7, (size) => time[size]());
    const [before, after] = sizes.map((size) => median(measured.get(size) ?? []));
    rows.push({ name, times, limit, before, after, ratio: Number(after) / Number(before) });
  }
  return {
    tables: [
      {
        title: 'CPU ms, small and large input',
        columns: ['', 'small', 'large', 'input grows', 'time grows'],
        rows: rows.map(({ name, before, after, times, ratio }) => [
          name,
          Number(before) / 1000,
          Number(after) / 1000,
          times,
          ratio,
        ]),
      },
    ],
    targets: rows.map(({ name, limit, ratio }) => ({
      name,
      value: ratio,
      op: /** @type {const} */ ('<='),
      limit,
      unit: '×',
    })),
    figures: Object.fromEntries(rows.map(({ name, ratio }) => [name, ratio])),
  };
}

/** @type {import('./lib/report.mjs').Bench} */
export const bench = { name: 'growth', summary: 'work against the size of what is given', run };
