/**
 * `fetch` over connections of our own, for libraries that ask for one: the global function is slow, and its
 * connections cannot be closed.
 *
 * @module
 */
import type { Dispatcher } from 'undici';

const withoutBody: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** Reads text bodies alone, which is what those libraries send. Redirects are answers like others. */
export function fetchVia(agent: Dispatcher): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const { origin, pathname, search } = new URL(url);
    const { body } = init;
    if (body !== undefined && body !== null && typeof body !== 'string') {
      throw new TypeError('only text can be sent');
    }
    const {
      statusCode,
      headers,
      body: answer,
    } = await agent.request({
      origin,
      path: pathname + search,
      method: methodOf(init.method),
      headers: Object.fromEntries(new Headers(init.headers)),
      body: body ?? null,
      signal: init.signal ?? null,
    });
    const names = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one]),
    );
    if (withoutBody.has(statusCode)) await answer.dump();
    return new Response(withoutBody.has(statusCode) ? null : streamOf(answer), {
      status: statusCode,
      headers: names,
    });
  };
}

function methodOf(method = 'GET'): Dispatcher.HttpMethod {
  switch (method.toUpperCase()) {
    case 'POST':
      return 'POST';
    case 'DELETE':
      return 'DELETE';
    case 'GET':
      return 'GET';
    default:
      throw new TypeError(`${method} is not supported`);
  }
}

/** By hand: Node's own conversion has crashed processes when streams were cut. */
function streamOf(body: Dispatcher.ResponseData['body']): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(Buffer.from(value));
    },
    async cancel() {
      body.destroy();
    },
  });
}
