/**
 * The decision engine alone: µs per evaluation of many decisions with many rules.
 *
 * "asked" starts every evaluation with nothing known and a source that answers at once, as free signals
 * do; "known" finds all leaves answered, as after the one wait for the encoder. In both the only decision
 * that matches is the last one in winning order, so nothing can be left out.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { interleave, median } from './lib/stats.mjs';

/**
 * @typedef {import('../src/runtime/decision/types.ts').Rule} Rule
 * @typedef {import('../src/runtime/decision/types.ts').DecisionSpec} DecisionSpec
 */

const engineUrl = new URL('../build/src/runtime/decision/engine.js', import.meta.url);

const FALSE = 1;
const TRUE = 2;

/** @param {number} seed @returns {() => number} */
function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @type {Record<string, (leaves: Rule[]) => Rule>} */
const shapes = {
  OR: (conditions) => ({ operator: 'OR', conditions }),
  AND: (conditions) => ({ operator: 'AND', conditions }),
  mixed: (leaves) => ({
    operator: 'OR',
    conditions: [
      { operator: 'AND', conditions: leaves.slice(0, 5) },
      {
        operator: 'AND',
        conditions: [...leaves.slice(5, 9), { operator: 'NOT', conditions: leaves.slice(9, 10) }],
      },
      {
        operator: 'AND',
        conditions: [{ operator: 'OR', conditions: leaves.slice(10, 15) }, ...leaves.slice(15)],
      },
    ],
  }),
};

/**
 * @param {number} decisions
 * @param {number} rules
 * @param {string} shape
 * @returns {DecisionSpec[]}
 */
function makeDecisions(decisions, rules, shape) {
  const next = random(decisions * 31 + rules);
  const compile = /** @type {(leaves: Rule[]) => Rule} */ (shapes[shape]);
  const specs = Array.from({ length: decisions }, (_, index) => ({
    name: `decision-${index}`,
    priority: 1 + (index % 10),
    tier: 0,
    rules: compile(
      // 200 signal rules in all: decisions share signals, as in real configurations.
      Array.from({ length: rules }, () => ({ type: 'keyword', name: `rule-${Math.floor(next() * 200)}` })),
    ),
  }));
  return [...specs, { name: 'otherwise', priority: 0, tier: 0, rules: undefined }];
}

/**
 * Truth of the leaves: for OR all false; for AND all but the last condition of each tree true, so that
 * every condition must be looked at; for mixed trees a random half.
 *
 * @param {string} shape
 * @param {readonly DecisionSpec[]} specs
 * @param {readonly {readonly name: string}[]} leaves
 */
function makeTruth(shape, specs, leaves) {
  if (shape === 'OR') return new Uint8Array(leaves.length).fill(FALSE);
  const next = random(7);
  if (shape === 'mixed') return Uint8Array.from(leaves, () => (next() < 0.3 ? TRUE : FALSE));
  const truth = new Uint8Array(leaves.length).fill(TRUE);
  for (const { rules } of specs) {
    if (rules === undefined || !('conditions' in rules)) continue;
    const last = rules.conditions.at(-1);
    if (last !== undefined && 'name' in last)
      truth[leaves.findIndex(({ name }) => name === last.name)] = FALSE;
  }
  return truth;
}

/** @param {import('./lib/report.mjs').Context} context */
async function run({ quick }) {
  if (!existsSync(engineUrl)) throw new Error('build/ is missing: run `npm run build` first');
  const { DecisionEngine } = await import(engineUrl.href);

  const cases = [100, 1000].flatMap((decisions) =>
    Object.keys(shapes).flatMap((shape) =>
      ['priority', 'confidence'].map((strategy) => {
        const specs = makeDecisions(decisions, 20, shape);
        const engine = new DecisionEngine(specs, strategy, () => 'free');
        const answers = makeTruth(shape, specs, engine.leaves);
        const score = new Float64Array(engine.leaves.length).fill(1);
        const known = { truth: answers, score, ask: () => undefined };
        const asked = {
          truth: new Uint8Array(engine.leaves.length),
          score,
          ask(/** @type {number} */ leaf) {
            this.truth[leaf] = answers[leaf] ?? FALSE;
            return undefined;
          },
        };
        return { decisions, shape, strategy, engine, known, asked };
      }),
    ),
  );
  /** @param {(typeof cases)[number]} entry @param {boolean} fresh */
  const time = ({ engine, known, asked, decisions }, fresh) => {
    const repeats = (quick ? 20_000 : 100_000) / decisions;
    const started = process.cpuUsage();
    for (let index = 0; index < repeats; index++) {
      if (fresh) asked.truth.fill(0);
      engine.decide(fresh ? asked : known);
    }
    const used = process.cpuUsage(started);
    return (used.user + used.system) / repeats;
  };
  for (const entry of cases) for (const fresh of [false, true]) time(entry, fresh);
  const rounds = quick ? 5 : 15;
  const known = await interleave(cases, rounds, (entry) => time(entry, false));
  const asked = await interleave(cases, rounds, (entry) => time(entry, true));

  const rows = cases.map((entry) => ({
    decisions: entry.decisions,
    shape: entry.shape,
    strategy: entry.strategy,
    known: median(known.get(entry) ?? []),
    asked: median(asked.get(entry) ?? []),
  }));
  const worst = (/** @type {number} */ count, /** @type {'known' | 'asked'} */ key) =>
    Math.max(...rows.filter(({ decisions }) => decisions === count).map((row) => row[key]));
  const figures = {
    known_micros: worst(100, 'known'),
    asked_micros: worst(100, 'asked'),
    known_1000_micros: worst(1000, 'known'),
    asked_1000_micros: worst(1000, 'asked'),
  };
  return {
    tables: [
      {
        title: 'CPU µs per evaluation, 20 rules per decision',
        columns: ['decisions', 'operator', 'strategy', 'leaves known', 'leaves asked'],
        rows: rows.map((row) => [row.decisions, row.shape, row.strategy, row.known, row.asked]),
        note: 'No decision but the last matches: the longest way through.',
      },
    ],
    targets: [
      {
        name: '100 × 20, leaves known, slowest',
        value: figures.known_micros,
        op: /** @type {const} */ ('<='),
        limit: 20,
        unit: 'µs',
      },
      {
        name: '100 × 20, leaves asked, slowest',
        value: figures.asked_micros,
        op: /** @type {const} */ ('<='),
        limit: 20,
        unit: 'µs',
      },
    ],
    figures: { ...figures, cases: rows },
  };
}

/** @type {import('./lib/report.mjs').Bench} */
export const bench = { name: 'decision', summary: '100 decisions × 20 rules', run };
