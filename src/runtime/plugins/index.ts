/**
 * All plugins. The order of this list is the order in which they run, whatever order a decision
 * names them in: an answer of our own comes first, because then nothing else needs to happen.
 *
 * @module
 */
import { fastResponse } from './fast-response.js';
import { headerMutation } from './header-mutation.js';
import { systemPrompt } from './system-prompt.js';
import type { PluginKind } from './types.js';

export const pluginKinds: readonly PluginKind[] = [fastResponse, systemPrompt, headerMutation];
