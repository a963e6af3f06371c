/**
 * A router for commands that evaluate without serving: configuration, model, and their end.
 *
 * @module
 */
import type { LoadedConfig } from '../../runtime/config/types.js';
import { messageOf } from '../../runtime/errors.js';
import type { Encoder } from '../../runtime/inference/types.js';
import { emptyPlan, type ModelPlan } from '../../runtime/models/assignment.js';
import type { Router } from '../../runtime/selection/types.js';
import type { OwnModels } from '../../runtime/server/own-models.js';
import type { CommandContext } from '../command.js';
import { defaultConfigFile, loadForCommand, printDiagnostics } from '../config-file.js';
import { openOwnModels } from './own-models.js';

export interface Session {
  readonly router: Router;
  readonly loaded: LoadedConfig;
  readonly encoder: Encoder | undefined;
  /** Which models answer instead of the embedded ones; empty if none was opened. */
  readonly plan: ModelPlan;
  /** The encoder, opened now if the rules need none. Throws if it cannot be opened. */
  requireEncoder(): Promise<Encoder>;
  /** Ends the worker threads; the process could not end otherwise. */
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Undefined: the built-in default for what is found on this machine, as `serve` would use it. */
  readonly config: string | undefined;
  /**
   * `if-needed`: only if a rule reads it. `if-possible`: the caller shows what it says, and does without if it
   * is missing.
   */
  readonly encoder: 'if-needed' | 'if-possible';
  /** Download the models that the configuration names and this machine does not have. */
  readonly pull?: boolean;
}

/** Loads the configuration and the model if its rules need one. Says on stderr what is used. */
export async function openSession(options: SessionOptions, context: CommandContext): Promise<Session> {
  const loaded =
    options.config === undefined ? await loadDefault(context) : await loadNamed(options.config, context);
  const { createRouter } = await import('../../runtime/selection/router.js');
  const bare = createRouter(loaded, undefined);
  let models: OwnModels | undefined;
  const open = async (): Promise<OwnModels> => {
    models ??= await openOwnModels(loaded, { pull: options.pull ?? false }, context);
    return models;
  };
  const needed = options.encoder !== 'if-needed' || bare.usesEncoder || options.pull === true;
  const opened = needed ? await open() : undefined;
  const encoder = opened === undefined ? undefined : encoderOf(opened, context);
  const router = encoder === undefined ? bare : createRouter(loaded, encoder, bare.remote);
  // In the background; whoever needs it waits, and hears of failures.
  const wants = options.encoder === 'if-needed' ? router.reads : undefined;
  const waited = options.encoder !== 'if-needed' || router.needsEncoder;
  if (encoder !== undefined && waited) void encoder.ready({ wants }).catch(() => undefined);
  return {
    router,
    loaded,
    encoder,
    plan: opened?.plan ?? emptyPlan,
    requireEncoder: async () => {
      const now = await open();
      if (now.open === undefined) throw now.error;
      return now.open.encoder;
    },
    close: async () => {
      await Promise.all([models?.close(), router.remote.close()]);
    },
  };
}

async function loadNamed(file: string, context: CommandContext): Promise<LoadedConfig> {
  const loaded = await loadForCommand(file, context, { quiet: true });
  // Notes are about the file's layout, which is not what was asked.
  const warnings = loaded.diagnostics.filter(({ severity }) => severity === 'warning');
  await printDiagnostics({ ...loaded, diagnostics: warnings }, context);
  context.stderr.write(`Configuration: ${file}\n`);
  return loaded;
}

async function loadDefault(context: CommandContext): Promise<LoadedConfig> {
  const [{ loadDefaultConfig }, { existsSync }, { resolve }] = await Promise.all([
    import('./default-config.js'),
    import('node:fs'),
    import('node:path'),
  ]);
  const { loaded, found } = await loadDefaultConfig(context);
  const hint = existsSync(resolve(context.cwd, defaultConfigFile))
    ? `${defaultConfigFile} is here too: use it with --config ${defaultConfigFile}`
    : 'use your own with --config FILE';
  context.stderr.write(`Configuration: the built-in one with ${found} (${hint})\n`);
  return loaded;
}

/** The encoder as the configuration wants it; undefined, with a warning, if it cannot be opened. */
export async function openEncoder(
  loaded: LoadedConfig,
  choice: { readonly pull: boolean },
  context: CommandContext,
): Promise<Encoder | undefined> {
  return encoderOf(await openOwnModels(loaded, choice, context), context);
}

function encoderOf(models: OwnModels, context: CommandContext): Encoder | undefined {
  if (models.open !== undefined) return models.open.encoder;
  context.stderr.write(
    `Warning: the models cannot be loaded, so signals that need them are unavailable: ${messageOf(models.error)}\n`,
  );
  return undefined;
}
