/**
 * All commands, in the order of `--help`. To add one: one file here, one line in this list.
 *
 * @module
 */

import { classify } from './classify.js';
import type { Command } from './command.js';
import { completion } from './completion.js';
import { configMigrate } from './config-migrate.js';
import { configSchema } from './config-schema.js';
import { configShow } from './config-show.js';
import { evaluate } from './eval.js';
import { init } from './init.js';
import { modelsList } from './models-list.js';
import { modelsShow } from './models-show.js';
import { serve } from './serve.js';
import { validate } from './validate.js';

export const commands: readonly Command[] = [
  init,
  serve,
  classify,
  evaluate,
  modelsList,
  modelsShow,
  validate,
  configShow,
  configMigrate,
  configSchema,
  completion,
];
