/**
 * What the management API says about the process: health, readiness, metrics, models.
 *
 * @module
 */
import { modelsInfo } from '../models-info.js';
import { readinessOf } from '../readiness.js';
import { json, type Route } from './route.js';

export const infoRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/health',
    description: 'Whether the process answers, and with which configuration.',
    answer: ({ context }) =>
      json({ status: 'healthy', service: 'vllm-sr', config_hash: context.holder.router.loaded.hash }),
  },
  {
    method: 'GET',
    path: '/ready',
    description: '200 once the models are loaded that the configuration needs, else 503.',
    answer: ({ context }) => {
      const readiness = readinessOf(context.holder.router, context.activity.draining);
      return json(readiness, readiness.ready ? 200 : 503);
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    description: 'Metrics in the Prometheus text format.',
    answer: async ({ context }) => ({
      status: 200,
      body: await context.metrics(),
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    }),
  },
  {
    method: 'GET',
    path: '/info/models',
    description: 'Models of the router and their state.',
    answer: ({ context }) => json(modelsInfo(context)),
  },
];
