import { describe, expect, it } from 'vitest';
import { scoresIn } from '../../../src/runtime/signals/classifier-llm.js';

const labels = ['angry', 'calm'];

describe('reading the scores of a language model', () => {
  it.each<readonly [text: string, scores: Record<string, number> | undefined]>([
    ['{"scores": {"angry": 0.9, "calm": 0.1}}', { angry: 0.9, calm: 0.1 }],
    ['Sure: ```json\n{"scores": {"Angry": "0.9"}}\n```', { angry: 0.9, calm: 0 }],
    ["{'scores': {'angry': 1, 'calm': 0}}", { angry: 1, calm: 0 }],
    ['{"label": "calm"}', { angry: 0, calm: 1 }],
    ['Calm.', { angry: 0, calm: 1 }],
    ['{"scores": {"angry": 7}}', undefined],
    ['{"scores": {"sad": 1}}', undefined],
    ['{"scores": {}}', undefined],
    ['I cannot say', undefined],
    ['', undefined],
  ])('%s', (text, scores) => {
    expect(scoresIn(text, labels)).toEqual(scores);
  });
});
