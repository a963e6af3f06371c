import { expect, it } from 'vitest';
import { headsReport } from '../../../src/commands/support/heads.js';
import { paletteFor } from '../../../src/commands/support/output.js';
import { modelNames } from '../../../src/runtime/classify/models.js';
import { VsrError } from '../../../src/runtime/errors.js';
import { domainModel } from '../../../src/runtime/signals/domain-category.js';
import { fakeEncoder } from '../../runtime/classify/fake-models.js';

const heads = {
  [domainModel]: { math: 0.2, law: 0.8 },
  [modelNames.jailbreak]: { benign: 0.1, jailbreak: 0.9 },
  [modelNames.factCheck]: { NO_FACT_CHECK_NEEDED: 0.7, FACT_CHECK_NEEDED: 0.3 },
  [modelNames.feedback]: { SAT: 0.95, WRONG_ANSWER: 0.05 },
  [modelNames.toolCall]: { SAFE: 0.99, INJECTION_RISK: 0.01 },
};

it('shows every head, personal data with places, and how a long text was read', async () => {
  const text = 'Ada, card 4111 1111 1111 1111';
  const encoder = fakeEncoder(
    (part) => ({
      heads,
      spans: part.startsWith('Ada') ? [{ label: 'PERSON', start: 0, end: 3, confidence: 0.91 }] : [],
    }),
    {
      cut: () => [
        { start: 0, end: 20 },
        { start: 10, end: text.length },
      ],
    },
  );
  const palette = await paletteFor({ color: false });
  expect(await headsReport({ text, encoder, width: undefined, palette })).toMatchInlineSnapshot(`
    "head                      label                      confidence  threshold
    mom-domain-classifier     law                               0.8        0.6
    mom-jailbreak-classifier  jailbreak                         0.9        0.6
    mom-halugate-sentinel     NO_FACT_CHECK_NEEDED              0.7        0.6
    mom-feedback-detector     needs an answer before it
    mom-toolcall-sentinel     SAFE                             0.99        0.6

    Personal data  2 places
      type         from  to  confidence  found by            text
      PERSON          0   3        0.91  model               Ada
      CREDIT_CARD    10  29           1  credit-card (Visa)  4111 1111 1111 1111

    Long text: guards and personal data read all of it in 2 windows; the other heads read all of it.
    "
  `);
});

it('says why when the model cannot run', async () => {
  const broken = fakeEncoder(() => ({ heads }));
  broken.scan = () => Promise.reject(new VsrError('VSR_INFERENCE_UNAVAILABLE', 'no session'));
  const palette = await paletteFor({ color: false });
  expect(await headsReport({ text: 'x', encoder: broken, width: 80, palette })).toBe(
    'The heads of the embedded models cannot be shown: no session\n',
  );
});
