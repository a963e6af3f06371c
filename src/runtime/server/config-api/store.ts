/**
 * Reads and changes the configuration file of a running server, one change at a time: check, keep the old version,
 * write, put in force; and back to the old one if that fails.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { ConfigEdit } from '../../config/edit.js';
import { canonicalPatch, migrateConfigText } from '../../config/migrate.js';
import { isRecord } from '../../config/raw.js';
import { readConfigText } from '../../config/read.js';
import { restoreSecrets } from '../../config/secrets.js';
import type { Diagnostic, LoadedConfig } from '../../config/types.js';
import { ConfigVersions, type VersionSource } from '../../config/versions.js';
import { messageOf, VsrError } from '../../errors.js';
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
  /** Name of the version that was replaced; undefined if nothing changed. */
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
  readonly status: 'active' | 'pending' | 'unknown';
  readonly diagnostics: readonly Diagnostic[];
}

export class ConfigStore {
  readonly versions: ConfigVersions;
  readonly #reloader: Reloader;
  readonly #logger: Logger;
  #lastStatus: { readonly text: string; readonly hash: string | undefined } | undefined;

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

  async status(): Promise<Omit<ConfigStatus, 'diagnostics'>> {
    const runtimeHash = this.#reloader.loaded.hash;
    const text = await this.read().catch(() => undefined);
    if (text === undefined) return { hash: undefined, runtimeHash, status: 'unknown' };
    if (this.#lastStatus?.text !== text) this.#lastStatus = { text, hash: this.#hashOf(text) };
    const { hash } = this.#lastStatus;
    const status = hash === undefined ? 'unknown' : hash === runtimeHash ? 'active' : 'pending';
    return { hash, runtimeHash, status };
  }

  /** Checks a text as the whole of the file. Throws ConfigError, or `VSR_INPUT_INVALID` for a secret it cannot place. */
  async check(text: string): Promise<Checked> {
    const loaded = this.#reloader.load(this.#withSecrets(text, await this.read()));
    const { missing } = await this.#reloader.planModels(loaded);
    return { loaded, restart: this.#newRestart(loaded), missing };
  }

  /** Makes `text` the file. */
  put(text: string, options: WriteOptions): Promise<Written> {
    return this.#write(options, (current) => this.#withSecrets(text, current));
  }

  /** Merges `patch` into the file; one of an older layout is rewritten in the canonical one first. */
  patch(patch: Readonly<Record<string, unknown>>, options: WriteOptions): Promise<Written> {
    return this.#write(options, (current) => {
      const { shownAs } = this.#reloader.file;
      const edit = new ConfigEdit(migrateConfigText(current, shownAs).text, shownAs);
      const restored = restoreSecrets(canonicalPatch(patch), edit.values());
      if (isRecord(restored)) edit.merge(restored);
      return edit.toString();
    });
  }

  /** Makes an earlier version the file again. Throws `VSR_CONFIG_VERSION_NOT_FOUND`. */
  async rollback(version: string, options: WriteOptions): Promise<Written> {
    const text = await this.versions.read(version);
    if (text !== undefined) return this.#write(options, () => text);
    const known = (await this.versions.list()).map((one) => one.version);
    throw new VsrError('VSR_CONFIG_VERSION_NOT_FOUND', `There is no version \`${version.slice(0, 50)}\`.`, {
      param: 'version',
      hint: known.length === 0 ? 'Nothing was replaced so far.' : `There are: ${known.join(', ')}`,
    });
  }

  #write(options: WriteOptions, change: (current: string) => string): Promise<Written> {
    return this.#reloader.exclusively(async () => {
      const current = await this.read();
      checkPrecondition(options.ifMatch, etagOf(current));
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
      if (next === current) {
        return { version: undefined, etag: etagOf(current), loaded, restart, missing: planned.missing };
      }
      const version = await this.#backUp(current, options.source);
      await this.#replaceFile(next);
      const outcome = await this.#reloader.reloadNow('api');
      if (outcome.status === 'failed') {
        await this.#replaceFile(current);
        throw outcome.error;
      }
      const etag = etagOf(next);
      this.#logger.log('info', 'config_written', { source: options.source, version, etag });
      const { missing } = this.#reloader.plan ?? planned;
      return { version, etag, loaded, restart, missing };
    });
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
      await replaceFile(this.#reloader.file.path, text);
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

  /** The text itself if it holds no `***`, else with the secrets of `current` in their places. */
  #withSecrets(text: string, current: string): string {
    if (!text.includes('***')) return text;
    const { shownAs } = this.#reloader.file;
    const edit = new ConfigEdit(text, shownAs);
    const restored = restoreSecrets(edit.values(), new ConfigEdit(current, shownAs).values());
    if (isRecord(restored)) edit.replace(restored);
    return edit.toString();
  }

  #hashOf(text: string): string | undefined {
    try {
      return this.#reloader.load(text).hash;
    } catch {
      return undefined;
    }
  }
}

/** Entity tag of a text, without the quotes. */
export function etagOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function checkPrecondition(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1'));
  if (tags.includes(etag)) return;
  throw new VsrError('VSR_CONFIG_CHANGED', 'The configuration has changed since it was read.', {
    hint: 'Read it again (GET /config/router), and repeat the change with the new `etag` in `If-Match`.',
  });
}

function unwritable(what: string, cause: unknown): VsrError {
  return new VsrError('VSR_FILE_UNWRITABLE', `${what}: ${messageOf(cause)}.`, {
    hint: 'Where the file is mounted read-only, change it at its source: the router sees that.',
    cause,
  });
}
