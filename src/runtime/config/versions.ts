/**
 * Earlier versions of a config file, kept beside it in `.vllm-sr/config-backups`.
 *
 * @module
 */
import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { systemCode } from '../errors.js';

/** What led to a write, and so to the version that it replaced. */
export const versionSources = ['api', 'rollback', 'legacy'] as const;
export type VersionSource = (typeof versionSources)[number];

export interface ConfigVersion {
  /** `YYYYMMDD-HHMMSS`, in UTC, with `-NNN` for further ones in the same second. */
  readonly version: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly source: VersionSource;
  readonly filename: string;
}

/** How many are kept. */
export const keptVersions = 10;

export const versionPattern = /^\d{8}-\d{6}(?:-\d{3})?$/;

/** Versions of one file. */
export class ConfigVersions {
  readonly folder: string;
  readonly #stem: string;
  readonly #extension: string;

  /** @param file Absolute path of the config file. */
  constructor(file: string) {
    this.folder = join(dirname(file), '.vllm-sr', 'config-backups');
    this.#extension = extname(file) || '.yaml';
    this.#stem = basename(file, extname(file));
  }

  /** Newest first; none if there is no folder yet. */
  async list(): Promise<readonly ConfigVersion[]> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    const versions = names.flatMap((name) => this.#versionOf(name) ?? []).sort((a, b) => (a < b ? 1 : -1));
    return Promise.all(
      versions.map(async (version) => ({
        version,
        timestamp: timestampOf(version),
        source: await this.#sourceOf(version),
        filename: this.#fileOf(version),
      })),
    );
  }

  /** Text of a version; undefined if there is none of that name. */
  async read(version: string): Promise<string | undefined> {
    if (!versionPattern.test(version)) return undefined;
    return readFile(join(this.folder, this.#fileOf(version)), 'utf8').catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    });
  }

  /** Keeps `text` and drops the oldest versions beyond the limit; returns the name of the new one. */
  async save(text: string, source: VersionSource, now = new Date()): Promise<string> {
    // The file may hold secrets.
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const version = await this.#create(text, now);
    await writeExclusively(join(this.folder, this.#sourceFileOf(version)), `${source}\n`);
    for (const old of (await this.list()).slice(keptVersions)) {
      await unlink(join(this.folder, old.filename)).catch(() => undefined);
      await unlink(join(this.folder, this.#sourceFileOf(old.version))).catch(() => undefined);
    }
    return version;
  }

  async #create(text: string, now: Date): Promise<string> {
    const second = now
      .toISOString()
      .replace(/\.\d+Z$/, '')
      .replaceAll(/[-:]/g, '')
      .replace('T', '-');
    // A name that became free again would make this version look older than it is.
    const taken = (await this.list()).flatMap(({ version }) =>
      version.startsWith(second) ? [Number(version.slice(second.length + 1)) + 1] : [],
    );
    for (let number = Math.max(0, ...taken); ; number++) {
      const version = number === 0 ? second : `${second}-${String(number).padStart(3, '0')}`;
      try {
        await writeExclusively(join(this.folder, this.#fileOf(version)), text);
        return version;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST' || number >= 999) throw error;
      }
    }
  }

  async #sourceOf(version: string): Promise<VersionSource> {
    const text = await readFile(join(this.folder, this.#sourceFileOf(version)), 'utf8').catch(() => '');
    return versionSources.find((source) => source === text.trim()) ?? 'legacy';
  }

  #versionOf(name: string): string | undefined {
    if (!name.startsWith(`${this.#stem}.`) || !name.endsWith(this.#extension)) return undefined;
    const version = name.slice(this.#stem.length + 1, -this.#extension.length);
    return versionPattern.test(version) ? version : undefined;
  }

  #fileOf(version: string): string {
    return `${this.#stem}.${version}${this.#extension}`;
  }

  #sourceFileOf(version: string): string {
    return `${this.#stem}.${version}.source`;
  }
}

function timestampOf(version: string): string {
  return version.replace(/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d).*$/, '$1-$2-$3T$4:$5:$6Z');
}

async function writeExclusively(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
