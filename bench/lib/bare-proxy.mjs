/**
 * The honest baseline: what a proxy that swaps the model costs at least with node:http and undici, with
 * nothing else in the path. No routing, no limits, no logs, no metrics.
 * `node bare-proxy.mjs PORT UPSTREAM_PORT`.
 *
 * @module
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(`http://127.0.0.1:${process.argv[3]}`, { connections: 128, pipelining: 1 });

/** Passes the answer of one request through, chunk by chunk, holding the upstream back when needed. */
class Handler {
  /** @param {import('node:http').ServerResponse} response */
  constructor(response) {
    this.response = response;
    /** @type {(() => void) | undefined} */
    this.abort = undefined;
    this.finished = false;
  }

  /** @param {() => void} abort */
  onConnect(abort) {
    this.abort = abort;
    this.response.once('close', () => {
      if (!this.finished) abort();
    });
  }

  /**
   * undici's raw form: headers come as buffers and need no object to be built from them.
   *
   * @param {number} status
   * @param {Buffer[]} headers
   * @param {() => void} resume
   */
  onHeaders(status, headers, resume) {
    const { response } = this;
    /** @type {string[]} */
    const out = [];
    for (let index = 0; index < headers.length; index += 2) {
      const name = /** @type {Buffer} */ (headers[index]).toString('latin1');
      const lower = name.toLowerCase();
      if (lower === 'connection' || lower === 'keep-alive' || lower === 'transfer-encoding') continue;
      out.push(name, /** @type {Buffer} */ (headers[index + 1]).toString('latin1'));
    }
    out.push('x-selected-model', 'upstream-model');
    response.writeHead(status, out);
    response.on('drain', resume);
    return true;
  }

  /** @param {Buffer} chunk */
  onData(chunk) {
    return this.response.write(chunk);
  }

  onComplete() {
    this.finished = true;
    this.response.end();
  }

  /** @param {Error} error */
  onError(error) {
    this.finished = true;
    if (this.response.headersSent) this.response.destroy(error);
    else this.response.writeHead(502).end();
  }
}

const headers = { 'content-type': 'application/json', accept: '*/*' };

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const first = chunks[0];
    const body = JSON.parse(
      chunks.length === 1 && first !== undefined ? first.toString() : Buffer.concat(chunks).toString(),
    );
    body.model = 'upstream-model';
    pool.dispatch(
      { path: '/v1/chat/completions', method: 'POST', headers, body: JSON.stringify(body) },
      new Handler(response),
    );
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
