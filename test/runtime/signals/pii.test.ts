import { describe, expect, it, vi } from 'vitest';
import type { Encoder } from '../../../src/runtime/inference/types.js';
import { piiFamily } from '../../../src/runtime/signals/pii.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { encoded, fakeEncoder, issuesOf, outcome, routingRequest, userSays } from './fake-request.js';

const mail = 'write to ann.lee@example.com today';
const person = 'my name is Ann Lee';
const token = { label: 'PERSON', start: 11, end: 18, confidence: 0.8 };

/** Finds the person, unless told to fail. */
function encoder(failing = false): Encoder {
  const fake = fakeEncoder((text) => {
    if (failing) throw new Error('lost');
    return { ...encoded([1]), spans: new Map([['mom-pii-classifier', text === person ? [token] : []]]) };
  });
  const head = {
    model: 'mom-pii-classifier',
    labels: ['PERSON', 'EMAIL_ADDRESS'],
    threshold: 0.5,
    thresholds: {},
  };
  return { ...fake, heads: [head.model], tokenHeads: new Map([[head.model, head]]) };
}

describe('the pii signal', () => {
  it('finds what has a form and what the model knows, and never shows it', async () => {
    const found = await outcome(piiFamily, { name: 'p' }, mail, encoder());
    expect(found).toMatchObject({ status: 'matched', evidence: ['EMAIL_ADDRESS messages[0] 9..28'] });
    expect(JSON.stringify(found)).not.toContain('ann.lee');
    expect(await outcome(piiFamily, { name: 'p' }, person, encoder())).toMatchObject({
      status: 'matched',
      score: 0.8,
      evidence: ['PERSON messages[0] 11..18'],
      values: { PERSON: 0.8 },
    });
  });

  it('lets allowed types pass, in any case', async () => {
    const rule = { name: 'p', pii_types_allowed: ['email_address'] };
    expect((await outcome(piiFamily, rule, mail, encoder())).status).toBe('not_matched');
    expect((await outcome(piiFamily, rule, person, encoder())).status).toBe('matched');
  });

  it('denies only the listed types if there is such a list', async () => {
    const rule = { name: 'p', pii_types_denied: ['PERSON'] };
    expect((await outcome(piiFamily, rule, mail, encoder())).status).toBe('not_matched');
    expect((await outcome(piiFamily, rule, person, encoder())).status).toBe('matched');
  });

  it('applies its threshold', async () => {
    expect(await outcome(piiFamily, { name: 'p', threshold: 0.9 }, person, encoder())).toMatchObject({
      status: 'not_matched',
      score: 0.8,
    });
  });

  it('reads what tools answered, and earlier turns of every role with the history', async () => {
    const tool = routingRequest([
      { role: 'user', text: 'look her up' },
      { role: 'tool', text: mail },
    ]);
    expect((await outcome(piiFamily, { name: 'p' }, tool, encoder())).status).toBe('matched');
    const earlier = routingRequest([
      { role: 'system', text: mail },
      { role: 'user', text: 'hello' },
    ]);
    expect((await outcome(piiFamily, { name: 'p' }, earlier, encoder())).status).toBe('not_matched');
    expect((await outcome(piiFamily, { name: 'p', include_history: true }, earlier, encoder())).status).toBe(
      'matched',
    );
  });

  it('still matches what the recognisers find when the model fails, else it is unavailable', async () => {
    for (const model of [undefined, encoder(true)]) {
      expect((await outcome(piiFamily, { name: 'p' }, mail, model)).status).toBe('matched');
      expect((await outcome(piiFamily, { name: 'p' }, person, model)).status).toBe('unavailable');
    }
  });

  it('stops when nobody waits for it, and begins anew for the next rule', async () => {
    const whole = encoder();
    const stops: (AbortSignal | undefined)[] = [];
    const slow: Encoder = {
      ...whole,
      scan: (text, options) => {
        stops.push(options?.signal);
        if (stops.length > 1) return whole.scan(text, options);
        return new Promise((_, refuse) => {
          options?.signal?.addEventListener('abort', () => refuse(new Error('stopped')));
        });
      },
    };
    const rules = piiFamily.compile(
      [{ name: 'a' }, { name: 'b' }].map((raw) => piiFamily.schema.parse(raw)),
      { encoder: slow },
    );
    const request = createSignalRequest(userSays(person), slow);
    const leaving = new AbortController();
    const first = Promise.resolve(rules[0]?.evaluate(request, leaving.signal)).catch(() => 'left');
    await vi.waitFor(() => expect(stops).toHaveLength(1));
    leaving.abort();
    expect(await first).toBe('left');
    expect(await rules[1]?.evaluate(request)).toMatchObject({ status: 'matched', values: { PERSON: 0.8 } });
  });

  it('warns about types that nothing finds, and refuses a rule that cannot match', () => {
    expect(issuesOf(piiFamily, { name: 'p', pii_types_allowed: ['EMAIL'] })[0]).toMatch(
      /EMAIL_ADDRESS|never/,
    );
    const both = { name: 'p', pii_types_allowed: ['PERSON'], pii_types_denied: ['person'] };
    expect(issuesOf(piiFamily, both)[0]).toMatch(/never matches/);
    expect(issuesOf(piiFamily, { name: 'p', pii_types_allowed: ['NO_PII', 'person'] })).toEqual([]);
  });
});
