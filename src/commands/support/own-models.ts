/**
 * The models that the router itself runs, as a configuration wants them: looked up, downloaded if that is asked
 * for, and opened. What is missing is said on stderr once, with the line that brings it.
 *
 * @module
 */
import { dirname, resolve } from 'node:path';
import type { Diagnostic, LoadedConfig } from '../../runtime/config/types.js';
import type { OpenedModels } from '../../runtime/inference/shared-models.js';
import { emptyPlan, type MissingModel, type ModelPlan } from '../../runtime/models/assignment.js';
import type { CatalogEntry } from '../../runtime/models/catalog/types.js';
import type { NamedModel, PlanOptions } from '../../runtime/models/plan.js';
import type { OwnModels } from '../../runtime/server/own-models.js';
import type { CommandContext } from '../command.js';
import { defaultConfigFile } from '../config-file.js';
import { embeddedSource } from './default-config.js';

export interface PlanChoice {
  /** Download what is missing, whatever the configuration says. */
  readonly pull: boolean;
  /** Takes what is to be said of the models. Default: stderr. */
  readonly say?: (text: string) => void;
}

/** Folder that relative folders in a configuration count from. */
export function configFolder({ source }: LoadedConfig, { cwd }: CommandContext): string {
  return source === embeddedSource ? cwd : dirname(resolve(cwd, source));
}

/**
 * Which models of this machine do which work. Downloads nothing; a configuration that names no model costs
 * nothing here.
 *
 * @throws ConfigError for names that cannot be what they are used for, VsrError `VSR_USAGE` for settings of the
 *   hub that cannot be.
 */
export async function planFor(loaded: LoadedConfig, context: CommandContext): Promise<ModelPlan> {
  const { modelCatalog } = loaded.config;
  if (modelCatalog.requests.length === 0) return emptyPlan;
  const [{ planModels }, options, { refuseModelProblems }] = await Promise.all([
    import('../../runtime/models/plan.js'),
    planOptions(loaded, context),
    import('../../runtime/config/model-problems.js'),
  ]);
  const { plan, problems } = await planModels(modelCatalog, options);
  refuseModelProblems(problems, loaded);
  return plan;
}

/**
 * The models that a configuration names, whether they are here or not. Writes nothing.
 *
 * @throws as {@link planFor}.
 */
export async function requestedModels(
  loaded: LoadedConfig,
  context: CommandContext,
): Promise<readonly NamedModel[]> {
  const { modelCatalog } = loaded.config;
  if (modelCatalog.requests.length === 0) return [];
  const [{ namedModels }, options, { refuseModelProblems }] = await Promise.all([
    import('../../runtime/models/plan.js'),
    planOptions(loaded, context),
    import('../../runtime/config/model-problems.js'),
  ]);
  const { named, problems } = await namedModels(modelCatalog, options);
  refuseModelProblems(problems, loaded);
  return named;
}

/**
 * What is to be said of the models that a configuration names: those of its own that are not on this machine.
 *
 * @throws as {@link planFor}.
 */
export async function modelFindings(
  loaded: LoadedConfig,
  context: CommandContext,
): Promise<readonly Diagnostic[]> {
  const { modelCatalog } = loaded.config;
  if (modelCatalog.requests.length === 0) return [];
  const [{ namedModels }, options, { modelDiagnostics, refuseModelProblems }] = await Promise.all([
    import('../../runtime/models/plan.js'),
    planOptions(loaded, context),
    import('../../runtime/config/model-problems.js'),
  ]);
  const { problems, absent } = await namedModels(modelCatalog, options);
  refuseModelProblems(problems, loaded);
  return modelDiagnostics(absent, loaded, 'warning');
}

async function planOptions(loaded: LoadedConfig, context: CommandContext): Promise<PlanOptions> {
  const { hubSettings } = await import('../../runtime/models/hub/settings.js');
  return { settings: hubSettings(context.env, context.cwd), cwd: configFolder(loaded, context) };
}

/**
 * As {@link planFor}, after downloading what is missing if `pull` or the configuration says so; then says what is
 * still missing.
 *
 * @throws VsrError of the download if it fails and the configuration does not name a fallback,
 *   `VSR_MODEL_NOT_DOWNLOADED` if something is missing and nothing may answer for it.
 */
export async function preparePlan(
  loaded: LoadedConfig,
  { pull, say }: Required<PlanChoice>,
  context: CommandContext,
): Promise<ModelPlan> {
  const findings = await modelFindings(loaded, context);
  if (findings.length > 0) {
    const { formatDiagnostics } = await import('../../runtime/config/diagnostics.js');
    say(`${formatDiagnostics(loaded.source, findings)}\n`);
  }
  let plan = await planFor(loaded, context);
  if (plan.missing.length > 0 && (pull || loaded.config.modelCatalog.download === 'missing')) {
    plan = await pullMissing(plan, loaded, pull, context);
  }
  if (plan.missing.length === 0) return plan;
  if (loaded.config.modelCatalog.fallback === 'none')
    throw await nothingAnswers(plan.missing, loaded, context);
  say(await missingText(plan.missing, loaded, context));
  return plan;
}

function toStderr({ stderr }: CommandContext): (text: string) => void {
  return (text) => {
    stderr.write(text);
  };
}

/** Rounds of pulling: an adapter names its base only once it is there. */
const mostRounds = 3;

async function pullMissing(
  start: ModelPlan,
  loaded: LoadedConfig,
  asked: boolean,
  context: CommandContext,
): Promise<ModelPlan> {
  const [{ createHubClient }, { hubSettings }, { isVsrError, VsrError }, { planOne, pullOne }] =
    await Promise.all([
      import('../../runtime/models/hub/client.js'),
      import('../../runtime/models/hub/settings.js'),
      import('../../runtime/errors.js'),
      import('./pull-models.js'),
    ]);
  const settings = hubSettings(context.env, context.cwd);
  if (settings.offline) {
    // What the configuration says holds for all machines; this one is told not to.
    if (!asked) return start;
    const names = start.missing.map(({ entry }) => `\`${entry.name}\``).join(', ');
    throw new VsrError(
      'VSR_HUB_OFFLINE',
      `\`--pull\` is to download ${names}, and HF_HUB_OFFLINE forbids it.`,
      {
        hint: 'Leave one of them out, or copy the cache of a machine that has the models.',
      },
    );
  }
  const client = createHubClient(settings);
  let plan = start;
  try {
    for (let round = 0; round < mostRounds; round += 1) {
      const wanted = uniqueEntries(plan.missing);
      if (wanted.length === 0) break;
      for (const entry of wanted)
        await pullOne(client, await planOne(client, entry, undefined, context), context);
      plan = await planFor(loaded, context);
    }
  } catch (error) {
    if (context.signal.aborted || !isVsrError(error) || loaded.config.modelCatalog.fallback !== 'embedded')
      throw error;
    context.stderr.write(`Warning: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`);
    plan = await planFor(loaded, context);
  } finally {
    await client.close();
  }
  return plan;
}

function uniqueEntries(missing: readonly MissingModel[]): CatalogEntry[] {
  return [...new Map(missing.flatMap(({ pull }) => pull.map((entry) => [entry.name, entry]))).values()];
}

/** What is missing, who answers meanwhile, and what brings it. */
async function missingText(
  missing: readonly MissingModel[],
  loaded: LoadedConfig,
  context: CommandContext,
): Promise<string> {
  const [{ renderTable }, { sizeText }] = await Promise.all([
    import('./table.js'),
    import('./hub-models.js'),
  ]);
  const lines = await Promise.all(
    missing.map(async (each) => [
      each.entry.name,
      each.pull
        .map((entry) => sizeText(entry, undefined))
        .filter(Boolean)
        .join(' + '),
      each.standIn === undefined ? 'nothing' : `the embedded ${each.standIn}`,
      await pullLine(each, loaded, context),
    ]),
  );
  const table = renderTable(
    [
      { header: 'not on this machine' },
      { header: 'size', align: 'right' },
      { header: 'answers meanwhile' },
      { header: 'downloads it' },
    ],
    lines,
    { width: undefined, indent: 2 },
  );
  const all = missing.length > 1 ? `All of them: ${fromConfigLine(loaded)}\n` : '';
  return `The configuration names models that are not here:\n${table}${all}`;
}

/** The command that brings one missing model as the configuration wants it. */
async function pullLine(
  { entry, pull, reason }: MissingModel,
  loaded: LoadedConfig,
  context: CommandContext,
): Promise<string> {
  if (pull.length === 0) return reason;
  const { openCatalog } = await import('../../runtime/models/catalog/catalog.js');
  const catalog = openCatalog({
    userModels: loaded.config.modelCatalog.registry,
    cwd: configFolder(loaded, context),
  });
  // Another revision, layer or part than the name alone stands for.
  const plain = pull.every((one) => {
    const { files, source } = catalog.resolve(one.name);
    return JSON.stringify([files, source]) === JSON.stringify([one.files, one.source]);
  });
  if (!plain) return fromConfigLine(loaded);
  const names = pull.some(({ name }) => name === entry.name) ? [entry.name] : pull.map(({ name }) => name);
  const own = pull.some(({ origin }) => origin === 'config');
  return `vllm-sr models pull ${names.join(' ')}${own ? configWords(loaded) : ''}`;
}

function fromConfigLine(loaded: LoadedConfig): string {
  return `vllm-sr models pull --from-config${configWords(loaded)}`;
}

function configWords({ source }: LoadedConfig): string {
  if (source === defaultConfigFile || source === embeddedSource) return '';
  return ` --config ${/\s/.test(source) ? JSON.stringify(source) : source}`;
}

async function nothingAnswers(
  missing: readonly MissingModel[],
  loaded: LoadedConfig,
  context: CommandContext,
): Promise<Error> {
  const { VsrError } = await import('../../runtime/errors.js');
  const [first] = missing;
  const names = missing.map(({ entry }) => `\`${entry.name}\``).join(', ');
  const line =
    missing.length === 1 && first !== undefined
      ? await pullLine(first, loaded, context)
      : fromConfigLine(loaded);
  return new VsrError(
    'VSR_MODEL_NOT_DOWNLOADED',
    `Not on this machine: ${names}; with \`fallback: none\` no other model may answer for it.`,
    {
      hint: `Download with \`${line}\`, start with \`--pull\`, or write \`fallback: embedded\` under \`global.model_catalog\`.`,
    },
  );
}

export interface OpenChoice extends PlanChoice {
  readonly start?: 'now' | 'on-demand';
  /** What other configurations of this process have open. */
  readonly opened?: OpenedModels;
}

/**
 * Looks up, downloads where asked for, and opens the models of a configuration. A damaged bundle is told and not
 * thrown: what needs no model works without.
 *
 * @throws as {@link preparePlan}.
 */
export async function openOwnModels(
  loaded: LoadedConfig,
  { pull, say: given, start = 'on-demand', opened }: OpenChoice,
  context: CommandContext,
): Promise<OwnModels> {
  const say = given ?? toStderr(context);
  const plan = await preparePlan(loaded, { pull, say }, context);
  const { openModels } = await import('../../runtime/inference/open-models.js');
  const { inference, modelCatalog } = loaded.config;
  try {
    const open = openModels(
      plan,
      { ...inference, fallback: modelCatalog.fallback ?? 'embedded' },
      {
        start,
        onProblem: (message) => say(`Warning: ${message}\n`),
        ...(opened !== undefined && { opened }),
      },
    );
    return { open, plan, announce: () => undefined, close: () => open.close() };
  } catch (error) {
    return { open: undefined, error, plan, announce: () => undefined, close: async () => undefined };
  }
}
