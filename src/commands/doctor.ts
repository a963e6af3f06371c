/**
 * `doctor`: whether this machine can do what a configuration asks for, and how fast.
 *
 * @module
 */
import type { LoadedConfig } from '../runtime/config/types.js';
import { type CommandContext, defineCommand } from './command.js';
import { defaultConfigFile } from './config-file.js';
import type { DoctorReport, Finding } from './support/doctor/report.js';

export const doctor = defineCommand({
  path: ['doctor'],
  describe: 'check machine, configuration, models, hub, ports and upstreams; measure the models',
  examples: ['vllm-sr doctor', 'vllm-sr doctor --config prod.yaml --json', 'vllm-sr doctor --offline'],
  options: {
    config: {
      kind: 'string',
      short: 'c',
      placeholder: 'file',
      describe: `configuration file (default: ${defaultConfigFile} if it is here, else the built-in one)`,
    },
    offline: { kind: 'flag', describe: 'ask nothing over the network, not even this machine’s own servers' },
    json: { kind: 'flag', describe: 'print the report as JSON' },
  },
  async run({ options }, context) {
    const [{ examineMachine }, { renderReport }, { paletteFor }] = await Promise.all([
      import('./support/doctor/machine.js'),
      import('./support/doctor/report.js'),
      import('./support/output.js'),
    ]);
    const configuration = await tryLoad(options, context);
    const device = 'loaded' in configuration ? configuration.loaded.config.inference.device : 'auto';
    const { findings: machine, ...about } = await examineMachine(device);
    const { findings, models } =
      'loaded' in configuration
        ? await examineConfiguration(configuration.loaded, options.offline, context)
        : { findings: [configuration.problem], models: [] };
    const all = [...machine, ...findings];
    const report: DoctorReport = {
      ok: all.every(({ level }) => level !== 'failed'),
      version: about.version,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
      onnxruntime: about.onnxruntime,
      offline: options.offline,
      findings: all,
      models,
    };
    context.stdout.write(
      options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report, await paletteFor(context)),
    );
    return report.ok ? 0 : 1;
  },
});

interface Choice {
  readonly config: string | undefined;
  readonly offline: boolean;
}

type Examined = Pick<DoctorReport, 'findings' | 'models'>;

/** A configuration that is wrong leaves nothing else to examine. */
async function tryLoad(
  choice: Choice,
  context: CommandContext,
): Promise<{ readonly loaded: LoadedConfig } | { readonly problem: Finding }> {
  try {
    return { loaded: await load(choice, context) };
  } catch (error) {
    const { messageOf, isVsrError } = await import('../runtime/errors.js');
    const hint = isVsrError(error) ? error.hint : undefined;
    const name = choice.config ?? defaultConfigFile;
    const problem = { area: 'configuration', name, level: 'failed', message: messageOf(error) } as const;
    return { problem: hint === undefined ? problem : { ...problem, hint } };
  }
}

async function examineConfiguration(
  loaded: LoadedConfig,
  offline: boolean,
  context: CommandContext,
): Promise<Examined> {
  const { messageOf } = await import('../runtime/errors.js');
  const warnings = loaded.diagnostics.filter(({ severity }) => severity === 'warning').length;
  const findings: Finding[] = [
    {
      area: 'configuration',
      name: loaded.source,
      level: 'ok',
      message:
        warnings === 0
          ? 'valid'
          : `valid, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'} (see \`vllm-sr validate\`)`,
    },
  ];
  const { examineHub, examinePorts, examineUpstreams } = await import('./support/doctor/setup.js');
  findings.push(...(await examinePorts(loaded.config, offline)));
  const { findings: ofModels, models, missing } = await examineAllModels(loaded, context);
  findings.push(...ofModels);
  try {
    const { hubSettings } = await import('../runtime/models/hub/settings.js');
    const settings = hubSettings(context.env, context.cwd);
    findings.push(...(await examineHub(settings, { offline, needed: missing })));
  } catch (error) {
    findings.push({ area: 'hub', name: 'settings', level: 'failed', message: messageOf(error) });
  }
  if (!offline) findings.push(...(await examineUpstreams(loaded.config)));
  return { findings, models };
}

async function load({ config, offline }: Choice, context: CommandContext): Promise<LoadedConfig> {
  const [{ existsSync }, { resolve }, { loadForCommand }] = await Promise.all([
    import('node:fs'),
    import('node:path'),
    import('./config-file.js'),
  ]);
  const file = config ?? defaultConfigFile;
  if (config !== undefined || existsSync(resolve(context.cwd, file))) {
    return loadForCommand(file, context, { quiet: true });
  }
  if (!offline)
    return (await (await import('./support/default-config.js')).loadDefaultConfig(context)).loaded;
  const [{ embeddedConfig }, { loadConfigText }, { keysInEnvironment }, { embeddedSource }] =
    await Promise.all([
      import('../runtime/config/starter.js'),
      import('../runtime/config/load.js'),
      import('../runtime/discovery/cloud.js'),
      import('./support/default-config.js'),
    ]);
  const discovery = { servers: [], keys: keysInEnvironment(context.env) };
  return loadConfigText(embeddedConfig(discovery), embeddedSource, context.env);
}

/** `missing`: true if a model has to come from the hub. */
async function examineAllModels(
  loaded: LoadedConfig,
  context: CommandContext,
): Promise<Examined & { readonly missing: boolean }> {
  const [{ planFor }, { examineModels }, { createRouter }, { messageOf }] = await Promise.all([
    import('./support/own-models.js'),
    import('./support/doctor/models.js'),
    import('../runtime/selection/router.js'),
    import('../runtime/errors.js'),
  ]);
  try {
    const plan = await planFor(loaded, context);
    const { needsEncoder } = createRouter(loaded, undefined);
    const examined = await examineModels(plan, loaded, needsEncoder);
    return { ...examined, missing: plan.missing.some(({ pull }) => pull.length > 0) };
  } catch (error) {
    const finding = {
      area: 'models',
      name: loaded.source,
      level: 'failed',
      message: messageOf(error),
    } as const;
    return { findings: [finding], models: [], missing: false };
  }
}
