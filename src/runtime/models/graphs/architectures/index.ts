/**
 * The architectures that can be run from safetensors.
 *
 * @module
 */
import { bert } from './bert.js';
import { distilbert } from './distilbert.js';
import { modernbert } from './modernbert.js';
import { roberta } from './roberta.js';
import type { Architecture } from './types.js';

export const architectures: readonly Architecture[] = [bert, distilbert, roberta, modernbert];
