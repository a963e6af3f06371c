import { describe, expect, it } from 'vitest';
import { readChatRequest } from '../../../src/runtime/apis/chat.js';
import { createRouter } from '../../../src/runtime/selection/router.js';
import { encoded, fakeEncoder } from '../signals/fake-request.js';
import { load } from './support.js';

const category = {
  model: 'mom-domain-classifier',
  labels: ['math', 'other'],
  probabilities: [0.9, 0.1],
  threshold: 0.5,
};

const file = `
routing:
  signals:
    domains: [{name: math}]
    embeddings:
      - {name: close, threshold: 0.5, candidates: [integrals]}
      - {name: cats, threshold: 0.5, query_modality: image, candidates: [a cat]}
    complexity: [{name: load, hard: {candidates: [prove it]}, easy: {candidates: [hello]}}]
    input_modality: [{name: image}, {name: audio}]
    context: [{name: long, min_tokens: 2K}]
    conversation: [{name: several, feature: {type: count, source: {type: image_content}}, predicate: {gte: 2}}]
  decisions:
    - name: all
      reasoning: {mode: entropy, categories: {math: true}}
      rules:
        operator: OR
        conditions:
          - {type: domain, name: math}
          - {type: embedding, name: close}
          - {type: embedding, name: cats}
          - {type: complexity, name: "load:medium"}
          - {type: input_modality, name: image}
          - {type: input_modality, name: audio}
          - {type: context, name: long}
          - {type: conversation, name: several}
      modelRefs: [{model: big}]
`;

async function route(...content: unknown[]) {
  const encoder = fakeEncoder(() => encoded([1, 0], [category]));
  const router = createRouter(load(file), encoder);
  const request = readChatRequest(
    Buffer.from(JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }] })),
  );
  const evaluation = await router.evaluate(request, 'full');
  const named = (status: string) =>
    evaluation.signals.flatMap(({ name, outcome }) => (outcome?.status === status ? [name] : []));
  return {
    matched: named('matched'),
    unavailable: named('unavailable'),
    plan: router.select(evaluation, request),
    texts: new Set(encoder.texts),
  };
}

const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };

describe('a request with images', () => {
  it('is judged by its text, and by what it is made of', async () => {
    const { matched, unavailable, texts, plan } = await route({ type: 'text', text: 'explain' }, picture);
    expect(matched).toEqual(['math', 'close', 'load:medium', 'image']);
    expect(unavailable).toEqual(['cats']);
    expect(texts).toContain('explain');
    expect(plan.reasoning?.enabled).toBe(true);
  });

  it('has no meaning without text, and costs no pass', async () => {
    const { matched, texts, plan } = await route(picture, { type: 'image' });
    expect(matched).toEqual(['image', 'long', 'several']);
    expect(texts.has('')).toBe(false);
    expect(plan.evaluation).toMatchObject({ category: undefined, encoderPasses: 0 });
    expect(plan.reasoning).toMatchObject({ enabled: false, why: 'the category could not be read' });
  });

  it('may hold anything else, which is passed over', async () => {
    const { matched } = await route(
      null,
      3,
      [picture],
      { type: 'image_url', image_url: null },
      { type: 'file' },
    );
    expect(matched).toEqual(['image']);
  });
});
