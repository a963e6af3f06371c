import { describe, expect, it } from 'vitest';
import type { HeadOutput } from '../../../src/runtime/inference/types.js';
import { domainFamily } from '../../../src/runtime/signals/domain.js';
import { categoryOf, uncertaintyOf } from '../../../src/runtime/signals/domain-category.js';
import { canonicalDomainLabel, domainLabels } from '../../../src/runtime/signals/domain-labels.js';
import { encoded, fakeEncoder, issuesOf, outcome } from './fake-request.js';

/** Head output with the given probabilities; the rest is spread over the other labels. */
function head(given: Record<string, number>, threshold = 0.4): HeadOutput {
  const rest =
    (1 - Object.values(given).reduce((a, b) => a + b, 0)) / (domainLabels.length - Object.keys(given).length);
  const probabilities = domainLabels.map((label) => given[label] ?? rest);
  return { model: 'mom-domain-classifier', labels: domainLabels, probabilities, threshold };
}

const says = (given: Record<string, number>, threshold?: number) =>
  fakeEncoder(() => encoded([1], [head(given, threshold)]));

describe('the domain signal', () => {
  it('matches the top label of its categories at the recommended threshold', async () => {
    const encoder = says({ math: 0.45, physics: 0.2 });
    expect(await outcome(domainFamily, { name: 'math' }, 'x', encoder)).toMatchObject({
      status: 'matched',
      score: 0.45,
      threshold: 0.4,
      evidence: ['math'],
    });
    expect((await outcome(domainFamily, { name: 'physics' }, 'x', encoder)).status).toBe('not_matched');
    expect((await outcome(domainFamily, { name: 'math', threshold: 0.5 }, 'x', encoder)).status).toBe(
      'not_matched',
    );
  });

  it('takes several categories as one question', async () => {
    const stem = { name: 'stem', mmlu_categories: ['math', 'Physics', 'computer_science'] };
    const spread = says({ math: 0.2, physics: 0.2, 'computer science': 0.2, law: 0.25 });
    const found = await outcome(domainFamily, stem, 'x', spread);
    expect(found).toMatchObject({ status: 'matched', evidence: ['law'] });
    expect(found.status === 'matched' && found.score).toBeCloseTo(0.6);
    const weak = says({ math: 0.15, physics: 0.15, 'computer science': 0.15, law: 0.35 }, 0.1);
    expect((await outcome(domainFamily, stem, 'x', weak)).status).toBe('not_matched');
  });

  it('is unavailable without a model, without the head, and when the model fails', async () => {
    expect((await outcome(domainFamily, { name: 'law' }, 'x')).status).toBe('unavailable');
    expect(
      (
        await outcome(
          domainFamily,
          { name: 'law' },
          'x',
          fakeEncoder(() => encoded([1])),
        )
      ).status,
    ).toBe('unavailable');
    const broken = fakeEncoder(() => {
      throw new Error('session lost');
    });
    expect(await outcome(domainFamily, { name: 'law' }, 'x', broken)).toEqual({
      status: 'unavailable',
      reason: 'session lost',
    });
  });

  it('spends no pass on an empty text', async () => {
    const encoder = says({ law: 0.9 });
    expect((await outcome(domainFamily, { name: 'law' }, '  ', encoder)).status).toBe('not_matched');
    expect(encoder.texts).toEqual([]);
  });

  it('reports unknown labels with the nearest one', () => {
    expect(issuesOf(domainFamily, { name: 'x', mmlu_categories: ['phisics'] })[0]).toMatch(
      /did you mean "physics"/,
    );
    expect(issuesOf(domainFamily, { name: 'coding' })[0]).toMatch(/there are no `mmlu_categories`/);
    expect(issuesOf(domainFamily, { name: 'Computer_Science' }, { name: 'maths' })).toEqual([]);
  });
});

describe('domain labels', () => {
  it.each([
    ['computer-science', 'computer science'],
    [' LAW ', 'law'],
    ['mathematics', 'math'],
    ['cooking', undefined],
    ['constructor', undefined],
  ])('reads %j as %j', (name, label) => {
    expect(canonicalDomainLabel(name)).toBe(label);
  });
});

describe('the uncertainty of a category', () => {
  it.each([
    [[1, 0], 0, 'very_low'],
    [[0.5, 0.5], 1, 'very_high'],
    [[0.95, 0.05], 0.286, 'low'],
    [[0.9, 0.1], 0.469, 'medium'],
    [[0.8, 0.2], 0.722, 'high'],
    [[1], 0, 'very_low'],
  ])('of %j is %d, %s', (probabilities, normalized, level) => {
    const found = uncertaintyOf(probabilities);
    expect(found.normalized).toBeCloseTo(normalized, 3);
    expect(found.level).toBe(level);
  });

  it('comes with the top label and all probabilities', () => {
    const category = categoryOf(encoded([1], [head({ law: 0.7 })]));
    expect(category).toMatchObject({ label: 'law', confidence: 0.7, threshold: 0.4 });
    expect(category?.probabilities.size).toBe(14);
    expect(categoryOf(encoded([1]))).toBeUndefined();
  });
});
