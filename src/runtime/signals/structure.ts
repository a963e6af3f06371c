/**
 * `structure`: how the text is built: how often or how densely something occurs, or in which order.
 *
 * @module
 */
import { z } from 'zod';
import { logistic } from '../math/probabilities.js';
import { AhoCorasick } from './aho-corasick.js';
import { isUnspacedCharacter, isWordCharacter } from './characters.js';
import { foldText, normalizeText } from './folding.js';
import { compareWith, type Predicate, predicateProblem, predicateSchema } from './predicate.js';
import { compileRegex, regexProblem } from './regex.js';
import { description } from './rule-fields.js';
import type { SignalFamily, SignalOutcome, SignalRequest } from './types.js';

const nonBlank = z.string().refine((text) => text.trim() !== '', { message: 'Must not be empty.' });

const sourceSchema = z
  .strictObject({
    type: z
      .enum(['regex', 'keyword_set', 'sequence', 'text_bytes'])
      .describe(
        'What is looked at: matches of a pattern, occurrences of keywords, ordered phrases, or the size.',
      ),
    pattern: nonBlank.optional().describe('Pattern in RE2 syntax, for `regex`.'),
    keywords: z.array(nonBlank).optional().describe('Words or phrases, for `keyword_set`.'),
    case_sensitive: z.boolean().default(false).describe('Whether upper and lower case differ.'),
    sequences: z
      .array(z.array(nonBlank).min(2))
      .optional()
      .describe('Lists of two or more phrases that must follow one another, for `sequence`.'),
  })
  .describe('What the feature is measured on.');

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  feature: z
    .strictObject({
      type: z
        .enum(['exists', 'count', 'density', 'sequence'])
        .describe(
          '`exists`: it occurs; `count`: how often; `density`: occurrences per text unit (a CJK character, or a run of letters and digits); `sequence`: phrases in order.',
        ),
      source: sourceSchema,
    })
    .describe('What is measured.'),
  predicate: predicateSchema.optional(),
});

type StructureRule = z.infer<typeof schema>;
type Source = z.infer<typeof sourceSchema>;

/** The field that each source type needs. */
const fieldOf = { regex: 'pattern', keyword_set: 'keywords', sequence: 'sequences' } as const;

function problemsOf({ feature, predicate }: StructureRule): { path: string[]; message: string }[] {
  const { type, source } = feature;
  const problems: { path: string[]; message: string }[] = [];
  const add = (path: string[], message: string) => problems.push({ path, message });
  const sourcePath = ['feature', 'source'];
  for (const [sourceType, field] of Object.entries(fieldOf)) {
    const given = source[field];
    if (source.type === sourceType && !given?.length)
      add([...sourcePath, field], `A ${sourceType} source needs ${field}.`);
    if (source.type !== sourceType && given !== undefined) {
      add([...sourcePath, field], `${field} belongs to a ${sourceType} source, this one is ${source.type}.`);
    }
  }
  if (type === 'exists' && predicate !== undefined)
    add(['predicate'], 'exists takes no predicate; use count.');
  if ((type === 'sequence') !== (source.type === 'sequence')) {
    add([...sourcePath, 'type'], 'A sequence feature needs a sequence source, and only it can use one.');
  } else if (source.type === 'text_bytes' && type !== 'count') {
    add([...sourcePath, 'type'], 'text_bytes can only be counted; use type: count.');
  }
  if (source.type === 'regex' && source.pattern !== undefined) {
    const problem = regexProblem(source.pattern, { caseSensitive: source.case_sensitive });
    if (problem !== undefined)
      add([...sourcePath, 'pattern'], `"${source.pattern}" is no RE2 pattern: ${problem}`);
  }
  const problem = predicate && predicateProblem(predicate);
  if (problem !== undefined) add(['predicate'], problem);
  return problems;
}

type Measure = (request: SignalRequest) => number;

/** Occurrences of the keywords between word edges; those of one keyword do not overlap. */
function keywordCounter(
  keywords: readonly string[],
  spell: (text: string) => string,
): (text: string) => number {
  const distinct = [...new Set(keywords.map((keyword) => spell(keyword).trim().replace(/\s+/gu, ' ')))];
  const automaton = new AhoCorasick(distinct);
  return (text) => {
    let total = 0;
    const busyUntil = new Float64Array(distinct.length);
    automaton.scan(text, (keyword, position) => {
      const length = distinct[keyword]?.length ?? 0;
      if (position - length >= (busyUntil[keyword] ?? 0)) {
        busyUntil[keyword] = position;
        total += 1;
      }
      return false;
    });
    return total;
  };
}

function follows(text: string, phrases: readonly string[]): boolean {
  let from = 0;
  for (const phrase of phrases) {
    const at = text.indexOf(phrase, from);
    if (at < 0) return false;
    from = at + phrase.length;
  }
  return true;
}

/** Letter and digit runs; characters of scripts without spaces count one each. */
export function countTextUnits(text: string): number {
  let units = 0;
  let inRun = false;
  for (let index = 0; index < text.length; index += 1) {
    const codePoint = text.codePointAt(index) ?? 0;
    if (codePoint > 0xffff) index += 1;
    const isWord = isWordCharacter(codePoint);
    const alone = isWord && isUnspacedCharacter(codePoint);
    if (alone || (isWord && !inRun)) units += 1;
    inRun = isWord && !alone;
  }
  return units;
}

function measureOf(source: Source): Measure {
  const spell = source.case_sensitive ? normalizeText : foldText;
  switch (source.type) {
    case 'regex': {
      const regex = compileRegex(source.pattern ?? '', { caseSensitive: source.case_sensitive });
      return ({ text }) => regex.count(text);
    }
    case 'keyword_set': {
      const count = keywordCounter(source.keywords ?? [], spell);
      return ({ text }) => count(spell(text));
    }
    case 'sequence': {
      const sequences = (source.sequences ?? []).map((phrases) => phrases.map(spell));
      return ({ text }) => {
        const spelled = spell(text);
        return sequences.filter((phrases) => follows(spelled, phrases)).length;
      };
    }
    case 'text_bytes':
      return ({ text }) => Buffer.byteLength(text);
  }
}

/** A match is the surer, the farther the value is inside its bounds: logistic with slope 4, at least 0.5. */
function judge(value: number, predicate: Predicate | undefined): SignalOutcome {
  if (predicate === undefined) {
    return value > 0 ? { status: 'matched', score: 1, value } : { status: 'not_matched', value };
  }
  const { holds, distance } = compareWith(value, predicate);
  if (!holds) return { status: 'not_matched', value };
  return { status: 'matched', score: Math.max(0.5, logistic(4 * distance)), value };
}

export const structureFamily: SignalFamily<StructureRule> = {
  type: 'structure',
  configKey: 'structure',
  summary: 'Measures the form of the text: patterns, keyword counts, densities, ordered phrases, size.',
  cost: 'free',
  schema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      for (const { path, message } of problemsOf(rule)) report(index, path, message);
    });
  },
  compile(rules) {
    const units = Symbol('text units');
    return rules.map(({ name, feature, predicate }) => {
      const measure = measureOf(feature.source);
      return {
        name,
        evaluate(request) {
          const amount = measure(request);
          if (feature.type !== 'density') return judge(amount, predicate);
          const size = request.memo(units, () => countTextUnits(request.text));
          return judge(size === 0 ? 0 : amount / size, predicate);
        },
      };
    });
  },
};
