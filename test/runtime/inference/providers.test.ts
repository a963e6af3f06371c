import { describe, expect, test } from 'vitest';
import { failureReason, providerOrder } from '../../../src/runtime/inference/providers.js';

const cpu = { name: 'cpu', bundled: true };
const cuda = { name: 'cuda', bundled: false };
const coreml = { name: 'coreml', bundled: true };
const dml = { name: 'dml', bundled: true };
const webgpu = { name: 'webgpu', bundled: true };

describe('auto', () => {
  test.each([
    ['linux', [cpu, webgpu, cuda], ['cuda', 'cpu']],
    ['darwin', [cpu, webgpu, coreml], ['coreml', 'cpu']],
    ['win32', [cpu, webgpu, dml, cuda], ['cuda', 'dml', 'cpu']],
    ['freebsd', [cpu], ['cpu']],
  ])('on %s tries what is fast there, the CPU last', (platform, backends, order) => {
    expect(providerOrder('auto', backends, platform)).toEqual({ order, refused: [] });
  });

  test('says what the runtime was built without', () => {
    expect(providerOrder('auto', [cpu, webgpu], 'linux')).toEqual({
      order: ['cpu'],
      refused: [{ provider: 'cuda', reason: 'ONNX Runtime for linux has no CUDA.' }],
    });
  });
});

test('a device that is named is tried before the CPU, and no other', () => {
  expect(providerOrder('webgpu', [cpu, webgpu, cuda], 'linux').order).toEqual(['webgpu', 'cpu']);
  expect(providerOrder('cpu', [cpu, cuda], 'linux')).toEqual({ order: ['cpu'], refused: [] });
});

test('a failure is told in one line', () => {
  expect(failureReason('cuda', 'OrtSession: Failed to load shared library\nat x', [cpu, cuda])).toBe(
    'The CUDA libraries of ONNX Runtime are not installed (OrtSession: Failed to load shared library).',
  );
  const said =
    'a.cc:136 lambda() adapter_result.status == wgpu::RequestAdapterStatus::Success was false. No supported adapters';
  expect(failureReason('webgpu', said, [cpu, webgpu])).toBe('WebGPU cannot run it: No supported adapters.');
});
