// The first routed answer: starts the built router on its embedded defaults, asks it one question over
// HTTP as any OpenAI client would, prints what was decided and answered, and stops it.
import { request } from 'node:http';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { execaNode } from 'execa';

const prompt = process.argv.slice(2).join(' ') || 'What is the derivative of x squared?';
const cli = fileURLToPath(new URL('../dist/bin/vllm-sr.js', import.meta.url));
const [port, apiPort] = [await freePort(), await freePort()];

const router = execaNode(
  cli,
  ['serve', '--embedded', '--port', String(port), '--api-port', String(apiPort)],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
  },
);
try {
  await waitUntilReady();
  const answer = await chat();
  console.log(`\nAsked:     ${prompt}`);
  for (const name of ['decision', 'category', 'confidence', 'model']) {
    const value = answer.headers[`x-vsr-selected-${name}`];
    if (value !== undefined) console.log(`${`${name}:`.padEnd(10)} ${decodeURIComponent(value)}`);
  }
  console.log(`Answered:  ${answer.body.choices[0].message.content}`);
} finally {
  router.kill('SIGTERM');
  await router;
}

async function chat() {
  const body = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: prompt }] });
  const response = await send(port, '/v1/chat/completions', 'POST', body);
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${response.text}`);
  return { headers: response.headers, body: JSON.parse(response.text) };
}

async function waitUntilReady() {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (router.exitCode !== null) throw new Error(`the router ended with exit code ${router.exitCode}`);
    const ready = await send(apiPort, '/ready', 'GET').catch(() => undefined);
    if (ready?.status === 200) return;
    if (Date.now() > deadline) throw new Error('the router was not ready within 60 seconds');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function send(targetPort, path, method, body) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: targetPort, path, method }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    outgoing.on('error', reject);
    if (body !== undefined) outgoing.setHeader('content-type', 'application/json');
    outgoing.end(body);
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port: chosen } = server.address();
      server.close(() => resolve(chosen));
    });
  });
}
