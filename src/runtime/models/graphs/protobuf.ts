/**
 * Writes protocol buffer messages, as far as ONNX needs them.
 *
 * The wire format (https://protobuf.dev/programming-guides/encoding/): a message is a sequence of fields;
 * a field is a varint `number << 3 | wireType` and a payload, where wire type 0 is a varint, 2 is a length
 * and as many bytes, 5 is four bytes, little-endian. A repeated field is the same field several times.
 *
 * @module
 */

const utf8 = new TextEncoder();

/** One message under construction. Fields come out in the order of the calls. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Size of the message so far, in bytes. */
  get length(): number {
    return this.#length;
  }

  /** An int32, int64 or enum field. `value` must be a safe integer; negative ones take ten bytes. */
  integer(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint(field * 8 + 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#append(bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#append(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, value: Message): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.#length);
    for (const part of value.#parts) this.#append(part);
    return this;
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #append(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  #varint(value: number): void {
    this.#append(varintOf(value));
  }
}

/** @throws RangeError if `value` is no safe integer. */
function varintOf(value: number): Uint8Array {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer a message could hold`);
  const bytes: number[] = [];
  // Negative numbers are written as their two's complement of 64 bits.
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) + 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
