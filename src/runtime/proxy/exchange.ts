/**
 * One chat request from its first byte to its last.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ChatRequest, readChatRequest } from '../apis/chat.js';
import { completionJson, completionStream, type LocalCompletion } from '../apis/completion.js';
import { errorEnvelope, toVsrError } from '../apis/errors.js';
import type { Listener } from '../config/types.js';
import type { BlockAction } from '../decision/actions.js';
import { VsrError } from '../errors.js';
import { echoCompletion } from '../providers/echo.js';
import { isHeaderValue } from '../providers/header-names.js';
import { appendResponseHeaders, requestHeaders } from '../providers/headers.js';
import { type CallSink, OpenAiCall } from '../providers/openai.js';
import type { Endpoint } from '../providers/pool.js';
import { applyReasoning } from '../providers/reasoning.js';
import { broken, redirected, timedOut, unreachable } from '../providers/upstream-errors.js';
import type { Plan, Router, Target } from '../selection/types.js';
import { selectText } from '../signals/request.js';
import type { Caller, Identity } from '../signals/types.js';
import type { RequestRecord, ResponsePath, TokenUsage } from '../telemetry/record.js';
import { endAfterUpload, readBody } from './body.js';
import type { ProxyContext } from './context.js';
import { breakOff, endsTooEarly, isRedirect, reasonOf, type UpstreamHead } from './endings.js';
import { identityHeadersOf } from './identity.js';
import { OutgoingChat } from './outgoing.js';
import { requestIdOf } from './request-id.js';
import { pushCommonHeaders, pushDebugHeaders, pushPlanHeaders } from './response-headers.js';
import type { EndOfUse } from './router-holder.js';
import { UsageTail } from './usage.js';

/** Beyond this Node fires a timer at once. */
const maxTimerMs = 2 ** 31 - 1;

const clientHasLeft = new Error('the client has left');

export class Exchange implements CallSink, Caller, RequestRecord {
  readonly requestId: string;
  requestedModel: string | undefined;
  plan: Plan | undefined;
  stream = false;
  status = 0;
  path: ResponsePath = 'error';
  errorReason: string | undefined;
  routingMs: number | undefined;
  firstByteMs: number | undefined;
  totalMs = 0;
  usage: TokenUsage | undefined;

  readonly #context: ProxyContext;
  readonly #listener: Listener;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #identity: Identity | undefined;
  readonly #startedAt = performance.now();
  /** The one in force when the request came: its end may see another one. */
  readonly #router: Router;
  readonly #endOfUse: EndOfUse;
  #closed = false;
  #leaving: AbortController | undefined;
  #chat: ChatRequest | undefined;
  #outgoing: OutgoingChat | undefined;
  #target: Target | undefined;
  #endpoint: Endpoint | undefined;
  #tried: Endpoint[] | undefined;
  #call: OpenAiCall | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The endpoint's head, held back until its first body byte proves that the answer lives. */
  #head: UpstreamHead | undefined;
  #tail: UsageTail | undefined;
  #waitsForDrain = false;

  constructor(
    context: ProxyContext,
    listener: Listener,
    request: IncomingMessage,
    response: ServerResponse,
    identity: Identity | undefined,
  ) {
    this.#context = context;
    this.#listener = listener;
    this.#request = request;
    this.#response = response;
    this.#identity = identity;
    this.requestId = requestIdOf(request);
    this.#router = context.holder.router;
    this.#endOfUse = context.holder.use();
  }

  get endpointHost(): string | undefined {
    return this.#endpoint?.backend.url === undefined ? undefined : this.#endpoint.host;
  }

  /** Aborted when the client leaves while its request is being routed. */
  get signal(): AbortSignal {
    this.#leaving ??= new AbortController();
    if (this.#closed) this.#leaving.abort(clientHasLeft);
    return this.#leaving.signal;
  }

  /** Reads the request and sees it through. Never throws. */
  start(): void {
    this.#response.on('close', () => this.#onClose());
    const { maxBodyBytes } = this.#router.loaded.config.router;
    readBody(this.#request, maxBodyBytes, (body, error) => {
      if (this.#closed) return;
      if (body === undefined)
        this.#fail(error ?? new VsrError('VSR_INTERNAL', 'The body could not be read.'));
      else this.#guarded(() => this.#route(body));
    });
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(toVsrError(error));
    }
  }

  #route(body: Buffer): void {
    const chat = readChatRequest(body, this.#identity);
    this.#chat = chat;
    this.stream = chat.stream;
    this.requestedModel = chat.model;
    const router = this.#router;
    const debug = this.#wantsDebug();
    const evaluated = debug ? router.evaluate(chat, 'full', this) : router.plan(chat, this);
    if (evaluated instanceof Promise) {
      evaluated.then(
        (settled) => {
          if (!this.#closed)
            this.#guarded(() => this.#onPlan('plugins' in settled ? settled : router.select(settled, chat)));
        },
        (error: unknown) => {
          if (!this.#closed) this.#fail(toVsrError(error));
        },
      );
    } else this.#onPlan('plugins' in evaluated ? evaluated : router.select(evaluated, chat));
  }

  #wantsDebug(): boolean {
    return this.#request.headers['x-vsr-debug'] === 'true';
  }

  #onPlan(planned: Plan): void {
    const plan = this.#staying(planned);
    this.plan = plan;
    this.routingMs = performance.now() - this.#startedAt;
    const chat = this.#chat;
    if (chat === undefined) return;
    if (plan.block !== undefined) {
      this.#refuse(plan.block);
      return;
    }
    if (plan.plugins.length > 0) {
      const outgoing = new OutgoingChat(chat);
      this.#outgoing = outgoing;
      for (const plugin of plan.plugins) {
        const verdict = plugin.onRequest(outgoing);
        if (verdict.action === 'continue') continue;
        // Headers, log and metrics name no model where none is asked.
        this.plan = { ...plan, target: undefined, modelRef: undefined, reasoning: undefined };
        this.#answerLocally(verdict.path, {
          origin: 'fast',
          model: 'router',
          text: verdict.text,
          promptTokens: 0,
          completionTokens: 0,
        });
        return;
      }
    }
    const { target } = plan;
    if (target === undefined) {
      throw new VsrError(
        'VSR_NO_MODEL_SELECTED',
        'unable to route request: no model selected and no default model configured',
        { hint: 'Set `default_model` or add a decision that matches every request.', param: 'model' },
      );
    }
    this.#target = target;
    const modelId = JSON.stringify(target.upstreamModelId);
    if (chat.body.get('model') !== modelId) chat.body.set('model', modelId);
    const { pools } = this.#context;
    if (pools.loaded) this.#callNext(undefined);
    else
      pools.load().then(
        () => this.#guarded(() => this.#callNext(undefined)),
        (error: unknown) => this.#fail(toVsrError(error)),
      );
  }

  /** The plan, with the model of the tool loop that the request continues. */
  #staying(plan: Plan): Plan {
    const { toolLoops } = this.#context;
    const { config } = this.#router.loaded;
    const chat = this.#chat;
    const { stickiness } = config.router;
    if (chat === undefined || stickiness === undefined) return plan;
    const { headers } = this.#request;
    const named = stickiness.sessionHeaders.map((name) => headers[name]).find((value) => value !== undefined);
    const session = Array.isArray(named) ? named[0] : named;
    return toolLoops.follow(plan, chat, session, config.models, stickiness);
  }

  /** Tells the client that a decision refuses its request. */
  #refuse({ message, status }: BlockAction): void {
    if (status === 403) {
      this.#fail(new VsrError('VSR_BLOCKED', message), 'blocked');
      return;
    }
    this.#answerLocally('blocked', {
      origin: 'blocked',
      model: 'router',
      text: message,
      finishReason: 'content_filter',
      promptTokens: 0,
      completionTokens: 0,
    });
  }

  /** Calls the model's next endpoint; `cause` is why the one before could not be reached. */
  #callNext(cause: Error | undefined): void {
    const { plan } = this;
    const chat = this.#chat;
    const target = this.#target;
    if (this.#closed || plan === undefined || chat === undefined || target === undefined) return;
    const { pools } = this.#context;
    const { model } = target;
    const endpoint = pools.endpointsOf(model).next(this.#tried);
    if (endpoint === undefined) {
      if (cause !== undefined) throw unreachable(model.name, this.endpointHost ?? '', cause);
      throw new VsrError('VSR_UPSTREAM_UNREACHABLE', `Model \`${model.name}\` has no endpoint in rotation.`, {
        hint: 'Give it an endpoint with a weight above 0.',
      });
    }
    this.#endpoint = endpoint;
    if (endpoint.backend.provider === 'echo') {
      this.#answerLocally('echo', echoCompletion(chat, model.name, selectText(chat.messages)));
      return;
    }
    let { body } = chat;
    if (plan.reasoning !== undefined && model.reasoning !== undefined) {
      // On a copy: the next endpoint may speak another dialect.
      body = body.clone();
      applyReasoning(body, model.reasoning, endpoint.dialect, plan.reasoning);
    }
    const request = this.#request;
    const headers = requestHeaders(
      request.rawHeaders,
      request.headers.connection,
      endpoint.ownHeaders,
      this.#outgoing,
      this.requestId,
      identityHeadersOf(this.#router.loaded.config.identity).private,
    );
    const { timeoutMs } = this.#listener;
    if (timeoutMs > 0) this.#timer ??= setTimeout(onTimeout, Math.min(timeoutMs, maxTimerMs), this);
    const call = new OpenAiCall(this);
    this.#call = call;
    call.start(pools.poolOf(endpoint.origin), endpoint, headers, body.toString());
  }

  onHead(status: number, statusText: string, headers: readonly string[]): void {
    if (isRedirect(status, headers)) {
      this.#call?.abort();
      this.#fail(redirected(this.#target?.model.name ?? '', this.endpointHost ?? ''));
      return;
    }
    this.#head = { status, statusText, headers };
    this.firstByteMs = performance.now() - this.#startedAt;
    if (status < 400) this.#tail = new UsageTail();
    else this.errorReason = status >= 500 ? 'upstream_5xx' : 'upstream_4xx';
  }

  onData(chunk: Buffer): boolean {
    if (this.#closed) return true;
    const response = this.#response;
    if (!response.headersSent) {
      this.firstByteMs = performance.now() - this.#startedAt;
      this.#writeHead();
    }
    this.#tail?.push(chunk);
    if (response.write(chunk)) return true;
    if (!this.#waitsForDrain) {
      this.#waitsForDrain = true;
      response.on('drain', () => this.#call?.resume());
    }
    return false;
  }

  onEnd(): void {
    this.#call = undefined;
    if (this.#closed) return;
    const head = this.#head;
    if (head !== undefined && this.#tail !== undefined && endsTooEarly(head, this.#tail)) {
      const cause = new Error('the connection was closed where the answer is not finished');
      this.#fail(broken(this.#target?.model.name ?? '', this.endpointHost ?? '', cause));
      return;
    }
    if (!this.#response.headersSent) this.#writeHead();
    this.usage = this.#tail?.usage();
    this.#response.end();
  }

  onFailure(error: Error, sent: boolean): void {
    this.#call = undefined;
    if (this.#closed) return;
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return;
    if (!sent) {
      this.#tried ??= [];
      this.#tried.push(endpoint);
      this.#guarded(() => this.#callNext(error));
      return;
    }
    this.#fail(broken(this.#target?.model.name ?? '', endpoint.host, error));
  }

  /** The whole answer took too long. */
  expire(): void {
    if (this.#closed) return;
    if (this.#response.writableEnded) {
      // The endpoint has done its part; it is the client that does not read.
      this.#request.socket.destroy();
      return;
    }
    this.#call?.abort();
    this.#fail(timedOut(this.#target?.model.name ?? '', this.endpointHost ?? '', this.#listener.timeoutMs));
  }

  #writeHead(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.status = head.status;
    this.path = 'upstream';
    const headers = this.#ownHeaders('upstream', head.status < 400);
    appendResponseHeaders(headers, head.headers);
    this.#begin(head.status, head.statusText, headers);
  }

  #ownHeaders(path: ResponsePath, ok: boolean): string[] {
    const headers: string[] = [];
    pushCommonHeaders(headers, this.requestId, path);
    const { plan } = this;
    if (plan === undefined) return headers;
    pushPlanHeaders(headers, plan, ok);
    if (ok && this.#outgoing?.systemPromptInjected === true)
      headers.push('x-vsr-injected-system-prompt', 'true');
    if (this.#wantsDebug()) {
      pushDebugHeaders(headers, plan.evaluation, {
        routingMs: this.routingMs ?? 0,
        firstByteMs: this.firstByteMs,
      });
    }
    return headers;
  }

  #begin(status: number, statusText: string, headers: string[]): void {
    const response = this.#response;
    if (this.#context.activity.draining) response.shouldKeepAlive = false;
    // Node takes no reason phrase with characters beyond Latin-1, and would refuse every further head after one.
    const phrase = statusText === '' || !isHeaderValue(statusText) ? undefined : statusText;
    response.writeHead(status, phrase, headers);
  }

  #answerLocally(path: 'fast_response' | 'blocked' | 'echo', completion: LocalCompletion): void {
    const body = this.stream
      ? completionStream(completion, this.#chat?.includeUsage === true)
      : completionJson(completion);
    this.status = 200;
    this.path = path;
    this.firstByteMs = performance.now() - this.#startedAt;
    const { promptTokens, completionTokens } = completion;
    if (path === 'echo') this.usage = { promptTokens, completionTokens };
    const headers = this.#ownHeaders(path, true);
    if (path === 'fast_response') headers.push('x-vsr-fast-response', 'true');
    if (this.stream)
      headers.push('content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache');
    else headers.push('content-type', 'application/json');
    headers.push('content-length', String(Buffer.byteLength(body)));
    this.#begin(200, '', headers);
    this.#response.end(body);
  }

  #fail(error: VsrError, path: 'error' | 'blocked' = 'error'): void {
    if (this.#closed) return;
    // A refusal is what the configuration asks for, no failure.
    if (path === 'error') this.errorReason = reasonOf(error);
    const response = this.#response;
    if (response.headersSent) {
      breakOff(this.#request.socket, response, this.#head, this.#tail, error);
      return;
    }
    const body = errorEnvelope(error);
    this.status = error.httpStatus;
    this.path = path;
    const headers = this.#ownHeaders(path, path === 'blocked');
    headers.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)));
    const unread = !this.#request.complete;
    if (unread) response.shouldKeepAlive = false;
    this.#begin(error.httpStatus, '', headers);
    if (unread) endAfterUpload(this.#request, response, body);
    else response.end(body);
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endOfUse();
    clearTimeout(this.#timer);
    this.#call?.abort();
    if (this.plan === undefined) this.#leaving?.abort(clientHasLeft);
    if (!this.#response.writableFinished) this.errorReason ??= 'client_closed';
    this.totalMs = performance.now() - this.#startedAt;
    this.#context.observer.observe(this);
  }
}

function onTimeout(exchange: Exchange): void {
  exchange.expire();
}
