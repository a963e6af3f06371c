/**
 * Where files of our own lie that can be made again.
 *
 * @module
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$XDG_CACHE_HOME/vllm-sr`, else the place of the platform: `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`. */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform,
): string {
  const home = env.HOME || env.USERPROFILE || homedir();
  const usual =
    platform === 'win32'
      ? env.LOCALAPPDATA || join(home, 'AppData', 'Local')
      : platform === 'darwin'
        ? join(home, 'Library', 'Caches')
        : join(home, '.cache');
  return join(env.XDG_CACHE_HOME || usual, 'vllm-sr');
}
