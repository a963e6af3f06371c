/**
 * The same thing said twice.
 *
 * @module
 */
import type { Path } from '../../diagnostics.js';
import { at, isRecord, listAt } from '../../raw.js';
import { decisionPath, type SignalRule } from '../policy.js';
import type { LintFinding, PolicyRule } from '../types.js';

export const duplicateCandidate: PolicyRule = {
  scope: 'policy',
  code: 'duplicate-candidate',
  summary: 'A decision names a model twice, or a signal an example or keyword.',
  severity: 'warning',
  certain: false,
  check: (policy) => [
    ...policy.decisions.flatMap(({ name, modelRefs }, index) =>
      repeated(
        modelRefs.map(({ model, loraName }) => (loraName === undefined ? model : `${model} ${loraName}`)),
      ).map(({ text, at: position }) => ({
        path: [...decisionPath(policy, index), 'modelRefs', position],
        message: `decision \`${name}\` names \`${text}\` twice in \`modelRefs\``,
        hint: 'keep one of them; a `weight` makes a model be chosen more often',
      })),
    ),
    ...policy.signals.flatMap(duplicatesIn),
  ],
};

/** Lists of texts in rules, by where they stand. */
const lists: readonly (readonly string[])[] = [
  ['keywords'],
  ['candidates'],
  ['examples'],
  ['hard', 'candidates'],
  ['easy', 'candidates'],
  ['jailbreak_patterns'],
  ['benign_patterns'],
];

function duplicatesIn({ type, name, path, rule }: SignalRule): LintFinding[] {
  const found: LintFinding[] = [];
  for (const keys of lists) {
    const sensitive = keys[0] === 'keywords' && at(rule, 'case_sensitive') === true;
    for (const { text, at: position } of repeated(spelled(listAt(rule, ...keys), sensitive))) {
      found.push({
        path: [...path, ...keys, position],
        message: `${type} signal \`${name}\`: \`${text}\` is given twice in \`${keys.join('.')}\``,
        hint: 'keep one of them',
        severity: 'note',
      });
    }
  }
  return [...found, ...onBothSides({ type, name, path, rule })];
}

/** An example for both of two opposites. */
function onBothSides({ type, name, path, rule }: Omit<SignalRule, 'names'>): LintFinding[] {
  const sides: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['hard', 'candidates'],
      ['easy', 'candidates'],
    ],
    [['candidates'], ['negative_candidates']],
    [['jailbreak_patterns'], ['benign_patterns']],
  ];
  return sides.flatMap(([one, other]) => {
    const opposite = new Set(spelled(listAt(rule, ...other), false));
    return spelled(listAt(rule, ...one), false).flatMap((text, position): LintFinding[] => {
      if (!opposite.has(text)) return [];
      const place: Path = [...path, ...one, position];
      return [
        {
          path: place,
          message: `${type} signal \`${name}\`: \`${text}\` stands in \`${one.join('.')}\` and in \`${other.join('.')}\``,
          hint: 'keep it where it belongs',
        },
      ];
    });
  });
}

export const duplicateSignal: PolicyRule = {
  scope: 'policy',
  code: 'duplicate-signal',
  summary: 'Two signals differ only in their names.',
  severity: 'note',
  certain: false,
  check({ signals }) {
    const seen = new Map<string, string>();
    return signals.flatMap(({ type, name, path, rule }): LintFinding[] => {
      // Names carry the meaning there.
      if (!isRecord(rule) || !['keyword', 'context', 'structure', 'embedding'].includes(type)) return [];
      const { name: _name, description: _description, ...rest } = rule;
      const key = JSON.stringify([type, Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))]);
      const first = seen.get(key);
      seen.set(key, first ?? name);
      if (first === undefined) return [];
      return [
        {
          path: [...path, 'name'],
          message: `${type} signal \`${name}\` is the same as \`${first}\``,
          hint: 'keep one of them and use its name in the conditions',
        },
      ];
    });
  },
};

function spelled(texts: readonly unknown[], caseSensitive: boolean): string[] {
  return texts.flatMap((text) => {
    if (typeof text !== 'string') return [];
    return [caseSensitive ? text.trim() : text.trim().toLowerCase()];
  });
}

/** Items that stood earlier in the list already. */
function repeated(texts: readonly string[]): { text: string; at: number }[] {
  const seen = new Set<string>();
  return texts.flatMap((text, index) => {
    if (seen.has(text)) return [{ text, at: index }];
    seen.add(text);
    return [];
  });
}
