import { describe, expect, it } from 'vitest';
import type { ModelRef } from '../../../src/runtime/config/types.js';
import { selectStatic } from '../../../src/runtime/selection/static.js';
import { ask } from './support.js';

const ref = (model: string, weight?: number): ModelRef => ({
  model,
  weight,
  useReasoning: false,
  reasoningEffort: undefined,
  loraName: undefined,
});

describe('static selection', () => {
  it('takes the first reference, unless all of them have a weight', () => {
    for (const refs of [
      [ref('a'), ref('b')],
      [ref('a', 1), ref('b')],
      [ref('a', 0), ref('b', 0)],
      [ref('a', 0)],
    ]) {
      expect(selectStatic(refs, ask('x'), 'd')?.model).toBe('a');
    }
    expect(selectStatic([], ask('x'), 'd')).toBeUndefined();
  });

  it('shares conversations by weight', () => {
    const refs = [ref('a', 3), ref('b', 1), ref('never', 0)];
    const counts = new Map<string | undefined, number>();
    for (let index = 0; index < 4000; index++) {
      const model = selectStatic(refs, ask(`question ${index}`), 'd')?.model;
      counts.set(model, (counts.get(model) ?? 0) + 1);
    }
    expect(counts.get('never')).toBeUndefined();
    expect((counts.get('a') ?? 0) / 4000).toBeCloseTo(0.75, 1);
  });

  it('keeps a conversation with its model as it grows', () => {
    const refs = [ref('a', 1), ref('b', 1)];
    for (let index = 0; index < 50; index++) {
      const first = ask(`question ${index}`);
      const later = ask('', {
        messages: [...first.messages, { role: 'assistant', text: 'answer' }, { role: 'user', text: 'more' }],
      });
      expect(selectStatic(refs, later, 'd')).toBe(selectStatic(refs, first, 'd'));
    }
  });

  it('keeps it also where no user speaks', () => {
    const refs = [ref('a', 1), ref('b', 1)];
    const models = Array.from({ length: 50 }, (_, index) => {
      const first = ask('', { messages: [{ role: 'system', text: `task ${index}` }] });
      const later = ask('', {
        messages: [
          ...first.messages,
          { role: 'assistant', text: '', toolCalls: 1 },
          { role: 'tool', text: `result ${index}` },
        ],
      });
      const model = selectStatic(refs, first, 'd')?.model;
      expect(selectStatic(refs, later, 'd')?.model).toBe(model);
      return model;
    });
    expect(new Set(models)).toEqual(new Set(['a', 'b']));
  });
});
