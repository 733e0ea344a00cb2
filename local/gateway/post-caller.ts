import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ConnectionsApi, connectionPath, type Failure, failureAnswer } from './connections-api.ts';
import { readPost } from './post-request.ts';

/**
 * Serves one caller's connection: posts to `@connections` are read and answered here, at a third of what node:http
 * makes of each; the first request of another shape, and with it the connection, goes to `others`, for good.
 */
export function servePosts(socket: Socket, api: ConnectionsApi, others: Server): void {
  new PostCaller(socket, api, others);
}

const delivered = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');

class PostCaller {
  readonly #socket: Socket;
  readonly #api: ConnectionsApi;
  readonly #others: Server;
  /** What came of a request that is not yet whole, or waits for the answer to the one before. */
  #unread: Buffer | undefined;
  #answering = false;

  constructor(socket: Socket, api: ConnectionsApi, others: Server) {
    this.#socket = socket;
    this.#api = api;
    this.#others = others;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#unread = this.#unread ? Buffer.concat([this.#unread, chunk]) : chunk;
    this.#read();
  };

  readonly #onEnd = (): void => {
    if (!this.#answering) this.#socket.end();
  };

  /** A caller that is gone gets no answer; the socket closes by itself. */
  readonly #onError = (): void => {};

  #read(): void {
    if (!this.#unread || this.#answering) return;
    const request = readPost(this.#unread, this.#api.messageBytes);
    if (request === 'incomplete') return;
    if (request === 'other') {
      this.#handOver(this.#unread);
      return;
    }
    const { url, authorization, body, length } = request;
    const path = connectionPath(url);
    if (!path) throw new RangeError(`Not a path of @connections: ${url}`);
    this.#unread = length < this.#unread.length ? this.#unread.subarray(length) : undefined;
    this.#answering = true;
    this.#api.post(path, authorization, body, this.#answer);
  }

  readonly #answer = (failure: Failure | undefined): void => {
    this.#answering = false;
    this.#socket.write(failure ? failureText(failure) : delivered);
    if (this.#socket.readableEnded) this.#socket.end();
    else this.#read();
  };

  #handOver(unread: Buffer): void {
    const socket = this.#socket;
    this.#unread = undefined;
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError);
    socket.pause();
    socket.unshift(unread);
    this.#others.emit('connection', socket);
    socket.resume();
  }
}

function failureText(failure: Failure): Buffer {
  const { headers, body } = failureAnswer(failure);
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(
    `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status] ?? 'Unknown'}\r\n${fields.join('')}\r\n${body}`,
  );
}
