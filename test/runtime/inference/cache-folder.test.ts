import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from '../../../src/runtime/inference/cache-folder.js';

test.each([
  ['linux', { HOME: '/home/ann' }, join('/home/ann', '.cache', 'vllm-sr')],
  ['darwin', { HOME: '/Users/ann' }, join('/Users/ann', 'Library', 'Caches', 'vllm-sr')],
  ['win32', { USERPROFILE: '/u', LOCALAPPDATA: '/u/local' }, join('/u/local', 'vllm-sr')],
  ['win32', { USERPROFILE: '/u' }, join('/u', 'AppData', 'Local', 'vllm-sr')],
  ['linux', { HOME: '/home/ann', XDG_CACHE_HOME: '/fast' }, join('/fast', 'vllm-sr')],
])('on %s it follows %j', (platform, env, folder) => {
  expect(cacheFolder(env, platform)).toBe(folder);
});
