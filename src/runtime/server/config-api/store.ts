/**
 * Reads and changes the configuration file of a running server, one change at a time: check, keep the old version,
 * write, put in force; and back to the old one if that fails.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { ConfigError } from '../../config/diagnostics.js';
import { ConfigEdit } from '../../config/edit.js';
import { patchConfigText } from '../../config/patch.js';
import { isRecord } from '../../config/raw.js';
import { readConfigText } from '../../config/read.js';
import { restoreSecrets } from '../../config/secrets.js';
import { changeSystemPrompts, type SystemPromptChange } from '../../config/system-prompts.js';
import type { Diagnostic, LoadedConfig } from '../../config/types.js';
import { ConfigVersions, type VersionSource } from '../../config/versions.js';
import { isVsrError, messageOf, VsrError } from '../../errors.js';
import { replaceFile } from '../../files/replace.js';
import type { ModelPlan } from '../../models/assignment.js';
import type { Logger } from '../../telemetry/log.js';
import type { Reloader } from '../reload.js';
import { describeRestart, type RestartSetting } from '../restart-settings.js';

export interface WriteOptions {
  /** `If-Match` of the request. */
  readonly ifMatch: string | undefined;
  /** Writes what only a restart puts in force, too. */
  readonly allowRestart: boolean;
  readonly source: VersionSource;
}

export interface Written {
  /** `in-force`: the file was like that already, but another configuration was in force. */
  readonly change: 'none' | 'in-force' | 'written';
  /** Name of the version that was replaced; undefined if none was. */
  readonly version: string | undefined;
  readonly etag: string;
  readonly loaded: LoadedConfig;
  readonly restart: readonly RestartSetting[];
  /** Models that it names and that are not on this machine. */
  readonly missing: ModelPlan['missing'];
}

export type Checked = Pick<Written, 'loaded' | 'restart' | 'missing'>;

/** Where the file stands against what is in force. */
export interface ConfigStatus {
  /** Hash of what the file means; undefined if it cannot be used. */
  readonly hash: string | undefined;
  readonly runtimeHash: string;
  /** `unknown`: it cannot be used. */
  readonly status: 'active' | 'pending' | 'unknown';
  /** Why it cannot be used. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What there is to show of the configuration. */
export interface ConfigView extends ConfigStatus {
  readonly edit: ConfigEdit;
  readonly text: string;
  /** `running`: the file has no values that could be shown, so these are the ones in force. */
  readonly source: 'file' | 'running';
  /** Of the file, whatever is shown; undefined if it cannot be read. */
  readonly etag: string | undefined;
}

/** Of a file that is made anew, as it may hold secrets. */
const secretMode = 0o600;

/** What a version is called that no file of a version stands for. */
const runningVersion = 'running';

export class ConfigStore {
  readonly versions: ConfigVersions;
  readonly #reloader: Reloader;
  readonly #logger: Logger;
  #lastStatus: ({ readonly text: string } & Pick<ConfigStatus, 'hash' | 'diagnostics'>) | undefined;

  constructor(reloader: Reloader, logger: Logger) {
    this.#reloader = reloader;
    this.#logger = logger;
    this.versions = new ConfigVersions(reloader.file.path);
  }

  /** The file as messages call it. */
  get source(): string {
    return this.#reloader.file.shownAs;
  }

  /** Text of the file. */
  read(): Promise<string> {
    const { path, shownAs } = this.#reloader.file;
    return readConfigText(path, shownAs);
  }

  async status(): Promise<ConfigStatus> {
    return this.#statusOf(await this.#readOrError());
  }

  /** The file with its values; or those in force, if the file is no YAML or cannot be read. Throws if both fail. */
  async view(): Promise<ConfigView> {
    const read = await this.#readOrError();
    const status = this.#statusOf(read);
    const etag = typeof read === 'string' ? etagOf(read) : undefined;
    try {
      if (typeof read !== 'string') throw read.error;
      return { ...status, text: read, edit: new ConfigEdit(read, this.source), source: 'file', etag };
    } catch (error) {
      const { text } = this.#reloader;
      if (text === undefined) throw error;
      return { ...status, text, edit: new ConfigEdit(text, this.source), source: 'running', etag };
    }
  }

  async #readOrError(): Promise<string | { readonly error: unknown }> {
    return this.read().catch((error: unknown) => ({ error }));
  }

  #statusOf(read: string | { readonly error: unknown }): ConfigStatus {
    const runtimeHash = this.#reloader.loaded.hash;
    if (typeof read !== 'string') {
      return { hash: undefined, runtimeHash, status: 'unknown', diagnostics: diagnosticsOf(read.error) };
    }
    if (this.#lastStatus?.text !== read) this.#lastStatus = { text: read, ...this.#meaningOf(read) };
    const { hash, diagnostics } = this.#lastStatus;
    const status = hash === undefined ? 'unknown' : hash === runtimeHash ? 'active' : 'pending';
    return { hash, runtimeHash, status, diagnostics };
  }

  /** Checks a text as the whole of the file. Throws ConfigError, or `VSR_INPUT_INVALID` for a secret it cannot place. */
  async check(text: string): Promise<Checked> {
    const read = await this.#readOrError();
    const loaded = this.#reloader.load(this.#withSecrets(text, typeof read === 'string' ? read : undefined));
    const { missing } = await this.#reloader.planModels(loaded);
    return { loaded, restart: this.#newRestart(loaded), missing };
  }

  /** Makes `text` the file. */
  put(text: string, options: WriteOptions): Promise<Written> {
    return this.#write(options, (current) => this.#withSecrets(text, current));
  }

  /** Merges `patch` into the file and leaves the rest of it alone. Throws `VSR_CONFIG_BROKEN`. */
  patch(patch: Readonly<Record<string, unknown>>, options: WriteOptions): Promise<Written> {
    return this.#write(options, (current) => patchConfigText(this.#withValues(current), patch, this.source));
  }

  /** Changes system prompts of decisions. Throws `VSR_CONFIG_BROKEN`. */
  putSystemPrompts(changes: readonly SystemPromptChange[], options: WriteOptions): Promise<Written> {
    return this.#write(options, (current) =>
      changeSystemPrompts(this.#withValues(current), changes, this.source),
    );
  }

  /** Makes an earlier version the file again, or the one in force. Throws `VSR_CONFIG_VERSION_NOT_FOUND`. */
  async rollback(version: string, options: WriteOptions): Promise<Written> {
    const text = version === runningVersion ? this.#reloader.text : await this.versions.read(version);
    if (text !== undefined) return this.#write(options, () => text);
    const known = (await this.versions.list()).map((one) => one.version);
    throw new VsrError('VSR_CONFIG_VERSION_NOT_FOUND', `There is no version \`${version.slice(0, 50)}\`.`, {
      param: 'version',
      hint: known.length === 0 ? 'Nothing was replaced so far.' : `There are: ${known.join(', ')}`,
    });
  }

  #write(options: WriteOptions, change: (current: string | undefined) => string): Promise<Written> {
    return this.#reloader.exclusively(async () => {
      const current = await this.#readIfThere();
      checkPrecondition(options.ifMatch, current);
      const next = change(current);
      const loaded = this.#reloader.load(next);
      const planned = await this.#reloader.planModels(loaded);
      const restart = this.#newRestart(loaded);
      if (restart.length > 0 && !options.allowRestart) {
        throw new VsrError(
          'VSR_RESTART_REQUIRED',
          `Nothing was written, because only a restart can change ${restart.map(describeRestart).join('; ')}.`,
          { hint: 'Leave that out, or add `?allow_restart=true` to write it for the next start.' },
        );
      }
      const etag = etagOf(next);
      if (next === current && next === this.#reloader.text) {
        return { change: 'none', version: undefined, etag, loaded, restart, missing: planned.missing };
      }
      const write = next === current ? undefined : await this.#writeOver(current, next, options.source);
      const outcome = await this.#reloader.reloadNow('api');
      if (outcome.status === 'failed') {
        await write?.undo();
        throw outcome.error;
      }
      const version = write?.version;
      if (write !== undefined)
        this.#logger.log('info', 'config_written', { source: options.source, version, etag });
      const { missing } = this.#reloader.plan ?? planned;
      return {
        change: write === undefined ? 'in-force' : 'written',
        version,
        etag,
        loaded,
        restart,
        missing,
      };
    });
  }

  /** Text of the file; undefined if it is gone. */
  async #readIfThere(): Promise<string | undefined> {
    try {
      return await this.read();
    } catch (error) {
      if (isVsrError(error) && error.code === 'VSR_CONFIG_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** Writes the file, and keeps what was there as a version. */
  async #writeOver(
    current: string | undefined,
    next: string,
    source: VersionSource,
  ): Promise<{ readonly version: string | undefined; undo(): Promise<void> }> {
    const version = current === undefined ? undefined : await this.#backUp(current, source);
    await this.#replaceFile(next);
    const { path } = this.#reloader.file;
    return {
      version,
      undo: () => (current === undefined ? rm(path, { force: true }) : this.#replaceFile(current)),
    };
  }

  async #backUp(text: string, source: VersionSource): Promise<string> {
    try {
      return await this.versions.save(text, source);
    } catch (error) {
      throw unwritable(`The version before cannot be kept in ${this.versions.folder}`, error);
    }
  }

  async #replaceFile(text: string): Promise<void> {
    try {
      await replaceFile(this.#reloader.file.path, text, secretMode);
    } catch (error) {
      throw unwritable(`${this.#reloader.file.shownAs} cannot be written`, error);
    }
  }

  /** What of `loaded` needs a restart and did not before. */
  #newRestart(loaded: LoadedConfig): readonly RestartSetting[] {
    const before = this.#reloader.restartFor(this.#reloader.loaded);
    return this.#reloader
      .restartFor(loaded)
      .filter(({ path, wanted }) => !before.some((known) => known.path === path && known.wanted === wanted));
  }

  /** The text of the file, if a part of it can be changed. */
  #withValues(current: string | undefined): string {
    if (current === undefined)
      throw broken(`${this.source} is gone, so that nothing could be merged into it`);
    try {
      new ConfigEdit(current, this.source);
      return current;
    } catch (error) {
      const what = `${this.source} on disk is no configuration that something could be merged into`;
      throw broken(`${what}: ${messageOf(error)}`, error);
    }
  }

  /** The text itself if it holds no `***`, else with the secrets of `current`, or of what is in force, in their places. */
  #withSecrets(text: string, current: string | undefined): string {
    if (!text.includes('***')) return text;
    const { shownAs } = this.#reloader.file;
    const edit = new ConfigEdit(text, shownAs);
    const restored = restoreSecrets(edit.values(), this.#valuesOf(current));
    if (isRecord(restored)) edit.replace(restored);
    return edit.toString();
  }

  /** Values of `current`, else of what is in force. */
  #valuesOf(current: string | undefined): unknown {
    const { text } = this.#reloader;
    try {
      return new ConfigEdit(current ?? text ?? '', this.source).values();
    } catch (error) {
      if (text === undefined) throw error;
      return new ConfigEdit(text, this.source).values();
    }
  }

  #meaningOf(text: string): Pick<ConfigStatus, 'hash' | 'diagnostics'> {
    try {
      return { hash: this.#reloader.load(text).hash, diagnostics: [] };
    } catch (error) {
      return { hash: undefined, diagnostics: diagnosticsOf(error) };
    }
  }
}

/** The errors in a file that cannot be used. */
function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof ConfigError) return error.diagnostics.filter(({ severity }) => severity === 'error');
  return [{ severity: 'error', message: messageOf(error), path: '' }];
}

/** Entity tag of a text, without the quotes. */
function etagOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @param current Text of the file; undefined if it is gone: then there is no tag that it could have. */
function checkPrecondition(ifMatch: string | undefined, current: string | undefined): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1'));
  if (current !== undefined && tags.includes(etagOf(current))) return;
  throw new VsrError('VSR_CONFIG_CHANGED', 'The configuration has changed since it was read.', {
    hint: 'Read it again (GET /config/router), and repeat the change with the new `etag` in `If-Match`.',
  });
}

function broken(message: string, cause?: unknown): VsrError {
  return new VsrError('VSR_CONFIG_BROKEN', message, {
    hint: 'PUT /config/router replaces the file; POST /config/router/rollback with `{"version": "running"}` writes what is in force.',
    cause,
  });
}

function unwritable(what: string, cause: unknown): VsrError {
  return new VsrError('VSR_FILE_UNWRITABLE', `${what}: ${messageOf(cause)}.`, {
    hint: 'Where the file is mounted read-only, change it at its source: the router sees that.',
    cause,
  });
}
