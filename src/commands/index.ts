/**
 * All commands, in the order of `--help`. To add one: one file here, one line in this list.
 *
 * @module
 */
import type { Command } from './command.js';
import { configMigrate } from './config-migrate.js';
import { configSchema } from './config-schema.js';
import { configShow } from './config-show.js';
import { validate } from './validate.js';

export const commands: readonly Command[] = [validate, configShow, configMigrate, configSchema];
