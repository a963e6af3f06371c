/**
 * A model server on loopback whose answers a test gives.
 *
 * @module
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface ChatQuestion {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Text of the system and of the user message. */
  readonly system: string;
  readonly user: string;
}

export interface ChatServer {
  readonly port: number;
  readonly questions: ChatQuestion[];
  close(): Promise<void>;
}

/** What to answer: text, or a status and body; undefined never answers. */
export type ChatReply = string | { readonly status: number; readonly body: string } | undefined;

export async function startChatServer(reply: (question: ChatQuestion) => ChatReply): Promise<ChatServer> {
  const questions: ChatQuestion[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: { messages?: { role: string; content: string }[] } = JSON.parse(
        Buffer.concat(chunks).toString('utf8'),
      );
      const said = (role: string) => body.messages?.find((message) => message.role === role)?.content ?? '';
      const question = {
        path: request.url ?? '',
        headers: request.headers,
        body: { ...body },
        system: said('system'),
        user: said('user'),
      };
      questions.push(question);
      const answer = reply(question);
      if (answer === undefined) return;
      const text =
        typeof answer === 'string'
          ? JSON.stringify({ choices: [{ message: { role: 'assistant', content: answer } }] })
          : answer.body;
      response.writeHead(typeof answer === 'string' ? 200 : answer.status, {
        'content-type': 'application/json',
      });
      response.end(text);
    });
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', () => done());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    questions,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
