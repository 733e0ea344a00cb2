import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ConnectionsApi, connectionPath, type Failure, failureAnswer } from './connections-api.ts';
import { readPost } from './post-request.ts';

/**
 * Serves the connections of those who call the APIs: posts to `@connections` are read and answered here, at half of what
 * they cost by node:http; with the first request of another shape, a connection goes to `others`, for good.
 */
export class PostServer {
  readonly api: ConnectionsApi;
  readonly others: Server;
  #due: PostCaller[] = [];

  constructor(api: ConnectionsApi, others: Server) {
    this.api = api;
    this.others = others;
  }

  serve(socket: Socket): void {
    new PostCaller(socket, this);
  }

  /**
   * The answers of one turn of the event loop are written together after the last post of it. Written one by one, each
   * would wake the caller for the next post, and posts would come one by one.
   */
  isDue(caller: PostCaller): void {
    if (this.#due.push(caller) === 1) setImmediate(this.#answerAll);
  }

  readonly #answerAll = (): void => {
    const due = this.#due;
    this.#due = [];
    for (const caller of due) caller.answer();
  };
}

const delivered = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');

class PostCaller {
  readonly #socket: Socket;
  readonly #server: PostServer;
  /** What came of a request that is not yet whole, or waits for the answer to the one before. */
  #unread: Buffer | undefined;
  #answering = false;
  #failure: Failure | undefined;

  constructor(socket: Socket, server: PostServer) {
    this.#socket = socket;
    this.#server = server;
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
    const request = readPost(this.#unread, this.#server.api.messageBytes);
    if (request === 'incomplete') return;
    const path = request === 'other' ? undefined : connectionPath(request.url);
    if (request === 'other' || !path) {
      this.#handOver(this.#unread);
      return;
    }
    const { authorization, body, length } = request;
    this.#unread = length < this.#unread.length ? this.#unread.subarray(length) : undefined;
    this.#answering = true;
    this.#server.api.post(path, authorization, body, this.#answered);
  }

  readonly #answered = (failure: Failure | undefined): void => {
    this.#failure = failure;
    this.#server.isDue(this);
  };

  answer(): void {
    this.#answering = false;
    this.#socket.write(this.#failure ? failureText(this.#failure) : delivered);
    this.#read();
    if (this.#socket.readableEnded) this.#onEnd();
  }

  #handOver(unread: Buffer): void {
    const socket = this.#socket;
    this.#unread = undefined;
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError);
    socket.pause();
    socket.unshift(unread);
    this.#server.others.emit('connection', socket);
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
