/**
 * Where a session can run: which execution providers are tried, in which order.
 *
 * @module
 */
import type { Device } from '../models/assignment.js';
import type { Provider, RefusedProvider } from './report.js';

export interface ProviderChoice {
  /** To be tried in this order; the last one is `cpu`. */
  readonly order: readonly Provider[];
  /** Better ones that there is no use in trying. */
  readonly refused: readonly RefusedProvider[];
}

/** What ONNX Runtime has on this platform, as it says itself. */
export interface Backend {
  readonly name: string;
  /** False if its libraries are installed separately. */
  readonly bundled: boolean;
}

/** What `auto` tries before the CPU. WebGPU is slower than the CPU on many machines, so it has to be asked for. */
const accelerators: Readonly<Record<string, readonly Provider[]>> = {
  darwin: ['coreml'],
  linux: ['cuda'],
  win32: ['cuda', 'dml'],
};

const titles: Readonly<Record<Provider, string>> = {
  cpu: 'CPU',
  cuda: 'CUDA',
  coreml: 'CoreML',
  dml: 'DirectML',
  webgpu: 'WebGPU',
};

/**
 * What to try for a device setting.
 *
 * @param platform `process.platform`.
 */
export function providerOrder(
  device: Device,
  backends: readonly Backend[],
  platform: string,
): ProviderChoice {
  if (device === 'cpu') return { order: ['cpu'], refused: [] };
  const wanted = device === 'auto' ? (accelerators[platform] ?? []) : [device];
  const order: Provider[] = [];
  const refused: RefusedProvider[] = [];
  for (const provider of wanted) {
    if (backends.some(({ name }) => name === provider)) order.push(provider);
    else refused.push({ provider, reason: missingReason(provider, platform) });
  }
  return { order: [...order, 'cpu'], refused };
}

function missingReason(provider: Provider, platform: string): string {
  return `ONNX Runtime for ${platform} has no ${titles[provider]}.`;
}

/** Why a session could not be opened with `provider`, for people. */
export function failureReason(provider: Provider, message: string, backends: readonly Backend[]): string {
  const [line = ''] = message.split('\n');
  const said = line.replace(/^.*\bRequestAdapterStatus\b.*was false\.\s*/, '').trim();
  if (backends.some(({ name, bundled }) => name === provider && !bundled) && /library/i.test(message)) {
    return `The ${titles[provider]} libraries of ONNX Runtime are not installed (${said}).`;
  }
  return `${titles[provider]} cannot run it: ${said.replace(/\.$/, '')}.`;
}
