/**
 * What the default thresholds are worth on the embedded encoder. The requests are our own; those of files that
 * end in `_test` were written after the defaults were set. `docs/signals.md` has the figures.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createEncoder } from '../../../src/runtime/inference/encoder.js';
import { complexityFamily } from '../../../src/runtime/signals/complexity.js';
import { domainFamily } from '../../../src/runtime/signals/domain.js';
import { domainLabels } from '../../../src/runtime/signals/domain-labels.js';
import { modalityFamily, modalityNames } from '../../../src/runtime/signals/modality.js';
import { preferenceFamily } from '../../../src/runtime/signals/preference.js';
import { reaskFamily } from '../../../src/runtime/signals/reask.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import type { CompiledRule, SignalFamily, SignalRequest } from '../../../src/runtime/signals/types.js';
import { routingRequest } from './fake-request.js';

const encoder = createEncoder();
afterAll(() => encoder.close());

function rowsOf<Row>(schema: z.ZodType<Row>, ...files: string[]): Row[] {
  return files.flatMap((file) =>
    readFileSync(`test/fixtures/signals/${file}.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => schema.parse(JSON.parse(line))),
  );
}

const compile = <Rule extends { readonly name: string }>(
  family: SignalFamily<Rule>,
  raw: readonly unknown[],
) =>
  family.compile(
    raw.map((rule) => family.schema.parse(rule)),
    { encoder },
  );

/** User turns with an answer between them. */
const conversation = (...turns: string[]): SignalRequest =>
  createSignalRequest(
    routingRequest(
      turns.flatMap((text, index) => [
        ...(index > 0 ? [{ role: 'assistant', text: 'Here you are.' }] : []),
        { role: 'user', text },
      ]),
    ),
    encoder,
  );

async function matching(rules: readonly CompiledRule[], request: SignalRequest): Promise<string[]> {
  const found = await Promise.all(rules.map((rule) => rule.evaluate(request)));
  return rules.filter((_, index) => found[index]?.status === 'matched').map(({ name }) => name);
}

/** Rows for which `judge` holds. */
async function count<Row>(rows: readonly Row[], judge: (row: Row) => Promise<boolean>): Promise<number> {
  const judged = await Promise.all(rows.map(judge));
  return judged.filter(Boolean).length;
}

describe('on the embedded encoder', () => {
  it('follow-ups keep their domain, and a new topic is not dragged along', async () => {
    const rules = compile(
      domainFamily,
      domainLabels.map((name) => ({ name })),
    );
    const schema = z.object({ previous: z.string(), text: z.string(), follow_up: z.boolean() });
    const rows = rowsOf(schema, 'follow_ups', 'follow_ups_test');
    const domain = async (...turns: string[]) => (await matching(rules, conversation(...turns))).join();
    const kept = await count(
      rows.filter((row) => row.follow_up),
      async ({ previous, text }) => (await domain(previous, text)) === (await domain(previous)),
    );
    const dragged = await count(
      rows.filter((row) => !row.follow_up),
      async ({ previous, text }) => (await domain(previous, text)) !== (await domain(text)),
    );
    expect(kept).toBeGreaterThanOrEqual(52);
    expect(dragged).toBeLessThanOrEqual(2);
  });

  it('a question asked again is told from a similar one', async () => {
    const rules = compile(reaskFamily, [{ name: 'again' }]);
    const rows = rowsOf(z.object({ a: z.string(), b: z.string(), same: z.boolean() }), 'reask', 'reask_test');
    const again = async ({ a, b }: { a: string; b: string }) =>
      (await matching(rules, conversation(a, b))).length > 0;
    expect(
      await count(
        rows.filter((row) => row.same),
        again,
      ),
    ).toBeGreaterThanOrEqual(40);
    expect(
      await count(
        rows.filter((row) => !row.same),
        again,
      ),
    ).toBeLessThanOrEqual(1);
  });

  it('hard requests are told from easy ones', async () => {
    const rules = compile(complexityFamily, [
      {
        name: 'load',
        hard: {
          candidates: [
            'prove this theorem',
            'design a distributed system with strong consistency',
            'analyse the root cause of a production incident',
            'derive the formula step by step',
            'compare several architectures and justify the trade-offs',
            'optimise an algorithm and prove its complexity',
          ],
        },
        easy: {
          candidates: [
            'what time is it',
            'hello, how are you',
            'what is the capital of a country',
            'translate a word',
            'define a word',
            'convert units',
          ],
        },
      },
    ]);
    const schema = z.object({ text: z.string(), level: z.string() });
    const rows = rowsOf(schema, 'complexity', 'complexity_test');
    const levels = await Promise.all(
      rows.map(async ({ text, level }) => [level, await matching(rules, conversation(text))] as const),
    );
    expect(levels.every(([, found]) => found.length === 1)).toBe(true);
    expect(levels.filter(([level, found]) => found[0] === `load:${level}`).length).toBeGreaterThanOrEqual(58);
    const opposite: Record<string, string> = { hard: 'load:easy', easy: 'load:hard' };
    expect(levels.filter(([level, found]) => found[0] === opposite[level])).toEqual([]);
  });

  it('a preference matches its requests, and none matches what fits none', async () => {
    const rules = compile(preferenceFamily, [
      {
        name: 'code',
        description: 'The user wants help with source code: writing, fixing or explaining it',
        examples: ['debug a function', 'write a script', 'why does this code fail'],
      },
      {
        name: 'creative',
        description: 'The user wants fiction, poetry or other imaginative writing',
        examples: ['write a poem', 'make up a story', 'invent a character'],
      },
      {
        name: 'support',
        description: 'The customer has a question about an order, a payment or an account',
        examples: ['where is my order', 'I want my money back', 'update my account details'],
      },
    ]);
    const rows = rowsOf(z.object({ text: z.string(), route: z.string() }), 'preference', 'preference_test');
    const routed = await Promise.all(
      rows.map(async ({ text, route }) => [route, await matching(rules, conversation(text))] as const),
    );
    const right = routed.filter(([route, found]) => found.includes(route));
    const wrong = routed.filter(([route, found]) => found.some((name) => name !== route));
    expect(right.length).toBeGreaterThanOrEqual(31);
    expect(wrong.length).toBeLessThanOrEqual(3);
  });

  it('requests for pictures are told from those for text', async () => {
    const rules = compile(
      modalityFamily,
      modalityNames.map((name) => ({ name })),
    );
    const rows = rowsOf(z.object({ text: z.string(), label: z.string() }), 'modality', 'modality_test');
    const right = await count(rows, async ({ text, label }) => {
      const found = await matching(rules, conversation(text));
      return found.join() === label;
    });
    expect(right).toBeGreaterThanOrEqual(86);
  });
});
