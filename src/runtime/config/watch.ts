/**
 * Says when a configuration file has another content, however it was written: in place, replaced by an editor
 * (another file takes its name), or through links, as Kubernetes mounts it (`config.yaml` is a link into
 * `..data`, and `..data` is a link that is replaced).
 *
 * The folders are watched and not the file, because a watch on a file follows the old file when another one takes
 * its name. Network and container file systems may send no events at all, so the file is also looked at now and
 * then.
 *
 * @module
 */
import { type FSWatcher, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export interface WatchTimes {
  /** The file counts as written when it stayed the same for this long, milliseconds. */
  readonly quietMs?: number;
  /** It is looked at this often even if no event comes, milliseconds. */
  readonly pollMs?: number;
  /** A file that is gone for less long is being replaced, milliseconds. */
  readonly goneMs?: number;
}

export interface FileWatch {
  /** Resolves when it has looked for the first time: what is written from then on is noticed. */
  readonly started: Promise<void>;
  /** Ends the watch; `onChange` is not called any more. */
  close(): void;
}

/**
 * Calls `onChange` whenever `file` (an absolute path) may have another content, once it has come to rest; also when
 * the file is gone for good. Never throws: what cannot be watched is looked at now and then. Does not keep the
 * process alive.
 */
export function watchFile(file: string, onChange: () => void, times: WatchTimes = {}): FileWatch {
  return new FolderWatch(file, onChange, times);
}

class FolderWatch implements FileWatch {
  readonly started: Promise<void>;
  readonly #file: string;
  readonly #onChange: () => void;
  readonly #quietMs: number;
  readonly #goneMs: number;
  readonly #poll: NodeJS.Timeout;
  readonly #folders = new Map<string, FSWatcher>();
  /** Names in the folders that have to do with the file. */
  #names: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #looking = false;
  /** State of the file when `onChange` was last called. */
  #reported: string | undefined;
  /** State at the last look, and since when. */
  #seen: string | undefined;
  #seenSince = 0;

  constructor(
    file: string,
    onChange: () => void,
    { quietMs = 50, pollMs = 2_000, goneMs = 1_000 }: WatchTimes,
  ) {
    this.#file = file;
    this.#onChange = onChange;
    this.#quietMs = quietMs;
    this.#goneMs = goneMs;
    this.#poll = setInterval(() => void this.#look(), pollMs).unref();
    this.started = this.#start();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#poll);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  async #start(): Promise<void> {
    this.#reported = await stateOf(this.#file);
    this.#seen = this.#reported;
    await this.#watchFolders();
  }

  /** Watches the folder of the name and that of the file behind it; both change when links are replaced. */
  async #watchFolders(): Promise<void> {
    const target = await realpath(this.#file).catch(() => this.#file);
    if (this.#closed) return;
    this.#names = new Set([basename(this.#file), basename(target)]);
    const wanted = new Set([dirname(this.#file), dirname(target)]);
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || name.startsWith('..') || this.#names.has(name)) this.#lookSoon();
      });
      watcher.on('error', () => {
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, watcher);
    } catch {
      // The folder is gone or the system has no watches left: looking now and then is enough.
    }
  }

  #lookSoon(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), this.#quietMs).unref();
  }

  async #look(): Promise<void> {
    if (this.#closed || this.#looking) return;
    this.#looking = true;
    const state = await stateOf(this.#file);
    this.#looking = false;
    if (this.#closed) return;
    const now = performance.now();
    if (state !== this.#seen) {
      this.#seen = state;
      this.#seenSince = now;
      this.#lookSoon();
      return;
    }
    if (state === this.#reported) return;
    const rest = state === gone ? this.#goneMs : this.#quietMs;
    // Timers may fire a moment early.
    if (now - this.#seenSince < rest - 1) {
      this.#lookSoon();
      return;
    }
    this.#reported = state;
    // The folder behind a link may be another one now, or one of that name may have been made anew.
    void this.#watchFolders();
    this.#onChange();
  }
}

const gone = 'gone';

/** Changes with every write and with every file that takes the name. Links are followed. */
async function stateOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return gone;
  }
}
