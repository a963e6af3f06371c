/**
 * Finds out which execution providers work on this machine, by running a graph of one addition on each.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import type { Device } from '../models/assignment.js';
import { elementTypeNumber, GraphBuilder } from '../models/graphs/onnx.js';
import { GraphSession, zeroPadding } from './graph-session.js';
import type { Provider } from './report.js';

export interface ProviderState {
  readonly provider: Provider;
  readonly works: boolean;
  /** Why it does not. */
  readonly reason: string | undefined;
}

export interface ProviderProbe {
  /** Version of ONNX Runtime. */
  readonly runtime: string;
  /** All that the router knows, the CPU first. */
  readonly providers: readonly ProviderState[];
}

const devices = ['cuda', 'coreml', 'dml', 'webgpu'] as const satisfies readonly Exclude<Device, 'auto'>[];

/**
 * Blocks the calling thread for some milliseconds per provider.
 *
 * @param wanted WebGPU is only tried for a configuration that asks for it: looking for a GPU that way writes
 *   to the terminal and takes long.
 */
export async function probeProviders(wanted: Device): Promise<ProviderProbe> {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-sr-probe-'));
  try {
    const graph = join(folder, 'probe.onnx');
    writeFileSync(graph, probeGraph(folder));
    const providers: ProviderState[] = [{ provider: 'cpu', works: true, reason: undefined }];
    for (const device of devices) {
      if (device === 'webgpu' && wanted !== 'webgpu') {
        const reason = 'Not tried: it has to be asked for with `device: webgpu`.';
        providers.push({ provider: device, works: false, reason });
        continue;
      }
      const session = await GraphSession.load({ graph, threads: 1, device, padding: zeroPadding });
      const { provider, refused } = session;
      await session.close();
      const works = provider === device;
      providers.push({ provider: device, works, reason: works ? undefined : refused[0]?.reason });
    }
    return { runtime: env.versions.node ?? env.versions.common, providers };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function probeGraph(root: string): Uint8Array {
  const graph = new GraphBuilder(root);
  const dims = ['batch', 'sequence'];
  const ids = graph.input('input_ids', 'int64', dims);
  const floats = graph.node('Cast', [ids], { to: elementTypeNumber('float') });
  graph.output(graph.node('Add', [floats, graph.float(1)]), 'sum', 'float', dims);
  return graph.finish('vllm-sr');
}
