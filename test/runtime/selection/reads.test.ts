import { expect, onTestFinished, test } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { openModels } from '../../../src/runtime/inference/open-models.js';
import { emptyPlan } from '../../../src/runtime/models/assignment.js';
import { createRouter } from '../../../src/runtime/selection/router.js';

const base = `
version: v0.3
providers: {models: [{name: m, backend_refs: [{endpoint: 127.0.0.1:1}]}], defaults: {model: m}}
`;

/** Outputs that the decisions of `routing` read. */
function reads(routing: string): readonly string[] | undefined {
  const models = openModels(emptyPlan);
  onTestFinished(() => models.close());
  const router = createRouter(
    loadConfigText(`${base}routing:\n${routing}`, 'config.yaml', {}),
    models.encoder,
  );
  onTestFinished(() => router.remote.close());
  return router.reads && [...router.reads].sort();
}

const signals = `
  signals:
    keywords: [{name: k, operator: OR, keywords: [k]}]
    domains: [{name: math}]
    embeddings: [{name: e, threshold: 0.5, candidates: [hello]}]
    jailbreak: [{name: j, threshold: 0.5}]
    pii: [{name: p, threshold: 0.5}]
`;

const decision = (name: string, types: readonly string[], rest = '') =>
  `    - {name: ${name}, rules: {operator: OR, conditions: [${types.join(', ')}]}, modelRefs: [{model: m}]${rest}}\n`;

test('a model that no decision asks for is not waited for', () => {
  expect(reads(`${signals}  decisions:\n${decision('a', ['{type: keyword, name: k}'])}`)).toEqual([]);
  expect(
    reads(
      `${signals}  decisions:\n${decision('a', ['{type: domain, name: math}', '{type: keyword, name: k}'])}${decision('b', ['{type: pii, name: p}'])}`,
    ),
  ).toEqual(['mom-domain-classifier', 'mom-pii-classifier']);
});

test('examples need the embedding, and guards their own model', () => {
  expect(
    reads(
      `${signals}  decisions:\n${decision('a', ['{type: embedding, name: e}', '{type: jailbreak, name: j}'])}`,
    ),
  ).toEqual(['mom-embedding-light', 'mom-jailbreak-classifier']);
});
