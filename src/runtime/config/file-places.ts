/**
 * Where files are that a configuration names.
 *
 * @module
 */
import { dirname, resolve } from 'node:path';
import { importedModelsDir } from '../models/hub/settings.js';
import type { HeadPlaces } from '../models/learned-head/index.js';
import type { Environment } from './interpolate.js';

/**
 * Folders that relative paths and the names of learned heads count from.
 *
 * @param source File of the configuration, or a name in angle brackets if it has none.
 */
export function filePlaces(source: string, env: Environment): HeadPlaces {
  return {
    baseDir: source.startsWith('<') ? process.cwd() : dirname(resolve(source)),
    modelsDir: importedModelsDir(env),
  };
}
