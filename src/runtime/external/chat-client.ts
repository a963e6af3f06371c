/**
 * Asks language models of other servers: one question, one short answer.
 *
 * @module
 */
import type { Dispatcher } from 'undici';
import { messageOf, VsrError } from '../errors.js';
import { excerptOf } from './excerpt.js';
import type { ExternalModel } from './external-models.js';
import { SharedCalls } from './shared-calls.js';

export interface ChatMessage {
  readonly role: 'system' | 'user';
  readonly content: string;
}

const rememberedAnswers = 4096;
const mostBytes = 1024 * 1024;
const connections = 16;

interface Answer {
  readonly text: string;
}

/** One external model. Questions that are asked again, or at the same time, cost one call. */
export class ChatClient {
  readonly model: ExternalModel;
  readonly #calls: SharedCalls<Answer>;
  #agent: Promise<Dispatcher> | undefined;
  #closed = false;

  constructor(model: ExternalModel) {
    this.model = model;
    this.#calls = new SharedCalls({ entries: rememberedAnswers, ttlMs: model.cacheTtlMs });
  }

  /**
   * Text of the model's answer, at temperature 0. Rejects with `VSR_UPSTREAM_*` if there is none in time, and with the
   * reason of `signal` when it is aborted.
   */
  async ask(messages: readonly ChatMessage[], signal?: AbortSignal): Promise<string> {
    const question = messages.flatMap(({ role, content }) => [role, content]);
    const { text } = await this.#calls.ask(question, (given) => this.#call(messages, given), signal);
    return text;
  }

  /** Opens what the first question would otherwise wait for. */
  async warmUp(): Promise<void> {
    await this.#connections();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#agent)?.destroy();
  }

  #connections(): Promise<Dispatcher> {
    if (this.#closed && this.#agent === undefined) {
      const message = `external model \`${this.model.name}\` is closed with its configuration`;
      return Promise.reject(new VsrError('VSR_UPSTREAM_UNREACHABLE', message));
    }
    this.#agent ??= import('undici').then(({ Agent }) => new Agent({ connections, connectTimeout: 5_000 }));
    return this.#agent;
  }

  async #call(messages: readonly ChatMessage[], given: AbortSignal): Promise<Answer> {
    const { url, apiKey, model, maxTokens, timeoutMs, name } = this.model;
    const agent = await this.#connections();
    const late = AbortSignal.timeout(timeoutMs);
    const { origin, pathname, search } = new URL(url);
    try {
      const response = await agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify({ model, messages, temperature: 0, max_tokens: maxTokens, stream: false }),
        signal: AbortSignal.any([given, late]),
      });
      const body = await bodyOf(response.body, name);
      if (response.statusCode !== 200) {
        const message = `external model \`${name}\` answered with status ${response.statusCode}`;
        throw new VsrError('VSR_UPSTREAM_BROKEN', `${message}: ${excerptOf(body, 'an empty body')}`);
      }
      return { text: contentOf(body, name) };
    } catch (error) {
      if (given.aborted) throw given.reason;
      if (late.aborted) {
        throw new VsrError(
          'VSR_UPSTREAM_TIMEOUT',
          `external model \`${name}\` did not answer within ${timeoutMs / 1000} s`,
          { cause: error },
        );
      }
      if (error instanceof VsrError) throw error;
      throw new VsrError(
        'VSR_UPSTREAM_UNREACHABLE',
        `external model \`${name}\` cannot be reached at ${origin}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}

async function bodyOf(body: Dispatcher.ResponseData['body'], name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > mostBytes) {
      throw new VsrError('VSR_UPSTREAM_BROKEN', `external model \`${name}\` answered with more than 1 MiB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function contentOf(body: string, name: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new VsrError(
      'VSR_UPSTREAM_BROKEN',
      `external model \`${name}\` answered with no JSON: ${excerptOf(body, 'an empty body')}`,
    );
  }
  const [choice] = listIn(fieldsOf(parsed).choices);
  const { content } = fieldsOf(fieldsOf(choice).message);
  if (typeof content === 'string') return content;
  throw new VsrError(
    'VSR_UPSTREAM_BROKEN',
    `external model \`${name}\` answered with no text: ${excerptOf(body, 'an empty body')}`,
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
