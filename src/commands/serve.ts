/**
 * `serve`: the router in the foreground, until Ctrl-C or SIGTERM.
 *
 * @module
 */
import type { LoadedConfig } from '../runtime/config/types.js';
import type { Router } from '../runtime/selection/types.js';
import type { RunningServer } from '../runtime/server/app.js';
import type { OwnModels } from '../runtime/server/own-models.js';
import type { ConfigFile } from '../runtime/server/reload.js';
import { type CommandContext, defineCommand } from './command.js';
import { defaultConfigFile, loadForCommand, printDiagnostics } from './config-file.js';
import { pullOption } from './support/hub-models.js';

/** Kept here, because help must not load the logger; a test compares them. */
const logLevelChoices = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const portOption = { kind: 'number', placeholder: 'number', min: 0, max: 65_535, integer: true } as const;

export const serve = defineCommand({
  path: ['serve'],
  describe: 'run the router in the foreground; Ctrl-C or SIGTERM drains and ends',
  examples: [
    'vllm-sr serve',
    'vllm-sr serve --config prod.yaml --log-level warn',
    'vllm-sr serve --embedded --port 9000 --api-port 9001',
  ],
  options: {
    config: {
      kind: 'string',
      short: 'c',
      placeholder: 'file',
      describe: `configuration file (default: ${defaultConfigFile} if it is here, else the built-in one)`,
    },
    embedded: {
      kind: 'flag',
      describe: `use the built-in configuration even if ${defaultConfigFile} is here`,
    },
    port: { ...portOption, short: 'p', describe: 'port of the first listener, instead of the file’s' },
    pull: pullOption,
    'no-watch': { kind: 'flag', describe: 'do not reload the file when it changes; SIGHUP still does' },
    'api-port': { ...portOption, describe: 'port of the management API, instead of the file’s' },
    'log-level': {
      kind: 'string',
      placeholder: 'level',
      describe: 'least level of log lines on stderr',
      choices: logLevelChoices,
      default: 'info',
    },
  },
  whenStopped: 'end',
  async run({ options }, context) {
    const loaded = await loadConfig(options, context);
    const file = await reloadableFile(loaded, context);
    const [{ createRouter }, { startServer }, { createLogger }, { packageVersion }] = await Promise.all([
      import('../runtime/selection/router.js'),
      import('../runtime/server/app.js'),
      import('../runtime/telemetry/log.js'),
      import('../runtime/package-root.js'),
    ]);
    const { createModelOpener } = await import('./support/model-opener.js');
    const opener = await createModelOpener({ pull: options.pull }, context);
    const models = await opener.open(loaded);
    models.announce();
    await tellIfDamaged(models, context);
    const router = createRouter(loaded, models.open?.encoder);
    const logger = createLogger(logLevelChoices.find((level) => level === options['log-level']) ?? 'info');
    const server = await startServer({
      loaded,
      router,
      models,
      logger,
      version: packageVersion(),
      overrides: { port: options.port, apiPort: options['api-port'] },
      reloading: file && { file, opener },
    });
    context.stdout.write(banner(loaded, server));
    const loading = announceModels(router, models, context);
    const { startReloading } = await import('./support/reloading.js');
    const stopReloading = startReloading({ reloader: server.reloader, watch: !options['no-watch'] }, context);
    await aborted(context.signal);
    stopReloading();
    context.stderr.write(stopMessage(server.activeRequests()));
    await server.drain();
    await loading;
    context.stderr.write('Stopped.\n');
    return 0;
  },
});

interface ConfigChoice {
  readonly config: string | undefined;
  readonly embedded: boolean;
}

async function loadConfig(
  { config, embedded }: ConfigChoice,
  context: CommandContext,
): Promise<LoadedConfig> {
  const { VsrError } = await import('../runtime/errors.js');
  if (config !== undefined && embedded) {
    throw new VsrError('VSR_USAGE', '`--config` and `--embedded` exclude each other.', {
      hint: 'Leave one of them out.',
    });
  }
  const { existsSync } = await import('node:fs');
  const { resolve } = await import('node:path');
  const file = config ?? defaultConfigFile;
  if (!embedded && (config !== undefined || existsSync(resolve(context.cwd, file)))) {
    return loadForCommand(file, context);
  }
  const { loadDefaultConfig } = await import('./support/default-config.js');
  const { loaded, found } = await loadDefaultConfig(context);
  context.stderr.write(`No configuration file: using the built-in one with ${found}.\n`);
  await printDiagnostics(loaded, context);
  return loaded;
}

/** The file that `loaded` came from, to read it anew; undefined for the built-in configuration. */
async function reloadableFile(
  loaded: LoadedConfig,
  context: CommandContext,
): Promise<ConfigFile | undefined> {
  const [{ embeddedSource }, { resolve }] = await Promise.all([
    import('./support/default-config.js'),
    import('node:path'),
  ]);
  if (loaded.source === embeddedSource) return undefined;
  return { path: resolve(context.cwd, loaded.source), shownAs: loaded.source, env: context.env };
}

/** Without its models the router still serves, and signals say `unavailable`. */
async function tellIfDamaged(models: OwnModels, context: CommandContext): Promise<void> {
  if (models.open !== undefined) return;
  const { messageOf } = await import('../runtime/errors.js');
  context.stderr.write(
    `Warning: the embedded models cannot be used, so signals that need them are unavailable: ${messageOf(models.error)}\n`,
  );
}

/** Loads the models in the background if the configuration needs them, and says how that went. */
async function announceModels(
  router: Router,
  { open, plan }: OwnModels,
  context: CommandContext,
): Promise<void> {
  if (open === undefined || !router.needsEncoder) return;
  const { encoder } = open;
  // Before anything else: whoever asks whether the router is ready must hear that it is loading.
  const loading = encoder.ready({ wants: router.reads });
  loading.catch(() => undefined);
  const { startProgress } = await import('./support/progress.js');
  const named = plan.assignments.length === 0 ? 'embedded models' : 'models';
  const progress = await startProgress(`Loading the ${named}`, context);
  try {
    await loading;
    progress.succeed(`The ${named} are loaded`);
  } catch (error) {
    const { messageOf } = await import('../runtime/errors.js');
    // A stop while they load is no failure.
    if (encoder.state === 'closed') progress.succeed('Not needed any more');
    else progress.fail(`The ${named} cannot run, so their signals are unavailable: ${messageOf(error)}`);
  }
}

function banner({ source, config }: LoadedConfig, { listeners, management }: RunningServer): string {
  const first = listeners[0];
  const base = first === undefined ? '' : urlOf(first.address, first.port);
  const auth = config.listeners[0]?.apiKeys.length ? ` \\\n  -H 'authorization: Bearer YOUR_KEY'` : '';
  const models = config.models.map(({ name }) => name);
  const onlyEcho = config.models.every(({ backends }) =>
    backends.every(({ provider }) => provider === 'echo'),
  );
  const rows = [
    ...listeners.map(({ address, port }) => ['OpenAI endpoint', `${urlOf(address, port)}/v1`]),
    ['management', urlOf(management.address, management.port)],
    ['configuration', source],
    ['models', onlyEcho ? 'echo (built in: it only repeats what it was asked)' : models.join(', ')],
  ];
  return `vllm-sr is listening.
${rows.map(([label = '', value = '']) => `  ${label.padEnd(16)} ${value}\n`).join('')}
Try it:
  curl ${base}/v1/chat/completions -H 'content-type: application/json'${auth} \\
    -d '{"model":"auto","messages":[{"role":"user","content":"Why does my SQL join return duplicates?"}]}'

`;
}

/** URL under which this machine reaches a listener. */
function urlOf(address: string, port: number): string {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function stopMessage(active: number): string {
  if (active === 0) return 'Stopping.\n';
  return `Stopping: ${active} ${active === 1 ? 'request is' : 'requests are'} still being answered.\n`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
