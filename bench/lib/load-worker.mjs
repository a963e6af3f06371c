/**
 * Load generator: keeps `connections` requests in flight for a time and reports latencies.
 *
 * Plain sockets and prepared bytes instead of an HTTP client, because on two cores the generator must cost
 * much less than what it measures. It reads what the answers of these benches need: status line,
 * `content-length` or chunked framing.
 *
 * Started by `load.mjs`; takes a job per message and answers each with a result.
 *
 * @module
 */
import { Socket } from 'node:net';
import { counterMark } from './payloads.mjs';
import { percentile } from './stats.mjs';

/**
 * @typedef {{port: number, path: string, headers: Record<string, string>, body: string,
 *   connections: number, durationMs: number, distinct: boolean}} Job
 * @typedef {{requests: number, failures: number, firstFailure: string, elapsedMs: number,
 *   p50: number, p99: number, bytes: number}} Result Latencies in milliseconds.
 */

const headerEnd = Buffer.from('\r\n\r\n');
const chunkedEnd = Buffer.from('\r\n0\r\n\r\n');
/** Numbers of distinct requests go on from job to job: a text used once is in the memory of the router. */
let counter = (Date.now() % 90_000) * 1000;

class Connection {
  /**
   * @param {Job} job
   * @param {Result} result
   * @param {Buffer} request
   * @param {number} mark Offset of the counter in `request`; -1 for identical requests.
   * @param {() => boolean} next Whether to send another request.
   * @param {() => void} done
   */
  constructor(job, result, request, mark, next, done) {
    this.job = job;
    this.result = result;
    // A copy of its own: the socket may still hold the bytes when another connection counts up.
    this.request = Buffer.from(request);
    this.mark = mark;
    this.next = next;
    this.done = done;
    this.latencies = /** @type {number[]} */ ([]);
    this.started = 0;
    this.reset();
    this.connect();
  }

  reset() {
    this.head = /** @type {Buffer | undefined} */ (undefined);
    this.status = 0;
    /** Body bytes still to come; -1 while in the header, -2 for a chunked body. */
    this.remaining = -1;
    this.tail = Buffer.alloc(0);
  }

  connect() {
    const socket = new Socket();
    socket.setNoDelay(true);
    this.socket = socket;
    this.open = true;
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', (error) => this.lost(error.message));
    socket.on('close', () => this.lost('connection closed'));
    socket.connect(this.job.port, '127.0.0.1', () => this.send());
  }

  /** @param {string} reason */
  lost(reason) {
    if (!this.open) return;
    this.open = false;
    this.fail(reason);
    if (this.next()) {
      this.reset();
      setTimeout(() => this.connect(), 5);
    } else this.done();
  }

  /** @param {string} reason */
  fail(reason) {
    if (this.result.failures++ === 0) this.result.firstFailure = reason;
  }

  send() {
    if (this.mark >= 0) this.request.write(String(counter++ % 1e8).padStart(8, '0'), this.mark, 'latin1');
    this.started = performance.now();
    this.socket?.write(this.request);
  }

  /** @param {Buffer} chunk */
  read(chunk) {
    this.result.bytes += chunk.length;
    let body = chunk;
    if (this.remaining === -1) {
      const head = this.head === undefined ? chunk : Buffer.concat([this.head, chunk]);
      const end = head.indexOf(headerEnd);
      if (end < 0) {
        this.head = head;
        return;
      }
      const text = head.latin1Slice(0, end);
      this.status = Number(text.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
      this.remaining = length === undefined ? -2 : Number(length);
      body = head.subarray(end + 4);
    }
    if (this.remaining === -2) {
      // The last chunk may be cut anywhere, so the end is looked for in the last bytes seen so far.
      const tail = body.length >= 7 ? body.subarray(-7) : Buffer.concat([this.tail, body]).subarray(-7);
      this.tail = tail;
      if (tail.equals(chunkedEnd)) this.complete();
      return;
    }
    this.remaining -= body.length;
    if (this.remaining <= 0) this.complete();
  }

  complete() {
    this.latencies.push(performance.now() - this.started);
    if (this.status === 200) this.result.requests++;
    else this.fail(`status ${this.status}`);
    this.reset();
    if (this.next()) this.send();
    else {
      this.open = false;
      this.socket?.destroy();
      this.done();
    }
  }
}

/** @param {Job} job @returns {Promise<Result>} */
function run(job) {
  const body = Buffer.from(job.body);
  const head = [
    `POST ${job.path} HTTP/1.1`,
    `host: 127.0.0.1:${job.port}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...Object.entries(job.headers).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n');
  const request = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
  const mark = job.distinct ? request.indexOf(counterMark) : -1;
  /** @type {Result} */
  const result = {
    requests: 0,
    failures: 0,
    firstFailure: '',
    elapsedMs: 0,
    p50: 0,
    p99: 0,
    bytes: 0,
  };
  return new Promise((resolve) => {
    const started = performance.now();
    const deadline = started + job.durationMs;
    let open = job.connections;
    /** @type {Connection[]} */
    const connections = [];
    const next = () => performance.now() < deadline;
    const done = () => {
      if (--open > 0) return;
      result.elapsedMs = performance.now() - started;
      const latencies = connections.flatMap((connection) => connection.latencies);
      result.p50 = percentile(latencies, 0.5);
      result.p99 = percentile(latencies, 0.99);
      resolve(result);
    };
    for (let index = 0; index < job.connections; index++) {
      connections.push(new Connection(job, result, request, mark, next, done));
    }
  });
}

process.on('message', async (/** @type {Job} */ job) => {
  process.send?.(await run(job));
});
process.on('disconnect', () => process.exit(0));
