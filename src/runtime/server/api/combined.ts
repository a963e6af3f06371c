/**
 * `POST /api/v1/classify/combined`.
 *
 * @module
 */

import { optionsOf, textOf } from './input.js';
import { intentBody } from './intent.js';
import { findPii, piiRequestOf } from './pii.js';
import { modelsOf, post } from './route.js';
import { securityBody } from './security.js';

export const combinedRoute = post(
  '/api/v1/classify/combined',
  'Intent, personal data and security of {text} together.',
  async (call) => {
    const { context, fields, signal } = call;
    const text = textOf(fields);
    const models = modelsOf(context);
    const piiRequest = piiRequestOf(optionsOf(fields, 'pii_options'), signal);
    const start = performance.now();
    // At the same time: they read the same runs of the encoder.
    const [intent, { body: pii }, security] = await Promise.all([
      intentBody({ text }, optionsOf(fields, 'intent_options'), call),
      findPii(text, piiRequest, models),
      securityBody(text, optionsOf(fields, 'security_options'), models, signal),
    ]);
    return { intent, pii, security, processing_time_ms: performance.now() - start };
  },
);
