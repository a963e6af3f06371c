/**
 * Requests and rules for tests of signal families.
 *
 * @module
 */
import type { RoutingRequest } from '../../../src/runtime/apis/types.js';
import type { Encoded, Encoder, HeadOutput } from '../../../src/runtime/inference/types.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import type {
  MessageView,
  SignalDependencies,
  SignalFamily,
  SignalOutcome,
} from '../../../src/runtime/signals/types.js';

export function routingRequest(
  messages: readonly MessageView[],
  more: Partial<RoutingRequest> = {},
): RoutingRequest {
  return {
    model: 'auto',
    stream: false,
    messages,
    structuredChars: 0,
    imageCount: 0,
    toolCallCount: 0,
    toolDefinitionCount: 0,
    maxOutputTokens: undefined,
    ...more,
  };
}

export const userSays = (text: string): RoutingRequest => routingRequest([{ role: 'user', text }]);

/** Issues of raw rules: those of the schema, else those of `check`. */
export function issuesOf<Rule extends { readonly name: string }>(
  family: SignalFamily<Rule>,
  ...raw: readonly unknown[]
): string[] {
  const issues: string[] = [];
  const rules: Rule[] = [];
  raw.forEach((rule, index) => {
    const parsed = family.schema.safeParse(rule);
    if (parsed.success) rules.push(parsed.data);
    else
      for (const issue of parsed.error.issues)
        issues.push(`${index}.${issue.path.join('.')}: ${issue.message}`);
  });
  if (issues.length === 0) {
    family.check?.(rules, (index, path, message) => issues.push(`${[index, ...path].join('.')}: ${message}`));
  }
  return issues;
}

/** Outcome of one raw rule for a text or request. */
export async function outcome<Rule extends { readonly name: string }>(
  family: SignalFamily<Rule>,
  raw: unknown,
  request: string | RoutingRequest,
  encoder?: Encoder,
  more: Partial<SignalDependencies> = {},
): Promise<SignalOutcome> {
  const [rule] = family.compile([family.schema.parse(raw)], { encoder, ...more });
  if (rule === undefined) throw new Error('no rule was compiled');
  return rule.evaluate(
    createSignalRequest(typeof request === 'string' ? userSays(request) : request, encoder),
  );
}

export interface FakeEncoder extends Encoder {
  /** Texts that were encoded, in order. */
  readonly texts: string[];
}

export function encoded(embedding: readonly number[], heads: readonly HeadOutput[] = []): Encoded {
  return {
    embedding: Float32Array.from(embedding),
    heads: new Map(heads.map((head) => [head.model, head])),
    spans: new Map(),
    tokens: 3,
    truncated: false,
    view: 'whole',
  };
}

export function fakeEncoder(read: (text: string) => Encoded): FakeEncoder {
  const texts: string[] = [];
  return {
    texts,
    state: 'ready',
    heads: [],
    tokenHeads: new Map(),
    bundleHash: '0',
    ready: async () => {},
    async encode(text) {
      texts.push(text);
      return { encoded: read(text), passes: 1 };
    },
    async scan(text) {
      texts.push(text);
      return { windows: [{ start: 0, end: text.length, encoded: read(text) }], passes: 1 };
    },
    close: async () => {},
  };
}
