/**
 * `GET /v1/models`: the names a client may use.
 *
 * @module
 */
import type { RouterConfig } from '../config/types.js';
import { VsrError } from '../errors.js';

export interface ListedModel {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
  readonly description?: string;
}

/** Owner of the names behind which the router chooses. */
const virtualOwner = 'vllm-semantic-router';

/** Auto names first, then virtual models, then the configured models if the configuration lists them; each name once. */
export function listedModels(config: RouterConfig, created: number): ListedModel[] {
  const models = usableModels(config, created);
  return config.router.listConfiguredModels
    ? models
    : models.filter(({ owned_by }) => owned_by === virtualOwner);
}

/** Every name that a request may use, listed or not. */
function usableModels(config: RouterConfig, created: number): ListedModel[] {
  const models = new Map<string, ListedModel>();
  for (const id of config.router.autoModelNames) {
    models.set(id, {
      id,
      object: 'model',
      created,
      owned_by: virtualOwner,
      description: 'Chooses the model for each prompt by the configured decisions.',
    });
  }
  for (const [id, name] of Object.entries(config.entrypoints)) {
    const recipe = config.recipes.find((candidate) => candidate.name === name);
    models.set(id, {
      id,
      object: 'model',
      created,
      owned_by: virtualOwner,
      description: recipe?.description || `Chooses the model for each prompt by the decisions of ${name}.`,
    });
  }
  for (const { name: id, description } of config.models) {
    if (models.has(id)) continue;
    models.set(id, {
      id,
      object: 'model',
      created,
      owned_by: 'upstream-endpoint',
      ...(description === undefined ? {} : { description }),
    });
  }
  return [...models.values()];
}

/** Body of `GET /v1/models`. */
export function modelListJson(config: RouterConfig, created: number): string {
  return JSON.stringify({ object: 'list', data: listedModels(config, created) });
}

/** Body of `GET /v1/models/{id}`, for every name a request may use; throws `VSR_MODEL_NOT_FOUND`. */
export function modelJson(config: RouterConfig, created: number, id: string): string {
  const model = usableModels(config, created).find((candidate) => candidate.id === id);
  if (model === undefined) {
    throw new VsrError('VSR_MODEL_NOT_FOUND', `The model \`${id.slice(0, 200)}\` does not exist.`, {
      param: 'model',
    });
  }
  return JSON.stringify(model);
}
