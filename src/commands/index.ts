/**
 * All commands, in the order of `--help`. To add one: one file here, one line in this list.
 *
 * @module
 */

import { classify } from './classify.js';
import type { Command } from './command.js';
import { completion } from './completion.js';
import { configDiff } from './config-diff.js';
import { configMigrate } from './config-migrate.js';
import { configSchema } from './config-schema.js';
import { configShow } from './config-show.js';
import { diff } from './diff.js';
import { doctor } from './doctor.js';
import { dslCompile } from './dsl-compile.js';
import { dslDecompile } from './dsl-decompile.js';
import { dslFmt } from './dsl-fmt.js';
import { dslValidate } from './dsl-validate.js';
import { evaluate } from './eval.js';
import { init } from './init.js';
import { learn } from './learn.js';
import { modelsImport } from './models-import.js';
import { modelsList } from './models-list.js';
import { modelsPath } from './models-path.js';
import { modelsPrune } from './models-prune.js';
import { modelsPull } from './models-pull.js';
import { modelsShow } from './models-show.js';
import { modelsVerify } from './models-verify.js';
import { serve } from './serve.js';
import { test } from './test.js';
import { tune } from './tune.js';
import { validate } from './validate.js';

export const commands: readonly Command[] = [
  init,
  serve,
  classify,
  evaluate,
  test,
  diff,
  tune,
  learn,
  modelsList,
  modelsShow,
  modelsPull,
  modelsPath,
  modelsVerify,
  modelsPrune,
  modelsImport,
  validate,
  doctor,
  configShow,
  configDiff,
  configMigrate,
  configSchema,
  dslValidate,
  dslCompile,
  dslDecompile,
  dslFmt,
  completion,
];
