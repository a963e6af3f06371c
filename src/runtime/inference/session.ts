/**
 * Opens ONNX Runtime sessions: on the first provider that can run the graph, with the graph optimised
 * beforehand where that is kept. Blocks the calling thread: for worker threads only.
 *
 * @module
 */
import { env, InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { messageOf } from '../errors.js';
import type { Device } from '../models/assignment.js';
import { openOptimised } from './optimised-graph.js';
import { failureReason, providerOrder } from './providers.js';
import type { Provider, RefusedProvider } from './report.js';

// What a provider that is not there writes on stderr is told in the report instead.
env.logLevel = 'fatal';

export interface OpenedSession {
  readonly session: InferenceSession;
  readonly provider: Provider;
  readonly refused: readonly RefusedProvider[];
}

/**
 * Without memory patterns: they are planned per input shape and every text has another length, so they
 * only cost memory (176 MB for the process instead of 157). The arena stays on: freeing each buffer to
 * the system instead is slower, and larger (277 MB), since glibc keeps the pieces.
 */
function optionsFor(provider: Provider, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: 4,
    // A thread that spins while it waits takes a core from the event loop that feeds it (with two
    // threads on two busy cores, 120 ms for 512 tokens instead of 63).
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

export interface SessionSource {
  readonly graph: string;
  /** Threads inside one run. */
  readonly threads: number;
  readonly device: Device;
  /**
   * Tells the files of the model from others, if its optimised graph is to be kept beside it; undefined: it
   * is not.
   */
  readonly keepAs?: string | undefined;
}

function create({ graph, threads, keepAs }: SessionSource, provider: Provider): Promise<InferenceSession> {
  const options = optionsFor(provider, threads);
  return keepAs === undefined
    ? InferenceSession.create(graph, options)
    : openOptimised(graph, keepAs, provider, options);
}

/**
 * Opens a session on the best provider that `device` allows.
 *
 * @param check Runs the session once; what it throws refuses the provider, too.
 * @throws what the CPU says if it can't run the graph either.
 */
export async function openSession(
  source: SessionSource,
  check: (session: InferenceSession) => Promise<unknown> = async () => undefined,
): Promise<OpenedSession> {
  const backends = listSupportedBackends();
  const { order, refused } = providerOrder(source.device, backends, process.platform);
  const failures: RefusedProvider[] = [...refused];
  for (const provider of order) {
    if (provider === 'cpu') break;
    try {
      const session = await create(source, provider);
      try {
        await check(session);
        return { session, provider, refused: failures };
      } catch (error) {
        await session.release();
        throw error;
      }
    } catch (error) {
      failures.push({ provider, reason: failureReason(provider, messageOf(error), backends) });
    }
  }
  const session = await create(source, 'cpu');
  return { session, provider: 'cpu', refused: failures };
}
