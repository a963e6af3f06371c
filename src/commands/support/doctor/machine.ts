/**
 * What `doctor` says of the machine: Node.js, ONNX Runtime and where it can run, the embedded bundle.
 *
 * @module
 */
import { availableParallelism, totalmem } from 'node:os';
import { isVsrError, messageOf } from '../../../runtime/errors.js';
import { embeddedBundleDir, readBundle, verifyBundle } from '../../../runtime/inference/bundle.js';
import type { ProviderProbe } from '../../../runtime/inference/provider-probe.js';
import type { Device } from '../../../runtime/models/assignment.js';
import { leastNode, packageVersion } from '../../../runtime/package-root.js';
import type { Finding } from './report.js';

export interface MachineFindings {
  readonly version: string;
  readonly onnxruntime: string;
  readonly findings: readonly Finding[];
}

/** @param device where the configuration wants models to run. */
export async function examineMachine(device: Device): Promise<MachineFindings> {
  const findings: Finding[] = [nodeFinding(process.versions.node, leastNode())];
  const cores = availableParallelism();
  findings.push({
    area: 'machine',
    name: 'platform',
    level: 'ok',
    message: `${process.platform} ${process.arch}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${(totalmem() / 1e9).toFixed(0)} GB of memory`,
  });
  const probe = await probed(device);
  if ('problem' in probe) {
    findings.push({
      area: 'machine',
      name: 'ONNX Runtime',
      level: 'failed',
      message: `it cannot be loaded: ${probe.problem}`,
      hint: 'Install the package again on this machine; on Alpine Linux use an image with glibc.',
    });
  } else {
    const working = probe.providers.filter(({ works }) => works).map(({ provider }) => provider);
    findings.push({
      area: 'machine',
      name: 'ONNX Runtime',
      level: 'ok',
      message: `${probe.runtime}, runs on ${working.join(', ')}`,
    });
    for (const { provider, works, reason } of probe.providers) {
      if (works) continue;
      findings.push({ area: 'machine', name: provider, level: 'note', message: reason ?? 'not available' });
    }
  }
  findings.push(await bundleFinding());
  const onnxruntime = 'problem' in probe ? 'unknown' : probe.runtime;
  return { version: packageVersion(), onnxruntime, findings };
}

async function probed(device: Device): Promise<ProviderProbe | { readonly problem: string }> {
  try {
    // Its libraries may be missing, which shows when it is imported.
    const { probeProviders } = await import('../../../runtime/inference/provider-probe.js');
    return await probeProviders(device);
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** @param least as package.json writes it: `>=20.18.1`. */
export function nodeFinding(version: string, least: string): Finding {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
  const [found, needed] = [numbers(version), numbers(least)];
  const at = needed.findIndex((number, i) => (found[i] ?? 0) !== number);
  const old = at >= 0 && (found[at] ?? 0) < (needed[at] ?? 0);
  const finding = { area: 'machine', name: 'Node.js', message: version } as const;
  if (!old) return { ...finding, level: 'ok' };
  return { ...finding, level: 'failed', hint: `Install Node.js ${least.replace('>=', '')} or newer.` };
}

async function bundleFinding(): Promise<Finding> {
  const finding = { area: 'machine', name: 'embedded models' } as const;
  try {
    const bundle = readBundle(embeddedBundleDir());
    await verifyBundle(bundle);
    return { ...finding, level: 'ok', message: `${bundle.name} ${bundle.version}, checksums right` };
  } catch (error) {
    const hint = isVsrError(error) ? error.hint : undefined;
    return {
      ...finding,
      level: 'failed',
      message: messageOf(error),
      ...(hint === undefined ? {} : { hint }),
    };
  }
}
