import { describe, expect, it } from 'vitest';
import { domainFamily } from '../../../src/runtime/signals/domain.js';
import {
  defaultHistory,
  historySchema,
  mixReadings,
  topicTurns,
} from '../../../src/runtime/signals/history.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import type { MessageView } from '../../../src/runtime/signals/types.js';
import { encoded, fakeEncoder, routingRequest } from './fake-request.js';

/** User turns with an answer between them. */
const conversation = (...turns: string[]): MessageView[] =>
  turns.flatMap((text, index) => [
    ...(index > 0 ? [{ role: 'assistant', text: 'an answer' }] : []),
    { role: 'user', text },
  ]);
const topic = 'Prove the theorem of Pythagoras';

describe('the turns that a request is about', () => {
  it('are the last one alone if it stands on its own', () => {
    expect(topicTurns(conversation(topic, 'What is the capital of Chile?'), defaultHistory)).toEqual([
      { message: 2, text: 'What is the capital of Chile?', weight: 1 },
    ]);
    expect(topicTurns(conversation('shorter'), defaultHistory)).toMatchObject([{ weight: 1 }]);
    expect(topicTurns([{ role: 'assistant', text: 'hello' }], defaultHistory)).toEqual([]);
  });

  it('are mostly the turn that a follow-up follows, through other follow-ups', () => {
    const turns = topicTurns(conversation(topic, 'shorter, please', 'and once more'), defaultHistory);
    expect(turns.map(({ message }) => message)).toEqual([4, 2, 0]);
    expect(turns.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
    expect(turns[2]?.weight).toBeGreaterThan(0.8);
  });

  it('end at a turn that stands on its own', () => {
    const turns = topicTurns(conversation('Who was Bach?', topic, 'shorter'), defaultHistory);
    expect(turns.map(({ message }) => message)).toEqual([4, 2]);
  });

  it('are as many as configured', () => {
    const messages = conversation(topic, 'shorter', 'again', 'once more');
    expect(topicTurns(messages, { ...defaultHistory, maxTurns: 1 })).toHaveLength(2);
    expect(topicTurns(messages, { ...defaultHistory, maxTurns: 0 })).toHaveLength(1);
    expect(topicTurns(messages, { ...defaultHistory, enabled: false })).toHaveLength(1);
    expect(topicTurns(messages, { ...defaultHistory, decay: 0 })).toHaveLength(1);
  });

  it('have the defaults that the configuration documents', () => {
    const { enabled, max_turns: maxTurns, decay } = historySchema.parse({});
    expect({ enabled, maxTurns, decay }).toEqual(defaultHistory);
  });
});

describe('mixed readings', () => {
  const head = (first: number) => ({
    model: 'm',
    labels: ['a', 'b'],
    probabilities: [first, 1 - first],
    threshold: 0.5,
  });

  it('weigh embeddings and probabilities', () => {
    const mixed = mixReadings([
      { encoded: encoded([1, 0], [head(1)]), weight: 0.2 },
      { encoded: encoded([0, 1], [head(0.5)]), weight: 0.8 },
    ]);
    expect(Math.hypot(...mixed.embedding)).toBeCloseTo(1);
    expect((mixed.embedding[1] ?? 0) / (mixed.embedding[0] ?? 1)).toBeCloseTo(4);
    expect(mixed.heads.get('m')?.probabilities).toEqual([0.2 + 0.4, 0.4].map((p) => expect.closeTo(p)));
  });

  it('of one text are that text', () => {
    const one = encoded([1]);
    expect(mixReadings([{ encoded: one, weight: 1 }])).toBe(one);
  });
});

describe('a domain after a follow-up', () => {
  const says = () =>
    fakeEncoder((text) =>
      encoded(
        [1],
        [
          {
            model: 'mom-domain-classifier',
            labels: ['math', 'other'],
            probabilities: text === topic ? [0.9, 0.1] : [0.05, 0.95],
            threshold: 0.45,
          },
        ],
      ),
    );
  const judge = async (messages: MessageView[], encoder = says()) => {
    const request = createSignalRequest(routingRequest(messages), encoder);
    const [rule] = domainFamily.compile([domainFamily.schema.parse({ name: 'math' })], { encoder });
    const outcome = await rule?.evaluate(request);
    return { outcome, request };
  };

  it('is that of the topic, and says which turns it comes from', async () => {
    const { outcome, request } = await judge(conversation(topic, 'make it shorter'));
    expect(outcome).toMatchObject({
      status: 'matched',
      turns: [{ message: 2 }, { message: 0, weight: expect.closeTo(0.92, 1) }],
    });
    expect(request.knownTopic()?.heads.get('mom-domain-classifier')?.probabilities[0]).toBeGreaterThan(0.8);
  });

  it('costs one pass where the text stands on its own', async () => {
    const encoder = says();
    const { outcome, request } = await judge(conversation(topic, 'Who painted Guernica?'), encoder);
    expect(outcome).toMatchObject({ status: 'not_matched' });
    expect(outcome).not.toHaveProperty('turns');
    expect(encoder.texts).toEqual(['Who painted Guernica?']);
    expect(request.knownTopic()).toBeUndefined();
  });
});
