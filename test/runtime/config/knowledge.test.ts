import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/runtime/config/diagnostics.js';
import { loadConfigText } from '../../../src/runtime/config/load.js';

const file = (bases: string, rule: string) => `version: v0.3
providers: {models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}]}
routing:
  signals:
    kb:
      - ${rule}
  decisions:
    - {name: d, rules: {type: kb, name: r}, modelRefs: [{model: m}]}
global:
  model_catalog:
    kbs:
      - ${bases}
`;
const base = '{name: desk, labels: {money: {exemplars: [send money]}}, groups: {bank: [money]}}';
const rule = '{name: r, kb: desk, target: {kind: label, value: money}}';

function problems(text: string): string[] {
  try {
    return loadConfigText(text, 'config.yaml', {})
      .diagnostics.filter(({ path }) => /kb/.test(path))
      .map(({ severity, message, hint }) => `${severity}: ${message} (${hint ?? ''})`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(({ severity, message, hint }) => `${severity}: ${message} (${hint ?? ''})`);
  }
}

describe('knowledge bases in a configuration', () => {
  it('are kept for the rules that read them', () => {
    expect(problems(file(base, rule))).toEqual([]);
    const { config } = loadConfigText(file(base, rule), '/somewhere/config.yaml', {});
    expect(config.knowledgeBases).toMatchObject([{ name: 'desk', threshold: 0.3 }]);
    expect(config.places?.baseDir).toMatch(/somewhere$/);
  });

  it.each([
    [base, rule.replace('desk', 'dest'), /no knowledge base `dest`.*desk/],
    [base, rule.replace('value: money', 'value: monny'), /unknown label `monny`.*money/],
    [base, rule.replace('label, value: money', 'group, value: bunk'), /unknown group `bunk`.*bank/],
    [base.replace('[money]', '[honey]'), rule, /unknown label `honey`.*money/],
    ['{name: desk}', rule, /has no labels/],
    [
      base.replace(
        'groups:',
        'metrics: [{name: best_score, positive_group: bank, negative_group: bank}], groups:',
      ),
      rule,
      /exists already/,
    ],
  ])('are refused where they do not fit: %s', (bases, kb, expected) => {
    expect(problems(file(bases, kb)).join('\n')).toMatch(expected);
  });

  it('of the original load, and say what follows from their absence', () => {
    expect(problems(file(base, rule.replace('kb: desk', 'kb: privacy_kb')))).toEqual([
      expect.stringMatching(/^warning: .*privacy_kb.*unavailable/),
    ]);
  });
});
