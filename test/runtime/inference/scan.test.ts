import { afterAll, describe, expect, it } from 'vitest';
import { createEncoder } from '../../../src/runtime/inference/encoder.js';
import { type ScanSource, scanText, windowsInFlight } from '../../../src/runtime/inference/scan.js';
import { mergedSpans } from '../../../src/runtime/inference/scan-results.js';
import type { Encoded, ScanResult } from '../../../src/runtime/inference/types.js';
import { planChunk } from '../../../src/runtime/inference/windows.js';
import { toyCopy, toyDir, toyTokenizer } from './toy.js';

const encoder = createEncoder({ bundleDir: toyDir });
afterAll(() => encoder.close());

const found = (text: string, result: ScanResult): string[] =>
  mergedSpans(result, 'toy-pii').map(({ label, start, end }) => `${label}:${text.slice(start, end)}`);

/** About 100 kB; no two windows are alike. */
const book = Array.from({ length: 3800 }, (_, i) => `the sky ${i} is the word,\n`).join('');

function expectCovered(text: string, { windows }: ScanResult): void {
  let covered = 0;
  for (const [i, { start, end, encoded }] of windows.entries()) {
    expect(i === 0 ? start : covered - start).toBeGreaterThanOrEqual(i === 0 ? 0 : 1);
    expect(start).toBeLessThanOrEqual(covered);
    covered = end;
    expect(encoded).toMatchObject({ view: 'whole', truncated: false });
    expect(encoded.tokens).toBeLessThanOrEqual(512);
    expect(toyTokenizer.pieces(text.slice(start, end)).ids.length).toBe(encoded.tokens - 2);
  }
  expect(windows[0]?.start).toBe(0);
  expect(covered).toBe(text.length);
}

describe('Encoder.scan', () => {
  it.each([
    ['a short text', 'meet John Smith'],
    ['a text that just fits', 'word '.repeat(510)],
    ['no text', ''],
  ])('reads %s in the pass that encode() makes', async (_, text) => {
    const scanned = await encoder.scan(text);
    expect(scanned.passes).toBe(1);
    const { encoded, passes } = await encoder.encode(text);
    expect(passes).toBe(0);
    expect(scanned.windows).toEqual([{ start: 0, end: text.length, encoded }]);
    expect((await encoder.scan(text)).passes).toBe(0);
  });

  it('reads all of a text that a bundle for short runs cannot hold', async () => {
    const { dir, remove } = toyCopy('manifest.json', (text) =>
      text.replace('"max_tokens": 512', '"max_tokens": 32'),
    );
    const short = createEncoder({ bundleDir: dir });
    const { windows } = await short.scan('word '.repeat(32));
    await short.close();
    remove();
    expect(windows.length).toBeGreaterThan(1);
    for (const { encoded } of windows) expect(encoded.view).toBe('whole');
  });

  it('shares a pass with an encode() of the same text at the same time', async () => {
    const text = 'meet Mary Smith, both at once';
    const [one, two] = await Promise.all([encoder.encode(text), encoder.scan(text)]);
    expect(one.passes + two.passes).toBe(1);
  });

  it('covers all of a long text', async () => {
    const result = await encoder.scan(book);
    expect(book.length).toBeGreaterThan(90_000);
    expect(result.windows.length).toBeGreaterThan(50);
    expect(result.passes).toBe(result.windows.length);
    expectCovered(book, result);
    expect((await encoder.scan(book)).passes).toBe(0);
  });

  it('finds what straddles a border, and what two windows see, once', async () => {
    const { windows } = await encoder.scan(book);
    for (const at of [windows[3]?.end ?? 0, windows[4]?.start ?? 0, windows[40]?.end ?? 0]) {
      for (const shift of [-14, -9, -4, 0, 40]) {
        // Replaced, not inserted, so that the windows stay about where they are.
        const place = book.indexOf(' ', at + shift);
        const name = ' john smith ';
        const text = book.slice(0, place) + name + book.slice(place + name.length);
        const result = await encoder.scan(text);
        expectCovered(text, result);
        expect(found(text, result)).toEqual(['PERSON:john smith']);
      }
    }
  });

  it('sees one bad sentence anywhere', async () => {
    const at = book.length - 700;
    const text = `${book.slice(0, at)} attack ${book.slice(at)}`;
    const result = await encoder.scan(text);
    const attack = ({ windows }: ScanResult) =>
      windows.map(({ encoded }) => {
        const { labels = [], probabilities = [] } = encoded.heads.get('toy-guard') ?? {};
        return probabilities[labels.indexOf('attack')] ?? 0;
      });
    expect(Math.max(...attack(result))).toBeGreaterThan(0.9);
    expect(Math.max(...attack(await encoder.scan(book)))).toBeLessThan(0.6);
  });

  it('lets other texts through meanwhile', async () => {
    const order: string[] = [];
    const fresh = createEncoder({ bundleDir: toyDir });
    await fresh.ready();
    const scan = fresh.scan(book).then(() => order.push('scan'));
    for (let i = 0; i < 5; i++) await fresh.encode(`in between ${i}`).then(() => order.push('encode'));
    await scan;
    expect(order).toEqual(['encode', 'encode', 'encode', 'encode', 'encode', 'scan']);
    await fresh.close();
  });

  it('stops when its signal says so', async () => {
    const fresh = createEncoder({ bundleDir: toyDir });
    await fresh.ready();
    const controller = new AbortController();
    const scan = fresh.scan(book, { signal: controller.signal });
    await fresh.encode('one result');
    controller.abort(new Error('enough'));
    await expect(scan).rejects.toThrow('enough');
    await expect(fresh.scan('short', { signal: controller.signal })).rejects.toThrow('enough');
    expect((await fresh.encode('goes on')).passes).toBe(1);
    await fresh.close();
  });

  it('rejects when the encoder is closed meanwhile or before', async () => {
    const fresh = createEncoder({ bundleDir: toyDir });
    await fresh.ready();
    const scan = fresh.scan(book).catch((error: unknown) => error);
    await fresh.close();
    expect(await scan).toMatchObject({ code: 'VSR_INFERENCE_UNAVAILABLE' });
    await expect(fresh.scan('x')).rejects.toMatchObject({ code: 'VSR_INFERENCE_UNAVAILABLE' });
  });
});

describe('scanText', () => {
  const encoded: Encoded = {
    embedding: new Float32Array(),
    heads: new Map(),
    spans: new Map(),
    tokens: 3,
    truncated: false,
    view: 'whole',
  };

  /** Records what is asked of it; `encode` waits until it is let go. */
  function source() {
    const waiting: { readonly text: string; readonly finish: () => void; readonly fail: () => void }[] = [];
    const scanSource: ScanSource = {
      plan: async (chunk, last) => planChunk(chunk, toyTokenizer.pieces(chunk), 100, last),
      encode: (text) =>
        new Promise((resolve, reject) => {
          waiting.push({
            text,
            finish: () => resolve({ encoded, passes: 1 }),
            fail: () => reject(new Error('broken')),
          });
        }),
    };
    return { waiting, source: scanSource };
  }

  const text = 'word '.repeat(2000);
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('has only a few windows under way, whatever comes back first', async () => {
    const { waiting, source: slow } = source();
    const scan = scanText(text, slow);
    // Always the latest of those under way comes back first.
    for (const open = new Set<number>(), begun = { count: 0 }; ; ) {
      await settle();
      for (; begun.count < waiting.length; begun.count++) open.add(begun.count);
      expect(open.size).toBeLessThanOrEqual(windowsInFlight);
      const latest = Math.max(...open);
      if (!open.delete(latest)) break;
      waiting[latest]?.finish();
    }
    const { windows, passes } = await scan;
    expect(passes).toBe(waiting.length);
    expect(windows.map(({ start, end }) => text.slice(start, end))).toEqual(waiting.map((w) => w.text));
    expect(windows.map(({ start }) => start)).toEqual(
      windows.map(({ start }) => start).sort((one, other) => one - other),
    );
  });

  it('begins nothing after a failure or an abort', async () => {
    for (const stop of ['fail', 'abort'] as const) {
      const { waiting, source: slow } = source();
      const controller = new AbortController();
      const scan = scanText(text, slow, { signal: controller.signal }).catch((error: unknown) => error);
      await settle();
      if (stop === 'fail') waiting[1]?.fail();
      else controller.abort(new Error('broken'));
      expect(await scan).toEqual(new Error('broken'));
      const begun = waiting.length;
      for (const { finish } of waiting) finish();
      await settle();
      expect(waiting.length).toBe(begun);
    }
  });
});
