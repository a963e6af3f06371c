/**
 * What the models have said of the texts of one request, so that families that read the same text share it.
 *
 * @module
 */
import { modelNames } from '../classify/models.js';
import { VsrError } from '../errors.js';
import type {
  Encoded,
  EncodeOptions,
  EncodeResult,
  Encoder,
  ScanOptions,
  ScanResult,
} from '../inference/types.js';
import { SharedWork } from './shared-work.js';

/** Outputs by registry name; undefined: whatever the model family gives. */
export type Wants = EncodeOptions['wants'];

/** Whether an answer holds all that is wanted, so that nothing has to run for it. */
function holds(encoded: Encoded, wants: Wants): boolean {
  return (
    wants?.every((name) =>
      name === modelNames.embedding
        ? encoded.embedding.length > 0
        : encoded.heads.has(name) || encoded.spans.has(name),
    ) ?? false
  );
}

/** One reading of a text out of two that wanted different outputs: what was known stays known. */
export function joinReadings(known: Encoded, more: Encoded): Encoded {
  return {
    ...more,
    embedding: more.embedding.length > 0 ? more.embedding : known.embedding,
    heads: new Map([...known.heads, ...more.heads]),
    spans: new Map([...known.spans, ...more.spans]),
  };
}

/** One text: the answers that came, and the questions under way by what they want. */
interface TextState {
  readonly answers: Encoded[];
  readonly passes: Map<string, Promise<EncodeResult>>;
  readonly scans: Map<string, SharedWork<ScanResult>>;
}

const keyOf = (wants: Wants): string => wants?.join('\n') ?? '';

export class Readings {
  readonly #encoder: Encoder | undefined;
  readonly #texts = new Map<string, TextState>();

  /** @param encoder Undefined when no model can be loaded: every reading is then refused. */
  constructor(encoder: Encoder | undefined) {
    this.#encoder = encoder;
  }

  #stateOf(text: string): TextState {
    let state = this.#texts.get(text);
    if (state === undefined) {
      state = { answers: [], passes: new Map(), scans: new Map() };
      this.#texts.set(text, state);
    }
    return state;
  }

  /** The same promise for the same text and wants; an answer that holds more serves as well. */
  encode(text: string, wants: Wants): Promise<EncodeResult> {
    const state = this.#stateOf(text);
    const key = keyOf(wants);
    const known = state.passes.get(key);
    if (known !== undefined) return known;
    const answer = state.answers.find((encoded) => holds(encoded, wants));
    const promise =
      answer === undefined ? this.#run(state, text, wants) : Promise.resolve({ encoded: answer, passes: 0 });
    state.passes.set(key, promise);
    return promise;
  }

  async #run(state: TextState, text: string, wants: Wants): Promise<EncodeResult> {
    const encoder = this.#encoder ?? noModel();
    const result = await encoder.encode(text, { wants });
    state.answers.push(result.encoded);
    return result;
  }

  /**
   * A text that one run holds and that was read is not read again. A scan stops when the `signal` of everybody
   * who asked for it is aborted.
   */
  scan(text: string, { wants, signal }: ScanOptions = {}): Promise<ScanResult> {
    const state = this.#stateOf(text);
    const key = keyOf(wants);
    const known = state.scans.get(key);
    if (known !== undefined && !known.stopped) return known.join(signal);
    const whole = state.answers.find((encoded) => encoded.view === 'whole' && holds(encoded, wants));
    const scan = new SharedWork((stop) =>
      whole === undefined
        ? this.#scan(state, text, { wants, signal: stop })
        : Promise.resolve({ windows: [{ start: 0, end: text.length, encoded: whole }], passes: 0 }),
    );
    state.scans.set(key, scan);
    return scan.join(signal);
  }

  async #scan(state: TextState, text: string, options: ScanOptions): Promise<ScanResult> {
    const encoder = this.#encoder ?? noModel();
    const result = await encoder.scan(text, options);
    const [only, ...more] = result.windows;
    const whole = only !== undefined && more.length === 0 && only.start === 0 && only.end === text.length;
    if (whole) state.answers.push(only.encoded);
    return result;
  }
}

function noModel(): never {
  throw new VsrError('VSR_INFERENCE_UNAVAILABLE', 'No model is loaded.');
}
