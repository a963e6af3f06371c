import { describe, expect, it } from 'vitest';
import { lintConfigText } from '../../../../src/runtime/config/lint/lint.js';

function lint(decision: string, limits: string, code: string): string[] {
  const text = `version: v0.3
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: h}]}]}
routing:
  signals:
    metadata: [{name: bad, key: source, predicate: {equals: bad}}]
    keywords: [{name: k, operator: OR, keywords: [xyzzy]}]
    jailbreak: [{name: strict}]
  decisions:
    - {name: guard, ${decision}}
    - {name: rest, priority: -1, modelRefs: [{model: m}]}
global: {router: {signals: ${limits}}}
`;
  return lintConfigText(text, '', {}, { rules: 'all' })
    .diagnostics.filter((finding) => finding.code === code)
    .map(({ message }) => message);
}

const block = 'action: {type: block}, rules: ';
const metadata = '{type: metadata, name: bad}';
const keyword = '{type: keyword, name: k}';
const jailbreak = '{type: jailbreak, name: strict}';
const joined = (operator: string, ...rules: string[]) =>
  `{operator: ${operator}, conditions: [${rules.join(', ')}]}`;

describe('a guard by metadata', () => {
  const found = (decision: string) => lint(decision, '{}', 'guard-on-metadata').length;

  it.each([
    metadata,
    joined('AND', metadata, keyword),
    joined('OR', metadata, joined('AND', metadata, keyword)),
    joined('NOT', joined('NOT', metadata)),
    joined('NOT', joined('OR', joined('NOT', metadata), keyword)),
  ])('is found in %s', (rules) => {
    expect(found(block + rules)).toBe(1);
  });

  it.each([
    keyword,
    joined('OR', metadata, keyword),
    joined('NOT', metadata),
    joined('NOT', joined('AND', metadata, keyword)),
  ])('is not what %s is', (rules) => {
    expect(found(block + rules)).toBe(0);
  });

  it('is no matter where requests are only sorted', () => {
    expect(found(`modelRefs: [{model: m}], rules: ${metadata}`)).toBe(0);
  });
});

describe('a guard that may be cut', () => {
  const found = (rules: string, limits: string) => lint(block + rules, limits, 'guard-may-be-cut');

  it('is one with a deadline that fails open', () => {
    expect(found(jailbreak, '{deadline_ms: 200}')).toEqual([
      'decision `guard`: `jailbreak:strict` is cut after 200 ms and then counts as harmless, so a text that takes long to read gets past it',
    ]);
    expect(found(jailbreak, '{families: {jailbreak: {deadline_ms: 200}}}')).toHaveLength(1);
    expect(found(jailbreak, '{rules: {"jailbreak:strict": {deadline_ms: 200}}}')).toHaveLength(1);
  });

  it('is none without a deadline, or that fails closed', () => {
    expect(found(jailbreak, '{}')).toEqual([]);
    expect(found(jailbreak, '{deadline_ms: 200, on_unavailable: match}')).toEqual([]);
    expect(found(jailbreak, '{deadline_ms: 200, families: {jailbreak: {on_unavailable: match}}}')).toEqual(
      [],
    );
    expect(found('{type: jailbreak, name: strict, on_error: match}', '{deadline_ms: 200}')).toEqual([]);
    expect(found(keyword, '{deadline_ms: 200}')).toEqual([]);
  });
});
