/**
 * Reloading while `serve` runs: when the file changes, and when SIGHUP asks for it. Says on stderr what came of it.
 *
 * @module
 */
import { ConfigError, formatDiagnostics } from '../../runtime/config/diagnostics.js';
import { watchFile } from '../../runtime/config/watch.js';
import { isVsrError, messageOf } from '../../runtime/errors.js';
import type { Reloader, ReloadOutcome, ReloadTrigger } from '../../runtime/server/reload.js';
import { describeRestart, type RestartSetting } from '../../runtime/server/restart-settings.js';
import type { CommandContext } from '../command.js';

export interface ReloadingOptions {
  /** Undefined: the configuration came from no file. */
  readonly reloader: Reloader | undefined;
  readonly watch: boolean;
}

/** Starts to reload; returns what ends it. */
export function startReloading({ reloader, watch }: ReloadingOptions, context: CommandContext): () => void {
  let closed = false;
  const reload = async (trigger: ReloadTrigger): Promise<void> => {
    if (reloader === undefined) {
      context.stderr.write('Nothing to reload: the configuration came from no file.\n');
      return;
    }
    tell(await reloader.reload(trigger), reloader, trigger);
  };
  const tell = (outcome: ReloadOutcome, { file }: Reloader, trigger: ReloadTrigger): void => {
    if (!closed) context.stderr.write(reloadMessage(outcome, file.shownAs, trigger));
  };
  const fileWatch =
    watch && reloader !== undefined ? watchFile(reloader.file.path, () => void reload('file')) : undefined;
  // A start may take minutes, if models are downloaded.
  void fileWatch?.started.then(async () => {
    const outcome = await reloader?.reloadIfEdited();
    if (reloader !== undefined && outcome !== undefined) tell(outcome, reloader, 'file');
  });
  const unsubscribe = context.onHangup?.(() => void reload('signal'));
  return () => {
    closed = true;
    fileWatch?.close();
    unsubscribe?.();
  };
}

/** What to say of an outcome; '' if there is nothing to say. */
export function reloadMessage(outcome: ReloadOutcome, file: string, trigger: ReloadTrigger): string {
  switch (outcome.status) {
    case 'unchanged':
      // The management API writes the file itself, and the watch sees it.
      if (trigger === 'file') return '';
      return outcome.restart.length === 0
        ? `${file} means what is in force already; what it names was read anew.\n`
        : `${file} has not changed.\n${keptUntilRestart(outcome.restart)}`;
    case 'reloaded': {
      const { loaded, restart, modelsChanged, milliseconds } = outcome;
      const told = loaded.diagnostics.filter(({ severity }) => severity === 'warning');
      const warnings = told.length === 0 ? '' : `${formatDiagnostics(file, told)}\n`;
      const models = modelsChanged ? ' Its models have changed.' : '';
      return `${warnings}Reloaded ${file} in ${Math.round(milliseconds)} ms.${models}\n${keptUntilRestart(restart)}`;
    }
    case 'failed': {
      const { error } = outcome;
      const what =
        error instanceof ConfigError
          ? formatDiagnostics(
              file,
              error.diagnostics.filter(({ severity }) => severity === 'error'),
            )
          : isVsrError(error)
            ? error.advice
            : messageOf(error);
      return `${what}\n${file} cannot be used: the configuration from before stays in force.\n`;
    }
  }
}

function keptUntilRestart(settings: readonly RestartSetting[]): string {
  if (settings.length === 0) return '';
  return `Not in force until the next start:\n${settings.map((setting) => `  ${describeRestart(setting)}\n`).join('')}`;
}
