/**
 * `preference`: which of the user's own routes a text belongs to.
 *
 * @module
 */
import { contrastiveRules } from './preference-contrastive.js';
import { externalPreferences } from './preference-external.js';
import { type PreferenceRule, preferenceSchema } from './preference-rule.js';
import type { SignalFamily } from './types.js';

export const preferenceFamily: SignalFamily<PreferenceRule> = {
  type: 'preference',
  configKey: 'preferences',
  summary: 'Matches texts to routes that are described in words and by examples.',
  cost: 'encoder',
  schema: preferenceSchema,
  check(rules, report) {
    rules.forEach(({ description, examples }, index) => {
      if (description !== undefined || examples.length > 0) return;
      const message = 'has neither `description` nor `examples`, so only its name is compared; give examples';
      report(index, [], message, 'warning');
    });
  },
  costOf: (_name, _rules, remote) => (remote?.modelFor('preference') === undefined ? 'encoder' : 'remote'),
  compile(rules, { encoder, remote }) {
    const model = remote?.modelFor('preference');
    if (model !== undefined) return externalPreferences(rules, model);
    return contrastiveRules(rules, encoder);
  },
};
