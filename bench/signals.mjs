/**
 * What the signals of the embedded models cost, next to the encoder alone.
 *
 * One graph run gives the embedding and the outputs of all heads. It is compared with the same graph
 * loaded without the heads, and with fetching only the embedding from the whole graph (which spares
 * copies, not work). One thread, interleaved; ratios are taken within a round, of CPU time.
 *
 * @module
 */
import * as ort from 'onnxruntime-node';
import {
  bundleMissing,
  encoderModule,
  makeFeeds,
  makeText,
  readBundle,
  withOneOutput,
} from './lib/bundle.mjs';
import { interleave, median } from './lib/stats.mjs';

const lengths = [8, 64, 128, 512];

const sessionOptions = /** @type {const} */ ({
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableMemPattern: false,
});

/** @param {boolean} quick */
async function timeGraphs(quick) {
  const bundle = readBundle();
  const whole = await ort.InferenceSession.create(bundle.graph, sessionOptions);
  const encoder = await ort.InferenceSession.create(
    withOneOutput(bundle.graph, bundle.embedding),
    sessionOptions,
  );
  const variants = {
    encoder: { session: encoder, outputs: [bundle.embedding] },
    embedding: { session: whole, outputs: [bundle.embedding] },
    all: { session: whole, outputs: [bundle.embedding, ...bundle.heads] },
  };
  const names = /** @type {(keyof typeof variants)[]} */ (Object.keys(variants));
  /** @type {{tokens: number, wall: Record<string, number>, cpu: Record<string, number[]>}[]} */
  const rows = [];
  for (const tokens of lengths.filter((length) => length <= bundle.maxTokens)) {
    const feedsOf = (/** @type {import('onnxruntime-node').InferenceSession} */ session) =>
      makeFeeds(ort, session.inputNames, tokens);
    const feeds = { whole: feedsOf(whole), encoder: feedsOf(encoder) };
    const repeats = Math.max(2, Math.round((quick ? 512 : 2048) / tokens));
    const measure = async (/** @type {keyof typeof variants} */ name) => {
      const { session, outputs } = variants[name];
      const cpu = process.cpuUsage();
      const started = performance.now();
      const given = session === encoder ? feeds.encoder : feeds.whole;
      for (let index = 0; index < repeats; index++) await session.run(given, outputs);
      const wall = (performance.now() - started) / repeats;
      const used = process.cpuUsage(cpu);
      return { wall, cpu: (used.user + used.system) / 1000 / repeats };
    };
    for (const name of names) await measure(name);
    const results = await interleave(names, quick ? 7 : 15, measure);
    rows.push({
      tokens,
      wall: Object.fromEntries(
        names.map((name) => [name, median((results.get(name) ?? []).map((run) => run.wall))]),
      ),
      cpu: Object.fromEntries(names.map((name) => [name, (results.get(name) ?? []).map((run) => run.cpu)])),
    });
  }
  return { rows, heads: bundle.heads.length };
}

/** What `createEncoder` makes of repeats and of several callers. */
async function timeEncoder() {
  const { createEncoder } = await import(encoderModule.href);
  /** @type {import('../src/runtime/inference/types.ts').Encoder} */
  const encoder = createEncoder({});
  await encoder.ready();
  const text = makeText(64, 1);
  const [first, second] = await Promise.all([encoder.encode(text), encoder.encode(text)]);
  const started = process.cpuUsage();
  const count = 20_000;
  let passes = 0;
  for (let index = 0; index < count; index++) passes += (await encoder.encode(text)).passes;
  const used = process.cpuUsage(started);
  await encoder.close();
  return {
    repeat_passes: passes,
    repeat_micros: (used.user + used.system) / count,
    passes_for_embedding_and_heads: first.passes + second.passes,
    heads: [...first.encoded.heads.keys()],
    dimension: second.encoded.embedding.length,
  };
}

/** @param {import('./lib/report.mjs').Context} context */
async function run({ quick }) {
  const missing = bundleMissing();
  if (missing !== undefined) {
    return {
      tables: [],
      targets: [
        {
          name: 'all heads / encoder, 64 tokens',
          value: undefined,
          op: /** @type {const} */ ('<='),
          limit: 1.25,
          note: missing,
        },
      ],
      figures: { all_heads_over_encoder: null },
      skipped: [missing],
    };
  }
  const { rows, heads } = await timeGraphs(quick);
  const shared = await timeEncoder();
  /** @param {(typeof rows)[number]} row @param {string} name */
  const ratio = ({ cpu }, name) =>
    median((cpu[name] ?? []).map((value, round) => value / (cpu.encoder?.[round] ?? Number.NaN)));
  const at64 = rows.find(({ tokens }) => tokens === 64);
  const figures = {
    all_heads_over_encoder: at64 === undefined ? undefined : ratio(at64, 'all'),
    encoder_ms: at64?.wall.encoder,
    all_heads_ms: at64?.wall.all,
    ...shared,
    lengths: rows.map((row) => ({ tokens: row.tokens, ...row.wall, all_over_encoder: ratio(row, 'all') })),
  };
  return {
    tables: [
      {
        title: `One pass, one thread, ms (${heads} heads)`,
        columns: ['tokens', 'encoder alone', 'embedding fetched', 'all outputs', 'all / encoder'],
        rows: rows.map((row) => [
          row.tokens,
          row.wall.encoder,
          row.wall.embedding,
          row.wall.all,
          ratio(row, 'all'),
        ]),
      },
      {
        title: 'Memory in front of the encoder',
        columns: ['', 'value'],
        rows: [
          ['passes of an exact repeat', shared.repeat_passes],
          ['CPU µs of an exact repeat', shared.repeat_micros],
          ['passes when embedding and heads are asked at once', shared.passes_for_embedding_and_heads],
        ],
      },
    ],
    targets: [
      {
        name: 'all heads / encoder, 64 tokens',
        value: figures.all_heads_over_encoder,
        op: /** @type {const} */ ('<='),
        limit: 1.25,
      },
      {
        name: 'passes of an exact repeat',
        value: shared.repeat_passes,
        op: /** @type {const} */ ('<='),
        limit: 0,
      },
      {
        name: 'passes for embedding and heads together',
        value: shared.passes_for_embedding_and_heads,
        op: /** @type {const} */ ('<='),
        limit: 1,
      },
    ],
    figures,
  };
}

/** @type {import('./lib/report.mjs').Bench} */
export const bench = { name: 'signals', summary: 'all heads next to the encoder alone', run };
