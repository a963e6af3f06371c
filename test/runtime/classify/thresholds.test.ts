import { describe, expect, test } from 'vitest';
import { classifyFactCheck } from '../../../src/runtime/classify/fact-check.js';
import { type ClassifierModels, modelNames } from '../../../src/runtime/classify/models.js';
import { classifyPii } from '../../../src/runtime/classify/pii.js';
import { classifySecurity } from '../../../src/runtime/classify/security.js';
import { classifyFeedback } from '../../../src/runtime/classify/user-feedback.js';
import type { ModelThresholds } from '../../../src/runtime/models/thresholds.js';
import { fakeEncoder, piiHead } from './fake-models.js';

/** Every head is sure to 0.7; their own thresholds are 0.6 and, for a person, 0.5. */
function models(thresholds: ModelThresholds): ClassifierModels {
  const encoder = fakeEncoder(
    () => ({
      heads: {
        [modelNames.jailbreak]: { benign: 0.3, jailbreak: 0.7 },
        [modelNames.factCheck]: { NO_FACT_CHECK_NEEDED: 0.3, FACT_CHECK_NEEDED: 0.7 },
        [modelNames.feedback]: { SAT: 0.3, WRONG_ANSWER: 0.7 },
      },
      spans: [{ label: 'PERSON', start: 0, end: 4, confidence: 0.7 }],
    }),
    { tokenHeads: [piiHead] },
  );
  return { encoder, pair: undefined, thresholds };
}

async function verdicts(thresholds: ModelThresholds, own?: number) {
  const used = models(thresholds);
  const [security, fact, feedback, pii] = await Promise.all([
    classifySecurity('Anna', used, { threshold: own }),
    classifyFactCheck('Anna', used, own),
    classifyFeedback('Anna', used, own),
    classifyPii('Anna', used, { threshold: own }),
  ]);
  return [security.flagged, fact.needed, feedback.type === 'wrong_answer', pii.entities.length > 0];
}

const strict = { jailbreak: 0.8, 'fact-check': 0.8, feedback: 0.8, pii: 0.8 };

describe('a threshold', () => {
  test('is the model’s own if nobody names one', async () => {
    expect(await verdicts({})).toEqual([true, true, true, true]);
  });

  test('is that of the configuration', async () => {
    expect(await verdicts(strict)).toEqual([false, false, false, false]);
  });

  test('is the caller’s before any other', async () => {
    expect(await verdicts(strict, 0.65)).toEqual([true, true, true, true]);
  });
});
