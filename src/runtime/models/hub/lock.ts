/**
 * A lock between processes that survives a crash of its holder and works on every system.
 *
 * Node has no `flock`, so the lock is a file that only one can create. Its holder touches it now and then; a
 * lock counts as left behind when its holder's process is gone (same machine) or when nobody has touched it
 * for a while by the watcher's own clock, so that clocks of two machines on one network drive need not agree.
 *
 * The lock saves work, and nothing more: contents are checked before they get their name, and names are given
 * atomically. Should two ever hold it, both download and nothing breaks.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemCode } from '../../errors.js';
import { diskError } from './failures.js';

export interface LockTiming {
  /** How often the holder touches the lock, milliseconds. */
  readonly touchMs: number;
  /** How long a lock may go untouched while others watch it, milliseconds. */
  readonly staleMs: number;
  /** How often those who wait look, milliseconds. */
  readonly pollMs: number;
}

export const defaultLockTiming: LockTiming = { touchMs: 3_000, staleMs: 30_000, pollMs: 200 };

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told once, when somebody else holds the lock. */
  readonly onWait?: (() => void) | undefined;
  readonly timing?: LockTiming;
}

/** Runs `work` while no other process that asks for the same lock does. */
export async function withLock<Result>(
  path: string,
  work: () => Promise<Result>,
  options: LockOptions = {},
): Promise<Result> {
  const timing = options.timing ?? defaultLockTiming;
  const owner = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  await acquire(path, owner, timing, options);
  const touch = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, timing.touchMs);
  touch.unref();
  try {
    return await work();
  } finally {
    clearInterval(touch);
    // Somebody may have taken it over while this process was asleep; theirs must stay.
    if ((await contentOf(path)) === owner) await rm(path, { force: true }).catch(() => undefined);
  }
}

async function acquire(
  path: string,
  owner: string,
  timing: LockTiming,
  { signal, onWait }: LockOptions,
): Promise<void> {
  let seen: { readonly content: string; readonly touched: number; readonly since: number } | undefined;
  let told = false;
  while (!(await create(path, owner))) {
    signal?.throwIfAborted();
    const content = await contentOf(path);
    const touched = await touchedAt(path);
    // Gone between two looks: try at once.
    if (content === undefined || touched === undefined) continue;
    const now = performance.now();
    if (seen === undefined || seen.content !== content || seen.touched !== touched) {
      seen = { content, touched, since: now };
    }
    if (isDead(content) || now - seen.since > timing.staleMs) {
      await takeAway(path, content);
      seen = undefined;
      continue;
    }
    if (!told) onWait?.();
    told = true;
    await wait(timing.pollMs, undefined, signal === undefined ? {} : { signal });
  }
}

async function create(path: string, owner: string): Promise<boolean> {
  // Written first and linked into place, so that a lock is never seen empty, not even after a crash.
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(owner);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskError(error, path);
  }
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return false;
    return await createWithoutLinks(path, owner);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** For file systems without hard links; an empty lock that a crash leaves here goes stale by time. */
async function createWithoutLinks(path: string, owner: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(owner);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // Windows says EPERM or EBUSY while a file of that name is being deleted.
    if (['EEXIST', 'EPERM', 'EBUSY'].includes(systemCode(error)) && (await touchedAt(path)) !== undefined) {
      return false;
    }
    throw diskError(error, path);
  }
}

/**
 * Removes a lock that was left behind. Two may find out at the same time, and the slower one would take away
 * what the faster one has just created: so it is moved aside first, looked at, and put back if it is another.
 */
async function takeAway(path: string, content: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await contentOf(aside)) !== content) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true }).catch(() => undefined);
}

/** True only if the holder ran on this machine and does not any more. */
function isDead(content: string): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return false;
  }
  if (typeof parsed !== 'object' || parsed === null || !('pid' in parsed) || !('host' in parsed))
    return false;
  const { pid, host } = parsed;
  if (typeof pid !== 'number' || host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return systemCode(error) === 'ESRCH';
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function touchedAt(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
