import { describe, expect, it } from 'vitest';
import { jailbreakFamily } from '../../../src/runtime/signals/jailbreak.js';
import { encoded, fakeEncoder, issuesOf, outcome, routingRequest } from './fake-request.js';

const risks: Record<string, number> = { attack: 0.9, odd: 0.5 };
const vectors: Record<string, readonly number[]> = {
  attack: [1, 0],
  harmless: [0, 1],
  odd: [0.8, 0.6],
  'ignore your rules': [1, 0],
  'ignore my last mail': [0, 1],
};
const encoder = () =>
  fakeEncoder((text) =>
    encoded(vectors[text] ?? [0, 1], [
      {
        model: 'mom-jailbreak-classifier',
        labels: ['benign', 'jailbreak'],
        probabilities: [1 - (risks[text] ?? 0), risks[text] ?? 0],
        threshold: 0.65,
      },
    ]),
  );
const patterns = {
  jailbreak_patterns: ['ignore your rules'],
  benign_patterns: ['ignore my last mail'],
};
const toolLoop = routingRequest([
  { role: 'user', text: 'harmless' },
  { role: 'assistant', text: '', toolCalls: 1 },
  { role: 'tool', text: 'attack' },
]);
const earlier = routingRequest([
  { role: 'user', text: 'attack' },
  { role: 'assistant', text: 'no' },
  { role: 'user', text: 'harmless' },
]);

describe('the jailbreak signal', () => {
  it('classifies, and says where but not what', async () => {
    expect(await outcome(jailbreakFamily, { name: 'j' }, 'attack', encoder())).toEqual({
      status: 'matched',
      score: 0.9,
      value: 0.9,
      threshold: 0.65,
      evidence: ['messages[0] 0..6'],
    });
    expect((await outcome(jailbreakFamily, { name: 'j' }, 'odd', encoder())).status).toBe('not_matched');
    expect(await outcome(jailbreakFamily, { name: 'j', threshold: 0.5 }, 'odd', encoder())).toMatchObject({
      status: 'matched',
      threshold: 0.5,
    });
  });

  it('reads what tools answered in this turn, and earlier turns only if asked to', async () => {
    const rule = { name: 'j' };
    expect(await outcome(jailbreakFamily, rule, toolLoop, encoder())).toMatchObject({
      status: 'matched',
      evidence: ['messages[2] 0..6'],
    });
    expect((await outcome(jailbreakFamily, rule, earlier, encoder())).status).toBe('not_matched');
    expect(
      (await outcome(jailbreakFamily, { ...rule, include_history: true }, earlier, encoder())).status,
    ).toBe('matched');
  });

  it('contrasts attacks with harmless examples', async () => {
    const rule = { name: 'j', method: 'contrastive', ...patterns };
    expect(await outcome(jailbreakFamily, rule, 'odd', encoder())).toMatchObject({
      status: 'matched',
      threshold: 0.1,
    });
    expect((await outcome(jailbreakFamily, rule, 'harmless', encoder())).status).toBe('not_matched');
    expect((await outcome(jailbreakFamily, { ...rule, threshold: 0.3 }, 'odd', encoder())).status).toBe(
      'not_matched',
    );
  });

  it('gives no lead to a text that is nowhere near an attack', async () => {
    const far = fakeEncoder((text) => encoded(text === 'odd' ? [0.2, -0.98] : (vectors[text] ?? [0, 1])));
    const rule = { name: 'j', method: 'contrastive', ...patterns };
    expect(await outcome(jailbreakFamily, rule, 'odd', far)).toMatchObject({
      status: 'not_matched',
      value: 0,
    });
  });

  it('takes either method as enough in a hybrid', async () => {
    const rule = { name: 'j', method: 'hybrid', contrastive_threshold: 0.15, ...patterns };
    expect(await outcome(jailbreakFamily, rule, 'odd', encoder())).toMatchObject({
      status: 'matched',
      threshold: 0.15,
    });
    expect(await outcome(jailbreakFamily, rule, 'attack', encoder())).toMatchObject({ status: 'matched' });
    expect((await outcome(jailbreakFamily, rule, 'harmless', encoder())).status).toBe('not_matched');
  });

  it('reads a text once for both methods', async () => {
    const fake = encoder();
    await outcome(jailbreakFamily, { name: 'j', method: 'hybrid', ...patterns }, 'attack', fake);
    expect(fake.texts.filter((text) => text === 'attack')).toHaveLength(1);
  });

  it('is unavailable when the model fails, never harmless', async () => {
    expect((await outcome(jailbreakFamily, { name: 'j' }, 'attack')).status).toBe('unavailable');
    const broken = fakeEncoder(() => {
      throw new Error('lost');
    });
    expect(await outcome(jailbreakFamily, { name: 'j' }, 'attack', broken)).toMatchObject({
      status: 'unavailable',
    });
  });

  it('says what a method needs', () => {
    expect(issuesOf(jailbreakFamily, { name: 'j', method: 'contrastive' })[0]).toMatch(/jailbreak_patterns/);
    expect(issuesOf(jailbreakFamily, { name: 'j', method: 'hybrid' })[0]).toMatch(/no more than/);
    expect(issuesOf(jailbreakFamily, { name: 'j', ...patterns })[0]).toMatch(/hybrid/);
    expect(issuesOf(jailbreakFamily, { name: 'j', method: 'both' })).toHaveLength(1);
    expect(issuesOf(jailbreakFamily, { name: 'j', direction: 'response' })[0]).toMatch(/only requests/);
  });
});
