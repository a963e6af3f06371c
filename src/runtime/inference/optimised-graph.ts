/**
 * Graphs as ONNX Runtime has optimised them, kept for the next start.
 *
 * A base-size model loads a third faster from one. It lies beside the graph that it was made of, since it refers to
 * the same weights; its name says for which files, version, provider and processor it is.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { env, InferenceSession } from 'onnxruntime-node';
import type { Provider } from './report.js';

/**
 * Opens a session from the kept graph, or makes one of `graph` and keeps it. What is kept and cannot be used is
 * removed; where nothing can be written, nothing is kept.
 *
 * @param identity tells the files that the graph was made of from others.
 * @throws as `InferenceSession.create` of `graph`.
 */
export async function openOptimised(
  graph: string,
  identity: string,
  provider: Provider,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const stem = `${basename(graph, '.onnx')}.opt-`;
  const kept = join(dirname(graph), `${stem}${keyOf(identity, provider)}.onnx`);
  if (existsSync(kept)) {
    try {
      // There is nothing left to optimise; looking for it would cost what was saved.
      return await InferenceSession.create(kept, { ...options, graphOptimizationLevel: 'disabled' });
    } catch {
      rmSync(kept, { force: true });
    }
  }
  // Workers of one process may do the same at the same time.
  const draft = `${kept}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const session = await InferenceSession.create(graph, { ...options, optimizedModelFilePath: draft });
    keep(draft, kept, stem);
    return session;
  } catch {
    // The folder cannot be written to, or this provider's graphs cannot be stored.
    return InferenceSession.create(graph, options);
  } finally {
    rmSync(draft, { force: true });
  }
}

function keyOf(identity: string, provider: Provider): string {
  const runtime = JSON.stringify(env.versions);
  const [processor] = cpus();
  return createHash('sha256')
    .update([identity, runtime, provider, process.arch, processor?.model ?? ''].join('\n'))
    .digest('hex')
    .slice(0, 16);
}

/** Others of the same graph were for files or a runtime that are gone. */
function keep(draft: string, kept: string, stem: string): void {
  try {
    renameSync(draft, kept);
    for (const name of readdirSync(dirname(kept))) {
      if (name.startsWith(stem) && name.endsWith('.onnx') && name !== basename(kept)) {
        rmSync(join(dirname(kept), name), { force: true });
      }
    }
  } catch {
    // In use by another process on Windows; the next start tries again.
  }
}
