import { expect, test } from 'vitest';
import { familyKeyOf, matchedHeaderOf } from '../../../src/runtime/apis/family-names.js';

test.each([
  ['keyword', 'keywords', 'x-vsr-matched-keywords'],
  ['embedding', 'embeddings', 'x-vsr-matched-embeddings'],
  ['domain', 'domains', 'x-vsr-matched-domains'],
  ['preference', 'preferences', 'x-vsr-matched-preference'],
  ['user_feedback', 'user_feedback', 'x-vsr-matched-user-feedback'],
  ['fact_check', 'fact_check', 'x-vsr-matched-fact-check'],
  ['reask', 'reask', 'x-vsr-matched-reask'],
  ['authz', 'authz', 'x-vsr-matched-authz'],
  ['event', 'event', 'x-vsr-matched-event'],
  ['classifier', 'classifier', 'x-vsr-matched-classifier'],
  ['projection', 'projection', 'x-vsr-matched-projections'],
])('%s is called %s in bodies and %s in headers', (type, key, header) => {
  expect(familyKeyOf(type)).toBe(key);
  expect(matchedHeaderOf(type)).toBe(header);
});
