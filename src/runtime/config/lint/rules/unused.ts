/**
 * Signals and models that nothing uses.
 *
 * @module
 */
import { isRecord, listAt } from '../../raw.js';
import { leavesOf, type Policy, type SignalRule } from '../policy.js';
import type { FileRule, LintFinding, PolicyRule } from '../types.js';

export const unusedSignal: PolicyRule = {
  scope: 'policy',
  code: 'unused-signal',
  summary: 'No condition refers to a signal.',
  severity: 'warning',
  certain: false,
  check(policy) {
    const used = usedSignals(policy);
    return policy.signals.flatMap((signal): LintFinding[] => {
      const { type, name, path } = signal;
      if (implied.has(type) || isUsed(signal, used)) return [];
      return [
        {
          path: [...path, 'name'],
          message: `${type} signal \`${name}\` is not used: no condition refers to it`,
          hint: `add \`{type: ${type}, name: ${name}}\` to a decision, or remove the signal`,
        },
      ];
    });
  },
};

/** Families that plugins use without naming a rule. */
const implied: ReadonlySet<string> = new Set(['fact_check', 'modality', 'authz']);

function isUsed({ type, names }: SignalRule, used: ReadonlySet<string>): boolean {
  return names.some((name) => used.has(`${type}:${name}`));
}

/**
 * Whatever names a type and a name, wherever it stands: conditions, composers, projections, algorithms. A member of a
 * partition is used if another one is, since it may take that one's place.
 *
 * @param raw Whether scores that read nothing but the measured number count.
 */
export function usedSignals({ block, decisions }: Policy, { raw = true } = {}): ReadonlySet<string> {
  const used = new Set<string>();
  for (const { rules } of decisions) {
    for (const { leaf } of leavesOf(rules, [])) used.add(`${leaf.type}:${leaf.name}`);
  }
  const visit = (value: unknown, inSignals: boolean): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, inSignals);
    if (!isRecord(value)) return;
    const counts = raw || value.value_source !== 'raw';
    if (!inSignals && counts && typeof value.type === 'string' && typeof value.name === 'string') {
      used.add(`${value.type.toLowerCase()}:${value.name}`);
    }
    for (const [key, inner] of Object.entries(value)) {
      visit(inner, key === 'signals' || (inSignals && key !== 'composer'));
    }
  };
  visit(block, false);
  for (const members of partitionsOf(block)) {
    for (const type of ['domain', 'embedding']) {
      const named = members.map((member) => `${type}:${member}`);
      if (named.some((member) => used.has(member))) for (const member of named) used.add(member);
    }
  }
  return used;
}

function partitionsOf(block: unknown): string[][] {
  return listAt(block, 'projections', 'partitions').map((partition) =>
    listAt(partition, 'members').filter((member) => typeof member === 'string'),
  );
}

export const unusedModel: FileRule = {
  scope: 'file',
  code: 'unused-model',
  summary: 'No decision sends requests to a model.',
  severity: 'warning',
  certain: false,
  check({ config, document }) {
    const { models, defaultModel } = config;
    const named = textsBelow([document.routing, document.recipes, document.global]);
    return models.flatMap(({ name, loras }, index): LintFinding[] => {
      if (name === defaultModel || named.has(name) || loras.some((lora) => named.has(lora))) return [];
      return [
        {
          path: ['providers', 'models', index, 'name'],
          message: `no decision leads to model \`${name}\`: only clients that name it reach it`,
          hint: 'add it to the `modelRefs` of a decision, or remove it',
        },
      ];
    });
  },
};

/** Every text below `routing` and the like except names of model cards, which do not send anything anywhere. */
function textsBelow(roots: readonly unknown[]): ReadonlySet<string> {
  const texts = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') texts.add(value);
    else if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isRecord(value)) {
      for (const [key, inner] of Object.entries(value)) {
        if (key !== 'modelCards' && key !== 'signals') visit(inner);
        // Keys name models in some settings.
        texts.add(key);
      }
    }
  };
  for (const root of roots) visit(root);
  return texts;
}
