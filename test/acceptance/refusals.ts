/**
 * Small files for tests of what is refused, and how it is said.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { judge, lines } from './support.js';

export const B = `version: v0.3
listeners: [{name: main, port: 8899}]
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "h:1"}]}
    - {name: big, backend_refs: [{endpoint: "h:2"}]}
`;
export const keyword = 'keywords: [{name: k, operator: OR, keywords: [x]}]';
export const sig = (signals: string) => `${B}routing:\n  signals:\n    ${signals}\n`;
export const dec = (decision: string, signals = keyword) =>
  `${sig(signals)}  decisions:\n    - ${decision}\n`;
export const rule = (tree: string, signals = keyword) =>
  dec(`{name: d, rules: ${tree}, modelRefs: [{model: small}]}`, signals);
export const plugin = (type: string, configuration: string) =>
  dec(`{name: d, modelRefs: [{model: small}], plugins: [{type: ${type}, configuration: ${configuration}}]}`);
export const algorithm = (text: string) => dec(`{name: d, modelRefs: [{model: small}], algorithm: ${text}}`);
export const counted = (more: string) =>
  sig(`structure: [{name: s, feature: {type: count, source: {type: regex, pattern: x}}, ${more}}]`);
export const iris = (condition: string) => `version: v0.1
listeners: [{name: main, address: 0.0.0.0, port: 8888}]
signals:
  keywords: [{name: k, operator: OR, keywords: [x]}]
  domains: [{name: math, description: m}]
decisions:
  - {name: d, description: x, priority: 1, rules: {operator: OR, conditions: [${condition}]}, modelRefs: [{model: m}]}
providers: {default_model: m, models: [{name: m, endpoints: [{endpoint: "h:1"}]}]}
`;

/** Each with the beginning of its first error: where, and what. */
export type Refusals = Readonly<
  Record<string, readonly (readonly [what: string, text: string, error: string])[]>
>;

export function testRefusals(groups: Refusals): void {
  for (const [group, cases] of Object.entries(groups)) {
    describe(group, () => {
      it.each(cases)('%s', (_, text, error) => {
        const verdict = judge(text);
        expect(verdict.loaded).toBeUndefined();
        const [first = ''] = lines(verdict);
        expect(first.slice(0, error.length)).toBe(error);
      });
    });
  }
}
