/**
 * Which models of this machine do which work, as far as a configuration says so.
 *
 * @module
 */
import { isVsrError, messageOf } from '../errors.js';
import { listNames } from '../text/suggestions.js';
import {
  emptyPlan,
  type MissingModel,
  type ModelAssignment,
  type ModelFiles,
  type ModelPlan,
} from './assignment.js';
import { type Catalog, openCatalog } from './catalog/catalog.js';
import { asBase, layeredFiles } from './catalog/file-rules.js';
import { discoverModel, readAdapterConfig } from './catalog/local-folder.js';
import { embeddedNames, factsOf } from './catalog/purposes.js';
import { resolveReference } from './catalog/resolve-reference.js';
import type { CatalogEntry, Purpose } from './catalog/types.js';
import { findLocal, type LocalModel, modelFolder, notDownloaded } from './hub/local-models.js';
import type { HubSettings } from './hub/settings.js';
import type { ModelCatalogSettings, ModelRequest } from './requests.js';

export interface PlanOptions {
  readonly settings: HubSettings;
  /** Folder of the configuration: what relative folders are relative to. Absolute. */
  readonly cwd: string;
}

/** A name in the configuration that cannot mean what it is used for. */
export interface ModelProblem {
  readonly path: ModelRequest['path'];
  /** A sentence. */
  readonly message: string;
  readonly hint: string | undefined;
}

export interface PlannedModels {
  readonly plan: ModelPlan;
  /** With any of these the configuration is wrong, and the plan lacks those models. */
  readonly problems: readonly ModelProblem[];
  /** Folders and learned heads that are not on this machine: embedded models answer, or nothing does. */
  readonly absent: readonly ModelProblem[];
}

/**
 * Looks up every model that a configuration names. Nothing is downloaded, and a configuration that names none
 * touches no disk.
 *
 * @throws VsrError `VSR_DISK_FULL` or `VSR_FILE_UNWRITABLE` if files of the cache have to be laid out side by
 *   side and nowhere can.
 */
export async function planModels(
  wanted: ModelCatalogSettings,
  { settings, cwd }: PlanOptions,
): Promise<PlannedModels> {
  if (wanted.requests.length === 0) return { plan: emptyPlan, problems: [], absent: [] };
  const catalog = openCatalog({ userModels: wanted.registry, cwd });
  const assignments: ModelAssignment[] = [];
  const missing: MissingModel[] = [];
  const findings = await lookUp(wanted, catalog, { settings, cwd }, async (asked) => {
    const found = await asked.outcome();
    if ('problem' in found) return found;
    if ('dir' in found) assignments.push(found);
    else missing.push(found);
    return undefined;
  });
  return { plan: { assignments, missing }, ...findings };
}

/** A model that a configuration names, whether it is here or not. */
export interface NamedModel {
  /** Where the configuration names it. */
  readonly path: string;
  readonly purpose: Purpose;
  readonly entry: CatalogEntry;
  /** Registry name of the embedded model whose work it does; undefined if there is none. */
  readonly replaces: string | undefined;
  /** What the catalogue says it needs, such as the base of an adapter. */
  readonly needs: readonly CatalogEntry[];
}

/** The models that a configuration names. Writes nothing. */
export async function namedModels(
  wanted: ModelCatalogSettings,
  { settings, cwd }: PlanOptions,
): Promise<{ readonly named: readonly NamedModel[] } & Pick<PlannedModels, 'problems' | 'absent'>> {
  const catalog = openCatalog({ userModels: wanted.registry, cwd });
  const named: NamedModel[] = [];
  const findings = await lookUp(wanted, catalog, { settings, cwd }, async (asked, { purpose, path }) => {
    const entry = await asked.entry();
    if ('problem' in entry) return entry;
    const replaces = factsOf(purpose).embedded;
    named.push({ path: pathText(path), purpose, entry, replaces, needs: catalog.needs(entry) });
    return undefined;
  });
  return { named, ...findings };
}

/**
 * Takes every request that is for a model of its own to `take`, which returns why there is none, if so; then
 * tells what is wrong from what is merely not on this machine.
 */
async function lookUp(
  wanted: ModelCatalogSettings,
  catalog: Catalog,
  { settings, cwd }: PlanOptions,
  take: (asked: RequestPlan, request: ModelRequest) => Promise<Refused | undefined>,
): Promise<Pick<PlannedModels, 'problems' | 'absent'>> {
  const problems: ModelProblem[] = [];
  const absent: ModelProblem[] = [];
  for (const request of wanted.requests) {
    const asked = new RequestPlan(request, catalog, settings, cwd);
    if (await asked.isOthers()) {
      absent.push(...(await asked.absentHead()));
      continue;
    }
    const refused = await take(asked, request);
    if (refused !== undefined)
      (mayBeAbsent(refused, request, wanted) ? absent : problems).push(problemOf(request, refused));
  }
  return { problems, absent };
}

/** Registry name of the published model that tells kinds of output apart; its signal reads that name. */
const modalityModel = 'mmbert32k-modality-router-merged';

interface Refused {
  readonly problem: string;
  readonly hint: string | undefined;
  /** Whether it may be right on another machine. */
  readonly elsewhere?: 'path' | 'name' | undefined;
}

/**
 * A model of another machine is missing here like one that is not downloaded yet. A mere name is only taken
 * for one where no model of ours does the work.
 */
function mayBeAbsent(
  { elsewhere }: Refused,
  { purpose }: ModelRequest,
  { fallback }: ModelCatalogSettings,
): boolean {
  if (fallback === 'none') return false;
  return elsewhere === 'path' || (elsewhere === 'name' && purpose === 'other');
}

function problemOf({ path, purpose }: ModelRequest, refused: Refused): ModelProblem {
  const standIn = factsOf(purpose).embedded;
  const message =
    refused.elsewhere !== undefined && standIn !== undefined
      ? `${refused.problem.replace(/\.$/, '')}; \`${standIn}\` answers instead.`
      : refused.problem;
  return { path, message, hint: refused.hint };
}

class RequestPlan {
  readonly #request: ModelRequest;
  readonly #catalog: Catalog;
  readonly #settings: HubSettings;
  readonly #cwd: string;

  constructor(request: ModelRequest, catalog: Catalog, settings: HubSettings, cwd: string) {
    this.#request = request;
    this.#catalog = catalog;
    this.#settings = settings;
    this.#cwd = cwd;
  }

  /**
   * True if a rule reads something that is no model of its own: a learned head, an embedded model, or what replaces
   * that. What is nothing at all the rule says itself.
   */
  async isOthers(): Promise<boolean> {
    const { purpose, reference, mayBeHead } = this.#request;
    if (purpose !== 'other') return false;
    if (mayBeHead) {
      const { findLearnedHead } = await import('./learned-head/read.js');
      const places = { modelsDir: this.#settings.modelsDir, baseDir: this.#cwd };
      if (findLearnedHead(reference, places) !== undefined) return true;
    }
    const entry = await this.entry();
    return 'problem' in entry ? mayBeHead : embeddedNames.has(entry.name);
  }

  /** What to say of a name that is neither a head of this machine nor a model; nothing of others. */
  async absentHead(): Promise<readonly ModelProblem[]> {
    const { path, reference, mayBeHead } = this.#request;
    if (!mayBeHead || !('problem' in (await this.entry()))) return [];
    const { findLearnedHead, openLearnedHead } = await import('./learned-head/read.js');
    const places = { modelsDir: this.#settings.modelsDir, baseDir: this.#cwd };
    if (findLearnedHead(reference, places) !== undefined) return [];
    try {
      openLearnedHead(reference, places);
    } catch (error) {
      return [{ path, message: messageOf(error), hint: isVsrError(error) ? error.hint : undefined }];
    }
    return [];
  }

  /** The model that is meant. */
  async entry(): Promise<CatalogEntry | Refused> {
    const request = this.#request;
    const resolved = await resolveReference(request.reference, this.#catalog, {
      cwd: this.#cwd,
      modelsDir: this.#settings.modelsDir,
    });
    if ('problem' in resolved) return resolved;
    return this.#unfit(resolved.entry) ?? asWanted(resolved.entry, request);
  }

  async outcome(): Promise<ModelAssignment | MissingModel | Refused> {
    const entry = await this.entry();
    if ('problem' in entry) return entry;
    const local = await this.#local(entry);
    if (local === undefined && entry.source.kind === 'folder') {
      const { message, hint } = notDownloaded(entry);
      return { problem: message, hint };
    }
    if (local === undefined) {
      const needed = [entry, ...this.#catalog.needs(entry)];
      return this.#missing(entry, notDownloaded(entry).message, await this.#absent(needed));
    }
    return this.#assign(entry, local);
  }

  async #assign(entry: CatalogEntry, local: LocalModel): Promise<ModelAssignment | MissingModel | Refused> {
    const { path, purpose, threshold, device, maxTokens, dimension } = this.#request;
    const dir = await modelFolder(local, this.#settings);
    const base = await this.#baseOf(entry, dir, local);
    if (base !== undefined && !('dir' in base)) return base;
    const otherTask = await taskProblem(entry, dir);
    if (otherTask !== undefined) return otherTask;
    return {
      purpose,
      entry: { ...entry, name: outputName(entry, this.#request) },
      replaces: factsOf(purpose).embedded,
      dir,
      files: local.files,
      base,
      path: pathText(path),
      threshold,
      device,
      maxTokens,
      dimension,
    };
  }

  /** What an adapter sits on: what the catalogue says, else what the adapter says itself. */
  async #baseOf(
    entry: CatalogEntry,
    dir: string,
    { files }: LocalModel,
  ): Promise<ModelFiles | MissingModel | Refused | undefined> {
    if (!files.some(({ path }) => path.endsWith('adapter_model.safetensors'))) return undefined;
    const name = entry.requires[0] ?? (await readAdapterConfig(dir).catch(() => undefined))?.base;
    const hint = 'Declare the adapter under `global.model_catalog.registry`, with `base: NAME`.';
    if (name === undefined) {
      return { problem: `\`${entry.name}\` is an adapter and does not say of which model.`, hint };
    }
    const resolved = await resolveReference(name, this.#catalog, {
      cwd: dir,
      modelsDir: this.#settings.modelsDir,
    });
    if ('problem' in resolved) {
      return { problem: `\`${entry.name}\` is an adapter of \`${name}\`, which is not known here.`, hint };
    }
    const base = asBase(resolved.entry);
    const local = await this.#local(base);
    if (local === undefined) {
      const reason = `\`${base.name}\`, which \`${entry.name}\` is an adapter of, is not downloaded.`;
      return this.#missing(entry, reason, [base]);
    }
    return { name: base.name, dir: await modelFolder(local, this.#settings), files: local.files };
  }

  #local(entry: CatalogEntry): Promise<LocalModel | undefined> {
    return findLocal(entry, this.#settings, { cwd: this.#cwd });
  }

  async #absent(entries: readonly CatalogEntry[]): Promise<CatalogEntry[]> {
    const checked = entries.map(async (entry) => {
      const local = entry.source.kind === 'hub' ? await this.#local(entry) : entry;
      return local === undefined ? [entry] : [];
    });
    return (await Promise.all(checked)).flat();
  }

  #missing(entry: CatalogEntry, reason: string, pull: readonly CatalogEntry[]): MissingModel {
    const { purpose, path } = this.#request;
    return { purpose, entry, standIn: factsOf(purpose).embedded, reason, path: pathText(path), pull };
  }

  /** Why a model cannot do what it is named for. */
  #unfit(entry: CatalogEntry): Refused | undefined {
    const { purpose } = this.#request;
    const { name, source } = entry;
    if (source.kind === 'served') {
      const problem = `\`${name}\` is a generative model, which the router does not run itself.`;
      return { problem, hint: source.advice };
    }
    if (purpose === 'other' || entry.purpose === 'other' || entry.purpose === purpose) return undefined;
    const { does } = factsOf(purpose);
    return {
      problem: `\`${name}\` is a model that ${factsOf(entry.purpose).does}; what is needed here is one that ${does}.`,
      hint: this.#alternatives(purpose),
    };
  }

  #alternatives(purpose: Purpose): string | undefined {
    const names = this.#catalog.entries
      .filter((entry) => entry.purpose === purpose && entry.source.kind !== 'served')
      .map(({ name }) => name);
    return names.length === 0 ? undefined : `Models for this: ${listNames(names)}.`;
  }
}

/** A model as a request wants it: what nobody knows of a stranger follows from what it is wanted for. */
function asWanted(entry: CatalogEntry, { purpose, layer, revision }: ModelRequest): CatalogEntry {
  const { embedded, task, input } = factsOf(purpose);
  const stranger = entry.purpose === 'other' && purpose !== 'other';
  const source =
    revision !== undefined && entry.source.kind === 'hub' ? { ...entry.source, revision } : entry.source;
  const layered = entry.files.graphs.some((group) => group.some((path) => path.includes('layer-')));
  return {
    ...entry,
    source,
    ...(stranger && { purpose, standIn: embedded, input, task: task ?? entry.task }),
    ...(layer !== undefined && layered && { files: layeredFiles([layer]) }),
  };
}

/** A model nobody has described may be of another kind than what it is used for; its files know. */
async function taskProblem(entry: CatalogEntry, dir: string): Promise<Refused | undefined> {
  if (entry.origin === 'catalog' || entry.purpose === 'other') return undefined;
  let found: CatalogEntry | undefined;
  try {
    found = await discoverModel(dir);
  } catch (error) {
    if (!isVsrError(error)) throw error;
    return { problem: messageOf(error), hint: error.hint };
  }
  // An encoder without a head may only lack a word about it in its configuration.
  if (found === undefined || found.task === 'embedding' || found.task === entry.task) return undefined;
  const gives = { token: 'labels single words', sequence: 'labels whole texts', embedding: 'gives vectors' };
  const is = found.task === 'token' ? gives.token : gives.sequence;
  const needed =
    entry.task === 'token' ? gives.token : entry.task === 'embedding' ? gives.embedding : gives.sequence;
  return {
    problem: `\`${entry.name}\` is a model that ${is}; what is needed here is one that ${needed}.`,
    hint: 'Its `config.json` says so under `architectures`.',
  };
}

/** What its results are called: a rule reads them under the name that it has written itself. */
function outputName({ name }: CatalogEntry, { purpose, reference }: ModelRequest): string {
  if (purpose === 'modality') return modalityModel;
  return purpose === 'other' ? reference : name;
}

/** `global.model_catalog.system.prompt_guard`. */
function pathText(path: ModelRequest['path']): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}
