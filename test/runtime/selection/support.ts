/** Routers of configurations in text, with signals that need no model. */
import type { RoutingRequest } from '../../../src/runtime/apis/types.js';
import { ConfigError } from '../../../src/runtime/config/diagnostics.js';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import type { LoadedConfig } from '../../../src/runtime/config/types.js';
import { createRouter } from '../../../src/runtime/selection/router.js';
import type { Router } from '../../../src/runtime/selection/types.js';

const models = ['small', 'big', 'third'].map(
  (name) => `    - {name: ${name}, backend_refs: [{endpoint: "127.0.0.1:1"}]}`,
);

/** A file with three models, `small` as default, and what a test adds. */
export function fileOf(rest: string): string {
  return `version: v0.3
listeners: [{port: 8899}]
providers:
  defaults: {model: small}
  models:
${models.join('\n')}
${rest}`;
}

export function load(rest: string): LoadedConfig {
  return loadConfigText(fileOf(rest), 'test.yaml', {});
}

export function routerOf(rest: string): Router {
  return createRouter(load(rest), undefined);
}

/** Messages of what is wrong with a file. */
export function errorsOf(rest: string): string[] {
  try {
    load(rest);
  } catch (error) {
    if (error instanceof ConfigError) return error.diagnostics.map(textOf);
    throw error;
  }
  return [];
}

export function warningsOf(rest: string): string[] {
  return load(rest).diagnostics.map(textOf);
}

function textOf({ path, message, hint }: LoadedConfig['diagnostics'][number]): string {
  return `${path}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

export function ask(text: string, more: Partial<RoutingRequest> = {}): RoutingRequest {
  return {
    model: 'auto',
    stream: false,
    messages: [{ role: 'user', text }],
    structuredChars: 0,
    imageCount: 0,
    toolCallCount: 0,
    toolDefinitionCount: 0,
    maxOutputTokens: undefined,
    ...more,
  };
}
