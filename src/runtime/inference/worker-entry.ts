/**
 * Where the compiled worker is.
 *
 * Node 20 can't run TypeScript in a worker thread. In the built package `worker.js` lies beside this
 * file; when tests run the sources, their global setup has compiled the worker under `node_modules`
 * (from where its imports resolve as usual).
 *
 * @module
 */

/** Folder, from the repository root, in which tests find the compiled worker. */
export const compiledForTests = 'node_modules/.cache/vllm-sr/worker';

/** The file to start as a worker thread. */
export function workerEntry(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL(`../../../${compiledForTests}/src/runtime/inference/worker.js`, import.meta.url)
    : new URL('./worker.js', import.meta.url);
}
