/**
 * All routes of the management API, in the order of its overview. To add one: one file here, one line in
 * this list.
 *
 * @module
 */
import { configRoutes } from '../config-api/routes.js';
import { batchRoute } from './batch.js';
import { combinedRoute } from './combined.js';
import { embeddingsRoute, similarityBatchRoute, similarityRoute } from './embeddings.js';
import { factCheckRoute } from './fact-check.js';
import { hallucinationRoute, nliRoute } from './hallucination.js';
import { infoRoutes } from './info.js';
import { evalRoute, intentRoute } from './intent.js';
import { piiRoute } from './pii.js';
import { json, type Route } from './route.js';
import { securityRoute } from './security.js';
import { toolCallRoute } from './tool-call.js';
import { userFeedbackRoute } from './user-feedback.js';

const taskTypes = [
  { name: 'intent', description: 'Field of knowledge the text is about.' },
  { name: 'pii', description: 'Personal data and secrets in the text.' },
  { name: 'security', description: 'Whether the text is a jailbreak.' },
  { name: 'all', description: 'All of them.' },
];

const overview: Route = {
  method: 'GET',
  path: '/api/v1',
  description: 'This overview.',
  answer: ({ context }) =>
    json({
      service: 'vllm-sr',
      version: context.version,
      endpoints: routes.map(({ method, path, description }) => ({ path, method, description })),
      task_types: taskTypes,
      links: { health: '/health', ready: '/ready', metrics: '/metrics', models: '/info/models' },
    }),
};

export const routes: readonly Route[] = [
  ...infoRoutes,
  overview,
  evalRoute,
  intentRoute,
  piiRoute,
  securityRoute,
  factCheckRoute,
  userFeedbackRoute,
  hallucinationRoute,
  toolCallRoute,
  combinedRoute,
  batchRoute,
  nliRoute,
  embeddingsRoute,
  similarityRoute,
  similarityBatchRoute,
  ...configRoutes,
];
