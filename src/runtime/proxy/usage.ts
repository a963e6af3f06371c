/**
 * Finds the token usage in the last bytes of an answer, whether JSON or a stream, or in its first ones, without keeping
 * the answer.
 *
 * @module
 */
import type { TokenUsage } from '../telemetry/record.js';

/** Usage objects stand at the end, and are a few hundred bytes. */
const keptBytes = 4096;
/** Some servers write theirs before the choices. */
const keptAtStart = 1024;

export class UsageTail {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #start = '';

  push(chunk: Buffer): void {
    if (this.#start.length < keptAtStart)
      this.#start += chunk.toString('latin1', 0, keptAtStart - this.#start.length);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    let first = this.#chunks[0];
    while (first !== undefined && this.#bytes - first.length >= keptBytes) {
      this.#chunks.shift();
      this.#bytes -= first.length;
      first = this.#chunks[0];
    }
  }

  /** The last bytes, at most `count`. */
  end(count: number): string {
    const last = this.#chunks.at(-1);
    if (last === undefined) return '';
    if (last.length >= count || this.#chunks.length === 1) return last.subarray(-count).toString('latin1');
    return Buffer.concat(this.#chunks).subarray(-count).toString('latin1');
  }

  /** Usage as the model reported it; undefined if it did not. */
  usage(): TokenUsage | undefined {
    return usageIn(this.end(keptBytes)) ?? this.#usageAtStart();
  }

  /** Usage that ends within what is kept of the start: a number that is cut off there would be another one. */
  #usageAtStart(): TokenUsage | undefined {
    const end = this.#start.lastIndexOf('}');
    const usage = usageIn(this.#start.slice(0, end + 1));
    return usage === undefined || usage.completionTokens === 0 ? undefined : usage;
  }
}

/** The last usage that has numbers: servers that are asked for none in a stream write `null`. */
function usageIn(text: string): TokenUsage | undefined {
  // Inside the answer's own text the quotes would be escaped, so this is the member.
  for (
    let at = text.lastIndexOf('"usage"');
    at >= 0;
    at = at === 0 ? -1 : text.lastIndexOf('"usage"', at - 1)
  ) {
    const promptTokens = numberAfter(text, '"prompt_tokens"', at);
    const completionTokens = numberAfter(text, '"completion_tokens"', at);
    if (promptTokens === undefined && completionTokens === undefined) continue;
    return { promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0 };
  }
  return undefined;
}

const zero = 0x30;
const nine = 0x39;
const maxDigits = 15;

/** The number that follows `name` and a colon; undefined if there is none. */
function numberAfter(text: string, name: string, from: number): number | undefined {
  const found = text.indexOf(name, from);
  if (found === -1) return undefined;
  let at = skipSpace(text, found + name.length);
  if (text[at] !== ':') return undefined;
  at = skipSpace(text, at + 1);
  let value: number | undefined;
  for (const end = at + maxDigits; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (!(unit >= zero && unit <= nine)) break;
    value = (value ?? 0) * 10 + unit - zero;
  }
  return value;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return at;
}
