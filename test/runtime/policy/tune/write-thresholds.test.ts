import { describe, expect, it } from 'vitest';
import { isVsrError } from '../../../../src/runtime/errors.js';
import { withThresholds } from '../../../../src/runtime/policy/tune/write-thresholds.js';

const file = `# routes support mails
version: v0.3
routing:
  signals:
    embeddings:
      - name: steps   # patient
        threshold: 0.60   # by feel
        candidates: [step by step]
      - {name: short, threshold: .5, candidates: [be brief]}
    domains:
      - {name: math, mmlu_categories: [math]}
      - name: law
        mmlu_categories: [law]
`;

describe('writing thresholds', () => {
  it('changes the numbers and nothing else', () => {
    const edited = withThresholds(file, 'config.yaml', [
      { recipe: 'default', type: 'embedding', name: 'short', threshold: 0.45 },
      { recipe: 'default', type: 'embedding', name: 'steps', threshold: 0.571 },
      { recipe: 'default', type: 'domain', name: 'law', threshold: 0.7 },
      { recipe: 'default', type: 'domain', name: 'math', threshold: 0.8 },
    ]);
    expect(edited).toBe(
      file
        .replace('threshold: 0.60', 'threshold: 0.571')
        .replace('threshold: .5,', 'threshold: 0.45,')
        .replace('{name: math,', '{name: math, threshold: 0.8,')
        .replace('- name: law\n', '- name: law\n        threshold: 0.7\n'),
    );
  });

  it('keeps the line ends of Windows and a byte-order mark', () => {
    const windows = `\uFEFF${file.replaceAll('\n', '\r\n')}`;
    const edited = withThresholds(windows, 'config.yaml', [
      { recipe: 'default', type: 'domain', name: 'law', threshold: 0.7 },
    ]);
    expect(edited).toBe(windows.replace('- name: law\r\n', '- name: law\r\n        threshold: 0.7\r\n'));
  });

  it.each([
    ['a rule that is not there', file, 'other', 'does not stand under routing.signals'],
    ['a variable', file.replace('0.60', '$' + '{LEAST}'), 'steps', 'is no plain number'],
  ])('refuses %s', (_, text, name, reason) => {
    let message = '';
    try {
      withThresholds(text, 'config.yaml', [{ recipe: 'default', type: 'embedding', name, threshold: 0.5 }]);
    } catch (error) {
      if (isVsrError(error)) message = error.message;
    }
    expect(message).toContain(reason);
  });
});
