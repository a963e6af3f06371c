import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Message } from '../../../../src/runtime/models/graphs/protobuf.js';

/** Reads a varint as two's complement of 64 bits. */
function varint(bytes: Uint8Array, at: number): { value: bigint; end: number } {
  let value = 0n;
  let end = at;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[end++] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value: BigInt.asIntN(64, value), end };
  }
}

describe('a message', () => {
  test('holds any safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 30 }), (value, field) => {
        const bytes = new Message().integer(field, value).finish();
        const tag = varint(bytes, 0);
        expect(tag.value).toBe(BigInt(field << 3));
        expect(varint(bytes, tag.end)).toEqual({ value: BigInt(value), end: bytes.length });
      }),
    );
  });

  // The examples of https://protobuf.dev/programming-guides/encoding/.
  test.each([
    ['an integer', new Message().integer(1, 150), '089601'],
    ['a negative one', new Message().integer(1, -2), '08feffffffffffffffff01'],
    ['a text', new Message().string(2, 'testing'), '120774657374696e67'],
    ['a message', new Message().message(3, new Message().integer(1, 150)), '1a03089601'],
    ['a float', new Message().float(2, 1.5), '150000c03f'],
  ])('has %s in the wire format', (_, message, hex) => {
    expect(Buffer.from(message.finish()).toString('hex')).toBe(hex);
    expect(message.length).toBe(hex.length / 2);
  });

  test('holds no fraction', () => {
    expect(() => new Message().integer(1, 0.5)).toThrow(RangeError);
  });
});
