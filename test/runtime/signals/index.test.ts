import { describe, expect, it } from 'vitest';
import { familyOfType, signalFamilies } from '../../../src/runtime/signals/index.js';

describe('the list of signal families', () => {
  it('names each condition type and each config key once', () => {
    expect(new Set(signalFamilies.map(({ type }) => type)).size).toBe(signalFamilies.length);
    expect(new Set(signalFamilies.map(({ configKey }) => configKey)).size).toBe(signalFamilies.length);
  });

  it('finds every family by condition type in any case', () => {
    for (const family of signalFamilies) {
      expect(familyOfType(family.type.toUpperCase())).toBe(family);
    }
    expect(familyOfType('nope')).toBeUndefined();
  });
});
