import { describe, expect, it } from 'vitest';
import { NativeGate, stopAtExit } from '../../../src/runtime/inference/native-gate.js';

describe('NativeGate', () => {
  it('lets calls through until it is stopped', () => {
    const buffer = NativeGate.buffer();
    const worker = new NativeGate(buffer);
    const main = new NativeGate(buffer);
    worker.leave();
    expect(worker.enter()).toBe(true);
    worker.leave();
    main.stop();
    expect(worker.enter()).toBe(false);
  });

  it('does not wait forever for a call that never ends', () => {
    const gate = new NativeGate();
    gate.stop(1);
    expect(gate.enter()).toBe(false);
  });
});

describe('stopAtExit', () => {
  it('listens to the exit of the process only while there is a gate', () => {
    const before = process.listenerCount('exit');
    const forget = [stopAtExit(new NativeGate()), stopAtExit(new NativeGate())];
    expect(process.listenerCount('exit')).toBe(before + 1);
    for (const each of forget) each();
    expect(process.listenerCount('exit')).toBe(before);
  });
});
