import { describe, expect, it } from 'vitest';
import type { GuardParser } from '../../../src/runtime/external/external-models.js';
import { verdictIn } from '../../../src/runtime/signals/guard-verdict.js';

type Case = readonly [answer: string, risk: number | undefined, words?: string];

function reads(parser: GuardParser, cases: readonly Case[]): void {
  for (const [answer, risk, words] of cases) {
    it(JSON.stringify(answer), () => {
      const verdict = verdictIn(answer, parser);
      expect(verdict?.risk).toBe(risk);
      if (words !== undefined) expect(verdict?.words).toBe(words);
    });
  }
}

describe('a verdict as JSON', () => {
  reads('json', [
    ['{"risk": 0.83}', 0.83, 'risk 0.83'],
    ['```json\n{"risk": "0.2"}\n```', 0.2],
    ['<think>{"risk": 1}</think>{"risk": 0}', 0],
    ['{"jailbreak": true, "reason": "roleplay"}', 1],
    ['{"safe": false}', 1],
    ['{"safe": true}', 0],
    ['{"verdict": "Unsafe"}', 1, 'unsafe'],
    ['{"label": "benign"}', 0],
    ['{"result": {"safety": "controversial"}}', 0.5],
    ['{"label": "safe", "score": 0.98}', 0, 'safe'],
    ['{"label": "jailbreak", "score": 0.6}', 1],
    ['{"score": 0.9}', 0.9],
    ['{"risk": 7}', undefined],
    ['{"risk": null}', undefined],
    ['{"label": "weather"}', undefined],
    ['unsafe', undefined],
    ['', undefined],
  ]);
});

describe('a verdict in lines', () => {
  reads('qwen3guard', [
    ['Safety: Unsafe\nCategories: Violent, Jailbreak', 1, 'unsafe (Violent, Jailbreak)'],
    ['Safety: Safe\nCategories: None', 0, 'safe'],
    ['  safety : controversial \n categories: Politically Sensitive', 0.5],
    ['The Safety: Unsafe', undefined],
    ['unsafe', undefined],
  ]);
});

describe('a verdict as a first word', () => {
  reads('simple', [
    ['unsafe\nS1,S2', 1, 'unsafe (S1,S2)'],
    ['\n\nsafe', 0],
    ['<think>unsafe?</think>\nSafe.', 0],
    ['**Yes**, it does', 1],
    ['No', 0],
    ['I cannot say that it is unsafe', undefined],
    ['unsafely', undefined],
  ]);
});

describe('a verdict in whatever form', () => {
  reads('auto', [
    ['{"risk": 0.4}', 0.4],
    ['Safety: Unsafe\nCategories: PII', 1],
    ['unsafe\nS9', 1],
    ['It depends.', undefined],
  ]);
});
