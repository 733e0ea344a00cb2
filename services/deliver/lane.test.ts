import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { certificate } from '#test/support/certificate.ts';
import { listen } from '#test/support/http-server.ts';
import type { Answer } from './answer.ts';
import { Lane, Server } from './lane.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const request = 'POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** A server that does with each request (of each connection, both counted from one) what the test says. */
async function serving(
  answer: (socket: Socket, nth: { connection: number; request: number }) => void,
  made: (listener: (socket: Socket) => void) => NetServer = createServer,
) {
  const sockets: Socket[] = [];
  const server = made((socket) => {
    const connection = sockets.push(socket);
    let requests = 0;
    socket.on('error', () => {}).on('data', () => answer(socket, { connection, request: ++requests }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { port, sockets };
}

function laneTo(url: string) {
  const done = vi.fn((_: Lane<string>, context: string, answer: Answer | undefined) => {
    waiting.get(context)?.(answer);
  });
  const waiting = new Map<string, (answer: Answer | undefined) => void>();
  const lane = new Lane<string>(new Server(new URL(url)), done);
  let sent = 0;
  const send = () =>
    new Promise<Answer | undefined>((resolve) => {
      const context = String(++sent);
      waiting.set(context, resolve);
      lane.send(request, context);
    });
  return { lane, send, done };
}

describe('a lane', () => {
  it('carries one request after another on one connection, however the answers are cut', async () => {
    const { port, sockets } = await serving((socket) => {
      const half = ok.length / 2;
      socket.setNoDelay(true).write(ok.slice(0, half));
      setImmediate(() => socket.write(ok.slice(half)));
    });
    const { send } = laneTo(`http://127.0.0.1:${port}`);
    for (let n = 0; n < 5; n++) expect(await send()).toMatchObject({ status: 200 });
    expect(sockets).toHaveLength(1);
  });

  it('sends again on a new connection what a kept one was closed under', async () => {
    const { port, sockets } = await serving((socket, { connection, request: nth }) => {
      if (connection === 1 && nth === 2) socket.resetAndDestroy();
      else socket.write(ok);
    });
    const { send, done } = laneTo(`http://127.0.0.1:${port}`);
    expect(await send()).toMatchObject({ status: 200 });
    expect(await send()).toMatchObject({ status: 200 });
    expect(sockets).toHaveLength(2);
    expect(done).toHaveBeenCalledTimes(2);
  });

  it('does so once: where the new one is closed too, there is no answer', async () => {
    const { port, sockets } = await serving((socket, { connection, request: nth }) => {
      if (connection === 1 && nth === 1) socket.write(ok);
      else socket.end();
    });
    const { send } = laneTo(`http://127.0.0.1:${port}`);
    await send();
    expect(await send()).toBeUndefined();
    expect(sockets).toHaveLength(2);
  });

  it('opens anew after the server has closed an idle connection, or said farewell on it', async () => {
    const { port, sockets } = await serving((socket) => socket.write(ok));
    const { send } = laneTo(`http://127.0.0.1:${port}`);
    await send();
    sockets[0]?.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n');
    await vi.waitFor(() => expect(sockets[0]?.destroyed).toBe(true));
    expect(await send()).toMatchObject({ status: 200 });
  });

  it('trusts no connection that was idle for a minute', async () => {
    const { port, sockets } = await serving((socket) => socket.write(ok));
    const { send } = laneTo(`http://127.0.0.1:${port}`);
    await send();
    vi.setSystemTime(Date.now() + 60_001);
    expect(await send()).toMatchObject({ status: 200 });
    expect(sockets).toHaveLength(2);
  });

  it('takes an answer that ends with its connection, and opens another one', async () => {
    const { port, sockets } = await serving((socket) => socket.end('HTTP/1.1 410 Gone\r\n\r\nbye'));
    const { send } = laneTo(`http://127.0.0.1:${port}`);
    expect(await send()).toMatchObject({ status: 410, body: 'bye' });
    expect(await send()).toMatchObject({ status: 410 });
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['endless', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(70_000)}`],
    ['cut', 'HTTP/1.1 200 OK\r\ncontent-le'],
  ])('has no answer from a server whose answer is %s', async (_, text) => {
    const { port } = await serving((socket) =>
      text.length > 70_000 ? socket.write(text) : socket.end(text),
    );
    expect(await laneTo(`http://127.0.0.1:${port}`).send()).toBeUndefined();
  });

  it('has no answer from a server that hangs, and goes on with another connection', async () => {
    const { port, sockets } = await serving((socket, { connection }) => {
      if (connection > 1) socket.write(ok);
    });
    const { send } = laneTo(`http://127.0.0.1:${port}`);
    expect(await send()).toBeUndefined();
    expect(await send()).toMatchObject({ status: 200 });
    expect(sockets).toHaveLength(2);
  });

  it('talks HTTP/1.1 over TLS, and shortens the next handshake', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    vi.spyOn(process, 'emitWarning').mockReturnValue();
    const resumed: boolean[] = [];
    const { port } = await serving(
      (socket) => socket.end(ok),
      (listener) =>
        createTlsServer({ ...certificate, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
          expect(socket.alpnProtocol).toBe('http/1.1');
          resumed.push(socket.isSessionReused());
          listener(socket);
        }),
    );
    const { send } = laneTo(`https://localhost:${port}`);
    expect(await send()).toMatchObject({ status: 200 });
    expect(await send()).toMatchObject({ status: 200 });
    expect(resumed).toEqual([false, true]);
  });

  it('is understood by a server of HTTP', async () => {
    const paths: (string | undefined)[] = [];
    const server = await listen((incoming, response) => {
      paths.push(incoming.url);
      response.end('yes');
    });
    stops.push(server.close);
    expect(await laneTo(server.url).send()).toMatchObject({ status: 200, body: 'yes', reusable: true });
    expect(paths).toEqual(['/x']);
  });
});
