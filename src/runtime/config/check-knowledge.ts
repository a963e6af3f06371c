/**
 * Checks knowledge bases and the rules that read them.
 *
 * @module
 */
import { builtInMetrics } from '../signals/knowledge-base.js';
import { listNames, suggestion } from '../text/suggestions.js';
import { checkDuplicates } from './check-duplicates.js';
import type { Findings, Path } from './diagnostics.js';
import { at, isRecord, listAt, textAt } from './raw.js';
import { routingBlocks } from './routing-blocks.js';

const basesPath = ['global', 'model_catalog', 'kbs'];

/** Bases that the original brings along. Files that use them load; nobody else's examples are shipped here. */
const bundledElsewhere: readonly string[] = ['privacy_kb', 'mmlu_kb'];

const keysAt = (value: unknown, key: string): string[] => {
  const found = at(value, key);
  return isRecord(found) ? Object.keys(found) : [];
};

/** Labels of a base; undefined if some are in a file, which is read when the rules are compiled. */
function labelsOf(base: unknown): readonly string[] | undefined {
  return at(base, 'source') === undefined ? keysAt(base, 'labels') : undefined;
}

export function checkKnowledge(raw: unknown, findings: Findings): void {
  const bases = listAt(raw, ...basesPath);
  checkDuplicates(bases, basesPath, 'knowledge base', findings);
  bases.forEach((base, index) => {
    checkBase(base, [...basesPath, index], findings);
  });
  for (const { block, path } of routingBlocks(raw)) {
    listAt(block, 'signals', 'kb').forEach((rule, index) => {
      checkRule(rule, [...path, 'signals', 'kb', index], bases, findings);
    });
  }
}

function checkBase(base: unknown, path: Path, findings: Findings): void {
  const labels = labelsOf(base);
  const groups = keysAt(base, 'groups');
  if (labels?.length === 0) {
    const message = 'the knowledge base has no labels';
    findings.error(path, message, 'give `labels`, or `source.path` with a `labels.json` in it');
  }
  if (labels !== undefined) {
    for (const group of groups) {
      listAt(base, 'groups', group).forEach((label, index) => {
        if (typeof label !== 'string' || labels.includes(label)) return;
        findings.error(
          [...path, 'groups', group, index],
          `unknown label \`${label}\``,
          suggestion(label, labels),
        );
      });
    }
  }
  listAt(base, 'metrics').forEach((metric, index) => {
    for (const key of ['positive_group', 'negative_group']) {
      const group = textAt(metric, key);
      if (group === undefined || groups.includes(group)) continue;
      findings.error(
        [...path, 'metrics', index, key],
        `unknown group \`${group}\``,
        suggestion(group, groups),
      );
    }
    const name = textAt(metric, 'name');
    if (name === undefined || !builtInMetrics.some((known) => known === name)) return;
    const hint = `every knowledge base has ${listNames(builtInMetrics)}; choose another name`;
    findings.error([...path, 'metrics', index, 'name'], `metric \`${name}\` exists already`, hint);
  });
}

function checkRule(rule: unknown, path: Path, bases: readonly unknown[], findings: Findings): void {
  const name = textAt(rule, 'kb');
  if (name === undefined) return;
  const base = bases.find((one) => textAt(one, 'name') === name);
  if (base === undefined) {
    const message = `there is no knowledge base \`${name}\``;
    const place = `declare it under \`${basesPath.join('.')}\``;
    if (bundledElsewhere.includes(name)) {
      findings.warning([...path, 'kb'], `${message}: the rule reports \`unavailable\``, place);
    } else {
      const names = bases.flatMap((one) => textAt(one, 'name') ?? []);
      findings.error([...path, 'kb'], message, names.length > 0 ? suggestion(name, names) : place);
    }
    return;
  }
  const value = textAt(rule, 'target', 'value');
  const kind = textAt(rule, 'target', 'kind');
  const known = kind === 'group' ? keysAt(base, 'groups') : kind === 'label' ? labelsOf(base) : undefined;
  if (value === undefined || known === undefined || known.includes(value)) return;
  findings.error(
    [...path, 'target', 'value'],
    `unknown ${kind ?? 'label'} \`${value}\``,
    suggestion(value, known),
  );
}
