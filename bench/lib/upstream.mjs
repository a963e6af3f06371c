/**
 * A model server that answers at once: what is left of a request's time is the gateway's.
 * `node upstream.mjs PORT`. `GET /last` returns the last chat body it was sent.
 *
 * @module
 */
import { createServer } from 'node:http';
import { chatAnswer, chatEvents } from './payloads.mjs';

const answer = chatAnswer();
const events = chatEvents();
const answerHeaders = ['content-type', 'application/json', 'content-length', String(answer.length)];
const eventHeaders = ['content-type', 'text/event-stream', 'cache-control', 'no-cache'];
const streamFlag = Buffer.from('"stream":true');
let last = Buffer.alloc(0);

/**
 * One event per turn of the event loop: a gateway then sees them one by one, as from a real model.
 *
 * @param {import('node:http').ServerResponse} response
 * @param {number} index
 */
function sendEvents(response, index) {
  const event = events[index];
  if (event === undefined) {
    response.end();
    return;
  }
  response.write(event);
  setImmediate(sendEvents, response, index + 1);
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': last.length });
    response.end(request.url === '/last' ? last : undefined);
    return;
  }
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const first = chunks[0];
    last = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    if (last.includes(streamFlag)) {
      response.writeHead(200, eventHeaders);
      sendEvents(response, 0);
    } else {
      response.writeHead(200, answerHeaders);
      response.end(answer);
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
