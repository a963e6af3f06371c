import { expect, test } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { createRouter } from '../../../src/runtime/selection/router.js';

const file = (model: string, priority: number) =>
  loadConfigText(
    `version: v0.3
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: h}]}]}
routing: {decisions: [{name: d, priority: ${priority}, modelRefs: [{model: m}]}]}
global: {model_catalog: {external: [{model_role: preference, llm_model_name: ${model}, llm_endpoint: {address: h}}]}}
`,
    'config.yaml',
    {},
  );

test('a router goes on with the services of the one before it while their settings stay the same', () => {
  const first = createRouter(file('judge', 1), undefined);
  const same = createRouter(file('judge', 2), undefined, first.remote);
  expect(same.remote).toBe(first.remote);
  const other = createRouter(file('another', 2), undefined, first.remote);
  expect(other.remote).not.toBe(first.remote);
});
