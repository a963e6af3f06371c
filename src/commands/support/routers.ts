/**
 * Several configurations at once. Those that want the same models share one encoder, so that a text is encoded
 * once, whoever asks.
 *
 * @module
 */
import type { LoadedConfig } from '../../runtime/config/types.js';
import type { Encoder } from '../../runtime/inference/types.js';
import type { Router } from '../../runtime/selection/types.js';
import type { CommandContext } from '../command.js';
import { unlessStopped } from '../interruption.js';
import { openEncoder } from './session.js';

export interface Routers {
  /** One per configuration, in their order; with the encoder if its rules need one and it can be loaded. */
  readonly routers: readonly Router[];
  /** Ends the worker threads; the process could not end otherwise. */
  close(): Promise<void>;
}

/** Compiles the configurations, and loads the models of those that need any; with `pull` it downloads them first. */
export async function openRouters(
  configs: readonly LoadedConfig[],
  { pull }: { readonly pull: boolean },
  context: CommandContext,
): Promise<Routers> {
  const { createRouter } = await import('../../runtime/selection/router.js');
  const encoders = new Map<string, Encoder | undefined>();
  const routers: Router[] = [];
  const close = async () => {
    await Promise.all([
      ...[...encoders.values()].map((encoder) => encoder?.close()),
      ...routers.map(({ remote }) => remote.close()),
    ]);
  };
  try {
    for (const loaded of configs) {
      const bare = createRouter(loaded, undefined);
      if (!bare.usesEncoder) {
        routers.push(bare);
        continue;
      }
      const wanted = JSON.stringify(loaded.config.modelCatalog);
      if (!encoders.has(wanted)) encoders.set(wanted, await openEncoder(loaded, { pull }, context));
      const encoder = encoders.get(wanted);
      const router = encoder === undefined ? bare : createRouter(loaded, encoder, bare.remote);
      // Loading is no part of what a signal takes. If it fails, the signals say so.
      const ready = router.needsEncoder ? encoder?.ready({ wants: router.reads }) : undefined;
      await unlessStopped(Promise.resolve(ready?.catch(() => undefined)), context.signal);
      routers.push(router);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { routers, close };
}
