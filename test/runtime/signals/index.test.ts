import { describe, expect, it } from 'vitest';
import { familyOfConfigKey, familyOfType, signalFamilies } from '../../../src/runtime/signals/index.js';

describe('the list of signal families', () => {
  it('has the families of this build with their config keys', () => {
    expect(signalFamilies.map(({ type, configKey, cost }) => `${type} ${configKey} ${cost}`)).toEqual([
      'keyword keywords free',
      'context context free',
      'structure structure free',
      'language language free',
      'domain domains encoder',
      'embedding embeddings encoder',
    ]);
  });

  it('finds a family by condition type in any case, and by config key', () => {
    expect(familyOfType('Keyword')).toBe(familyOfConfigKey('keywords'));
    expect(familyOfType('nope')).toBeUndefined();
  });
});
