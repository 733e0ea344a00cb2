import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from 'node:net';

/** A server on the loopback interface. */
export interface Listening {
  server: Server;
  port: number;
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Ends every connection, open ones too. */
  close(): Promise<void>;
}

const options = { keepAlive: true, noDelay: true };

/** Listens on 127.0.0.1; port 0 takes a free one. Rejects with Node's `EADDRINUSE` error on a taken port. */
export async function listen(listener: RequestListener, port = 0): Promise<Listening> {
  const server = createServer(options, listener);
  const taken = await bind(server, port);
  return listening(server, server, taken, () => server.closeAllConnections());
}

/**
 * Listens on a free port of 127.0.0.1. Every new connection goes to what `accepts` makes, which passes it on to the HTTP
 * server by emitting that one's `connection` event, or serves it itself.
 */
export async function listenBefore(
  listener: RequestListener,
  accepts: (server: Server) => (socket: Socket) => void,
): Promise<Listening> {
  const server = createServer(options, listener);
  const accept = accepts(server);
  const open = new Set<Socket>();
  function forget(this: Socket): void {
    open.delete(this);
  }
  // node:http has a say in when the two halves of a connection end.
  const front = createNetServer({ ...options, allowHalfOpen: true }, (socket) => {
    open.add(socket.on('close', forget));
    accept(socket);
  });
  return listening(server, front, await bind(front, 0), () => {
    for (const socket of open) socket.destroy();
  });
}

async function bind(server: NetServer, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return (server.address() as AddressInfo).port;
}

function listening(server: Server, bound: NetServer, port: number, closeAll: () => void): Listening {
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        bound.close(() => resolve());
        closeAll();
      }),
  };
}

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
