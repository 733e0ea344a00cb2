import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { listen, readBody } from '#local/http.ts';

/** For tests of what may know nothing of the local cloud. */
export { listen };

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Text as it is; anything else as JSON. */
  body?: unknown;
}

export interface TestServer {
  url: string;
  /** What the test answers. A promise that never resolves is a server that hangs. */
  answer: (request: IncomingMessage, body: string) => Answer | Promise<Answer>;
  /** Every request of the running test, in order. */
  requests: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[];
  /** Sockets that were opened to it in the running test. */
  sockets: number;
}

/** A plain HTTP server that plays an AWS service where a test decides on each answer itself. */
export function testServer(): () => TestServer {
  let server: TestServer | undefined;
  let close: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const listening = await listen(async (request, response) => {
      const body = String(await readBody(request));
      server?.requests.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
      });
      const answer = (await server?.answer(request, body)) ?? {};
      response.writeHead(answer.status ?? 200, answer.headers);
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {}));
    });
    close = listening.close;
    server = { url: listening.url, answer: () => ({}), requests: [], sockets: 0 };
    listening.server.on('connection', () => {
      if (server) server.sockets++;
    });
  });
  afterEach(() => {
    if (server) Object.assign(server, { answer: () => ({}), requests: [], sockets: 0 });
  });
  afterAll(async () => {
    await close?.();
  });
  return () => {
    if (!server) throw new Error('The server has not started yet');
    return server;
  };
}
