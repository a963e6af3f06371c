import { describe, expect, test } from 'vitest';
import { changeSystemPrompts, type SystemPromptChange } from '../../../src/runtime/config/system-prompts.js';

const text = `version: v0.3
routing:
  decisions:
    # numbers
    - name: maths
      plugins:
        - type: header_mutation # for the logs
          configuration: {add: [{name: x-topic, value: maths}]}
        - type: system_prompt
          configuration: {system_prompt: Count., mode: replace}
    - name: rest # all else
      modelRefs: [{model: one}]
`;

function changed(...changes: Partial<SystemPromptChange>[]): string {
  const whole = changes.map((change) => ({
    decision: 'maths',
    prompt: undefined,
    mode: undefined,
    enabled: undefined,
    ...change,
  }));
  return changeSystemPrompts(text, whole, 'router.yaml');
}

describe('a system prompt', () => {
  test('is changed where it stands, and its neighbours and comments stay', () => {
    expect(changed({ prompt: 'Prove it.' })).toBe(text.replace('Count.', 'Prove it.'));
    expect(changed({ enabled: false })).toBe(
      text.replace('mode: replace}', 'mode: replace, enabled: false}'),
    );
  });

  test('is added to a decision that has none', () => {
    const result = changed({ decision: 'rest', prompt: 'Be brief.' });
    expect(result).toContain('# all else');
    expect(result).toMatch(
      /plugins:\n\s+- type: system_prompt\n\s+configuration:\n\s+system_prompt: Be brief\.\n$/,
    );
  });

  test('is taken away, with the list if nothing else is in it', () => {
    const result = changed({ prompt: null });
    expect(result).not.toContain('system_prompt');
    expect(result).toContain('# for the logs');
    expect(changed({ decision: 'rest', prompt: 'Be brief.' }, { decision: 'rest', prompt: null })).toBe(text);
  });

  test('of a decision that is not there is refused with the nearest name', () => {
    expect(() => changed({ decision: 'math', prompt: 'x' })).toThrow(
      expect.objectContaining({
        code: 'VSR_INPUT_INVALID',
        param: 'system_prompts[0].decision',
        hint: expect.stringContaining('did you mean `maths`'),
      }),
    );
  });
});
