/**
 * A classifying server of the Model Context Protocol, written from the protocol alone, for tests. As a program it
 * speaks on stdin and stdout; as a module it gives the answers for other transports.
 *
 * How it behaves comes as JSON, in the environment variable MCP_TEST or to `createMcpClassifier`:
 * tools: names (default classify_text, list_categories); categories; answer: fields over {class, confidence};
 * mode: 'text' (default), 'structured', 'fenced', 'prose', 'error', 'silent', 'exit' (ends after `lives` calls); raw:
 * the whole answer instead; junk: lines on stdout that are no messages; log: file that gets a line per call.
 */
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const words = { math: 'derivative integral equation', law: 'contract court tenant', other: '' };

export function createMcpClassifier(options = {}) {
  const {
    tools = ['classify_text', 'list_categories'],
    categories = Object.keys(words),
    answer = {},
    mode = 'text',
    lives = Number.POSITIVE_INFINITY,
    log,
    argument = 'text',
    description = 'Sorts texts.',
  } = options;
  const state = { calls: 0, lists: 0, categories, onExit: () => process.exit(3) };
  const note = (line) => log !== undefined && appendFileSync(log, `${line}\n`);
  note('start');

  function classify(args) {
    const text = String(args[argument] ?? '').toLowerCase();
    const found = state.categories.findIndex((name) =>
      (words[name] ?? name).split(' ').some((word) => word !== '' && text.includes(word)),
    );
    const index = found === -1 ? state.categories.length - 1 : found;
    const confidence = found === -1 ? 0.4 : 0.9;
    const rest = (1 - confidence) / Math.max(1, state.categories.length - 1);
    return {
      class: index,
      confidence,
      ...(args.with_probabilities === true
        ? { probabilities: state.categories.map((_, at) => (at === index ? confidence : rest)) }
        : {}),
      ...answer,
    };
  }

  function call(name, args) {
    note(`${name} ${JSON.stringify(args)}`);
    if (name === 'list_categories') {
      state.lists++;
      return { content: [{ type: 'text', text: JSON.stringify({ categories: state.categories }) }] };
    }
    state.calls++;
    if (state.calls > lives) {
      state.onExit();
      return undefined;
    }
    if (mode === 'silent') return undefined;
    if (mode === 'error') return { isError: true, content: [{ type: 'text', text: 'the model is on fire' }] };
    if (mode === 'prose') return { content: [{ type: 'text', text: 'It is about mathematics, I think.' }] };
    const result = options.raw ?? classify(args);
    if (mode === 'fenced') {
      const text = `Let me see.\n\`\`\`json\n${JSON.stringify(result)}\n\`\`\`\nDone.`;
      return { content: [{ type: 'text', text }] };
    }
    return mode === 'structured'
      ? { content: [], structuredContent: result }
      : { content: [{ type: 'text', text: JSON.stringify(result) }] };
  }

  /** Answer to a message; undefined for a notification and for what is never answered. */
  function handle({ id, method, params = {} }) {
    const result = (value) => ({ jsonrpc: '2.0', id, result: value });
    if (method === 'initialize') {
      return result({
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'test-classifier', version: '1.0.0' },
      });
    }
    if (method === 'ping') return result({});
    if (method === 'tools/list') {
      return result({
        tools: tools.map((name) => ({
          name,
          description: name === 'list_categories' ? 'Lists categories.' : description,
          inputSchema: {
            type: 'object',
            ...(name === 'list_categories'
              ? {}
              : {
                  properties: { [argument]: { type: 'string' }, with_probabilities: { type: 'boolean' } },
                  required: [argument],
                }),
          },
        })),
      });
    }
    if (method === 'tools/call') {
      const value = call(params.name, params.arguments ?? {});
      return value && result(value);
    }
    return id === undefined
      ? undefined
      : { jsonrpc: '2.0', id, error: { code: -32601, message: `no method ${method}` } };
  }

  return { handle, state };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const options = JSON.parse(process.env.MCP_TEST ?? '{}');
  const { handle } = createMcpClassifier(options);
  const say = (text) => {
    if (options.junk === true) {
      process.stdout.write('INFO loading model… 50 %\n\n{"progress": 1}\n{"half": \n[1, 2]\n"text"\nnull\n');
    }
    process.stdout.write(text);
  };
  process.stderr.write('the test classifier is up\n');
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const answer = handle(JSON.parse(line));
    if (answer !== undefined) say(`${JSON.stringify(answer)}\n`);
  });
  lines.on('close', () => process.exit(0));
}
