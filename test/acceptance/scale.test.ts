import { describe, expect, it } from 'vitest';
import { judge, lines, request, route, routerFor } from './support.js';

const signals = 400;

/** Decisions of many conditions each, in the block style that people generate. */
function config(decisions: number, conditions: number): string {
  const list = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index)).join('');
  return `version: v0.3
providers:
  defaults: {model: m0}
  models:
${list(50, (index) => `    - {name: m${index}, backend_refs: [{endpoint: "h${index}:1"}]}\n`)}routing:
  signals:
    keywords:
${list(signals, (index) => `      - {name: k${index}, operator: OR, keywords: [word${index}, "phrase number ${index}"]}\n`)}  decisions:
${list(
  decisions,
  (at) => `    - name: d${at}
      priority: ${at}
      rules:
        operator: ${at % 2 === 0 ? 'OR' : 'AND'}
        conditions:
${list(conditions, (index) => `          - {type: keyword, name: k${(at * 7 + index * 13) % signals}}\n`)}      modelRefs: [{model: m${at % 50}}]
`,
)}`;
}

describe('big configurations', () => {
  it('200 decisions of 20 conditions load and route', async () => {
    const text = config(200, 20);
    const router = routerFor(text);
    expect(await route(router, request('word13 here'))).toMatchObject({ decision: 'd164', model: 'm14' });
    expect((await route(router, request('nothing'))).model).toBe('m0');
  });

  it('1000 decisions load without a word', () => {
    expect(lines(judge(config(1000, 10)))).toEqual([]);
  });

  it('a mistake in every decision is told with its place', () => {
    const text = config(200, 10).replaceAll('modelRefs', 'modelRef');
    const errors = lines(judge(text));
    expect(errors).toHaveLength(200);
    expect(errors[0]).toMatch(
      /unknown key `modelRef` in `routing.decisions\[0\]` – did you mean `modelRefs`\?/,
    );
  });
});
