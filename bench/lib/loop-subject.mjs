/**
 * Process of the loop bench: classifies long texts and reports how long its event loop stood still.
 * `node loop-subject.mjs ROUNDS MILLISECONDS`; prints one JSON line.
 *
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import * as ort from 'onnxruntime-node';
import { encoderModule, makeFeeds, makeText, readBundle } from './bundle.mjs';

const [rounds, durationMs] = process.argv.slice(2).map(Number);
/** Texts in flight at a time. */
const concurrency = 8;
let seed = 0;

/** @param {(until: number) => Promise<number>} work Returns how many texts it did. */
async function observe(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const texts = await work(performance.now() + /** @type {number} */ (durationMs));
  delay.disable();
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, texts };
}

/** @type {import('../../src/runtime/inference/types.ts').Encoder} */
const encoder = (await import(encoderModule.href)).createEncoder({ cacheEntries: 0 });
await encoder.ready();

/** @param {number} until */
async function classify(until) {
  let texts = 0;
  const lane = async () => {
    for (; performance.now() < until; texts++) {
      const { encoded } = await encoder.encode(makeText(600, seed++));
      if (!encoded.truncated) throw new Error('the text is shorter than the window');
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return texts;
}

/** What happens without worker threads: one run at a time on this thread. */
const bundle = readBundle();
const session = await ort.InferenceSession.create(bundle.graph, { intraOpNumThreads: 1 });
const feeds = makeFeeds(ort, session.inputNames, 512);
/** @param {number} until */
async function onThisThread(until) {
  let texts = 0;
  for (; performance.now() < until; texts++) {
    await session.run(feeds);
    await sleep(0);
  }
  return texts;
}

await classify(performance.now() + 500);
const results = [];
for (let round = 0; round < /** @type {number} */ (rounds); round++) {
  const idle = await observe(async (until) => {
    await sleep(until - performance.now());
    return 0;
  });
  results.push({ idle, workers: await observe(classify), here: await observe(onThisThread) });
}
await encoder.close();
console.log(JSON.stringify(results));
process.exit(0);
