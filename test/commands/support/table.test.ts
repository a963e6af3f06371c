import { describe, expect, it } from 'vitest';
import { mapInOrder } from '../../../src/commands/support/lines.js';
import { renderTable } from '../../../src/commands/support/table.js';
import { cut, displayWidth, oneLine, wrap } from '../../../src/commands/support/text.js';

const columns = [
  { header: 'name' },
  { header: 'ms', align: 'right' },
  { header: 'found', flexible: true },
] as const;
const rows = [
  ['short', '1.0', 'a much longer text that does not fit'],
  ['数学', '10.0', 'x'],
];

describe('renderTable', () => {
  it('is as wide as its content in pipes', () => {
    expect(renderTable(columns, rows, { width: undefined })).toMatchInlineSnapshot(`
      "name     ms  found
      short   1.0  a much longer text that does not fit
      数学   10.0  x
      "
    `);
  });

  it('cuts the flexible column to the terminal', () => {
    const text = renderTable(columns, rows, { width: 40, indent: 2 });
    expect(text).toMatchInlineSnapshot(`
      "  name     ms  found
        short   1.0  a much longer text that…
        数学   10.0  x
      "
    `);
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(40);
  });

  it('is empty without rows', () => {
    expect(renderTable(columns, [], { width: 80 })).toBe('');
  });

  it('colours without moving columns', () => {
    const plain = renderTable(columns, rows, { width: 50 });
    const painted = renderTable(columns, rows, {
      width: 50,
      paint: (cell) => `<${cell}>`,
      paintHeader: (cell) => `<${cell}>`,
    });
    expect(painted.replace(/[<>]/g, '')).toBe(plain);
  });
});

describe('text', () => {
  it('measures wide and invisible characters', () => {
    expect(displayWidth('a数e\u0301😀')).toBe(6);
  });

  it('cuts whole characters', () => {
    expect(cut('数学数学', 5)).toBe('数学…');
    expect(cut('abc', 3)).toBe('abc');
  });

  it('makes one harmless line', () => {
    expect(oneLine(' a\n\tb\u001b[31m\u202e ')).toBe('a b\ufffd[31m\ufffd');
  });

  it('wraps at spaces', () => {
    expect(wrap('one two three-hundred four', 8)).toEqual(['one two', 'three-hundred', 'four']);
  });
});

describe('mapInOrder', () => {
  it('keeps the order and the limit', async () => {
    let running = 0;
    let most = 0;
    async function* items() {
      for (let n = 0; n < 20; n++) yield n;
    }
    const seen: number[] = [];
    const work = async (item: number) => {
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, (item * 7) % 5));
      running--;
      return item;
    };
    for await (const n of mapInOrder(items(), 4, work, new AbortController().signal)) seen.push(n);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(most).toBeLessThanOrEqual(4);
  });
});
