import { afterAll, describe, expect, it } from 'vitest';
import { createEncoder } from '../../src/runtime/inference/encoder.js';
import { domainLabels } from '../../src/runtime/signals/domain-labels.js';
import { request, route, routerFor } from './support.js';

/** The layout of v0.1: no thresholds anywhere, a route per domain. */
const config = `version: v0.1
listeners: [{name: main, address: 0.0.0.0, port: 8888}]
signals:
  domains:
${domainLabels.map((label) => `    - {name: ${label.replace(' ', '_')}, description: x, mmlu_categories: [${label}]}`).join('\n')}
decisions:
${domainLabels.map((label) => `  - {name: ${label.replace(' ', '_')}, description: x, priority: 10, rules: {operator: OR, conditions: [{type: domain, name: ${label.replace(' ', '_')}}]}, modelRefs: [{model: m}]}`).join('\n')}
providers: {default_model: m, models: [{name: m, endpoints: [{endpoint: "h:1"}]}]}
`;

const prompts: readonly (readonly [prompt: string, domain: string])[] = [
  ['What is the derivative of x^3 + 2x?', 'math'],
  ['Solve the quadratic equation x^2 - 5x + 6 = 0', 'math'],
  ['Calculate the integral of sin(x) from 0 to pi', 'math'],
  ['Prove that the square root of 2 is irrational', 'math'],
  ['Write a Python function that reverses a linked list', 'computer_science'],
  ['Explain the time complexity of quicksort', 'computer_science'],
  ['How do I fix a null pointer exception in Java?', 'computer_science'],
  ['Explain quantum entanglement', 'physics'],
  ['What is Newton’s second law of motion?', 'physics'],
  ['How fast does a falling object accelerate due to gravity?', 'physics'],
  ['Balance the chemical equation H2 + O2 -> H2O', 'chemistry'],
  ['What is the pH of a 0.1 M hydrochloric acid solution?', 'chemistry'],
  ['How does photosynthesis work in plants?', 'biology'],
  ['What is the function of mitochondria in a cell?', 'biology'],
  ['When did World War II end?', 'history'],
  ['What were the causes of the French Revolution?', 'history'],
  ['What are the symptoms of type 2 diabetes?', 'health'],
  ['Which vaccines should a newborn receive?', 'health'],
  ['What is the difference between a tort and a crime?', 'law'],
  ['Can my landlord evict me without notice under the lease contract?', 'law'],
  ['How does inflation affect interest rates?', 'economics'],
  ['Explain the law of supply and demand', 'economics'],
  ['How should I write a marketing plan for a startup?', 'business'],
  ['What did Kant mean by the categorical imperative?', 'philosophy'],
  ['What is cognitive dissonance?', 'psychology'],
  ['How do I size a beam to carry a distributed load?', 'engineering'],
  ['Tell me a joke', 'other'],
  ['What should I cook for dinner tonight?', 'other'],
  ['Recommend a good movie for the weekend', 'other'],
];

describe('clear prompts in a file without thresholds', () => {
  const encoder = createEncoder();
  const router = routerFor(config, encoder);
  afterAll(() => encoder.close());

  it.each(prompts)('%s', async (prompt, domain) => {
    expect((await route(router, request(prompt))).decision).toBe(domain);
  });

  it('a text without content has no domain', async () => {
    expect((await route(router, request('  '))).decision).toBeUndefined();
  });
});
