/**
 * Bringing models from the hub, with progress, for `models pull` and for commands that need them at once.
 *
 * @module
 */
import type { CatalogEntry } from '../../runtime/models/catalog/types.js';
import type { HubClient } from '../../runtime/models/hub/client.js';
import type { PulledModel, PullObserver, PullPlan } from '../../runtime/models/hub/pull.js';
import type { CommandContext } from '../command.js';

/** Asks the hub what has to be downloaded; says on stderr why it waits. */
export async function planOne(
  client: HubClient,
  entry: CatalogEntry,
  revision: string | undefined,
  context: CommandContext,
): Promise<PullPlan> {
  const { planPull } = await import('../../runtime/models/hub/pull.js');
  return planPull(client, entry, revision, {
    signal: context.signal,
    observer: { onWait: (_, why) => context.stderr.write(`${entry.name}: ${why}\n`) },
  });
}

/** Downloads what a plan names, with progress on stderr. */
export async function pullOne(
  client: HubClient,
  plan: PullPlan,
  context: CommandContext,
): Promise<PulledModel> {
  const { executePull } = await import('../../runtime/models/hub/pull.js');
  return withProgress(plan, context, (observer) =>
    executePull(client, plan, { signal: context.signal, observer }),
  );
}

async function withProgress<Result>(
  plan: PullPlan,
  context: CommandContext,
  work: (observer: PullObserver) => Promise<Result>,
): Promise<Result> {
  const { startPullProgress } = await import('./pull-progress.js');
  const progress = await startPullProgress(plan, context);
  let failed = true;
  try {
    const result = await work(progress);
    failed = false;
    return result;
  } finally {
    await progress.end(failed);
  }
}
