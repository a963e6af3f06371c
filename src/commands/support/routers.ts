/**
 * Several configurations at once, with one model for all of them: a text is encoded once, whoever asks.
 *
 * @module
 */
import type { LoadedConfig } from '../../runtime/config/types.js';
import type { Encoder } from '../../runtime/inference/types.js';
import type { Router } from '../../runtime/selection/types.js';
import type { CommandContext } from '../command.js';
import { openEncoder } from './session.js';

export interface Routers {
  /** One per configuration, in their order. */
  readonly routers: readonly Router[];
  /** Undefined if no configuration needs it, or it cannot be loaded. */
  readonly encoder: Encoder | undefined;
  /** Ends the worker threads; the process could not end otherwise. */
  close(): Promise<void>;
}

/** Compiles the configurations; loads the model if one of them needs it, as that one says. */
export async function openRouters(
  configs: readonly LoadedConfig[],
  context: CommandContext,
): Promise<Routers> {
  const { createRouter } = await import('../../runtime/selection/router.js');
  const bare = configs.map((loaded) => createRouter(loaded, undefined));
  const needing = bare.find(({ needsEncoder }) => needsEncoder)?.loaded;
  const encoder = needing === undefined ? undefined : await openEncoder(needing, context);
  // Loading is no part of what a signal takes. If it fails, the signals say so.
  await encoder?.ready().catch(() => undefined);
  return {
    routers: encoder === undefined ? bare : configs.map((loaded) => createRouter(loaded, encoder)),
    encoder,
    close: async () => {
      await encoder?.close();
    },
  };
}
