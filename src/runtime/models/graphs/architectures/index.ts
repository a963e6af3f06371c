/**
 * The architectures that can be run from safetensors.
 *
 * @module
 */
import { bert } from './bert.js';
import type { Architecture } from './types.js';

export const architectures: readonly Architecture[] = [bert];
