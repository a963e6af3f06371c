/**
 * Finds the token usage in the last bytes of an answer, whether JSON or a stream, without keeping the
 * answer.
 *
 * @module
 */
import type { TokenUsage } from '../telemetry/record.js';

/** Usage objects stand at the end, and are a few hundred bytes. */
const keptBytes = 4096;

export class UsageTail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
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
    const text = this.end(keptBytes);
    // Inside the answer's own text the quotes would be escaped, so this is the member.
    const at = text.lastIndexOf('"usage"');
    if (at === -1) return undefined;
    const promptTokens = numberAfter(text, '"prompt_tokens"', at);
    const completionTokens = numberAfter(text, '"completion_tokens"', at);
    if (promptTokens === undefined && completionTokens === undefined) return undefined;
    return { promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0 };
  }
}

function numberAfter(text: string, name: string, from: number): number | undefined {
  const at = text.indexOf(name, from);
  if (at === -1) return undefined;
  const match = /^\s*:\s*(\d{1,15})/.exec(text.slice(at + name.length, at + name.length + 40));
  return match === null ? undefined : Number(match[1]);
}
