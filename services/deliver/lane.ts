import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Answer, NotHttp, readAnswer } from './answer.ts';

/** Milliseconds that one request may take, a connection's opening included: a healthy post takes about ten. */
const timeoutMs = 3_000;

/** AWS's NAT gateways forget a connection that was idle for 350 s, and say so to nobody. */
const maxIdleMs = 60_000;

/** More is not an answer of API Gateway's. */
const maxAnswerBytes = 65_536;

/**
 * One connection to a server, kept open, that carries one request at a time. It opens when it is needed, and again when it
 * was closed. Written on sockets and not on an HTTP client, since that is half of what a post costs (docs/performance.md).
 */
export class Lane<Context> {
  readonly #server: Server;
  readonly #done: (lane: Lane<Context>, context: Context, answer: Answer | undefined) => void;
  readonly #timer = setTimeout(() => this.#timedOut(), timeoutMs).unref();
  #socket: Socket | undefined;
  #context: Context | undefined;
  #request = '';
  #received = '';
  /** The socket has carried a request before, and may have been closed by the server since. */
  #kept = false;
  #idleSince = 0;

  /** @param done is given each request's answer, or undefined where none came (reset, refused, too late) */
  constructor(
    server: Server,
    done: (lane: Lane<Context>, context: Context, answer: Answer | undefined) => void,
  ) {
    this.#server = server;
    this.#done = done;
  }

  /** Opens the connection ahead of its first request. That it fails shows at the request. */
  open(): void {
    this.#connected().unref();
  }

  /**
   * Sends a request; `done` is called when it is answered, never before this returns. The lane carries no other until then.
   * @param request head and body, one byte a character
   */
  send(request: string, context: Context): void {
    this.#request = request;
    this.#context = context;
    this.#received = '';
    if (this.#kept && Date.now() - this.#idleSince > maxIdleMs) this.#drop();
    this.#timer.refresh();
    this.#write();
  }

  #write(): void {
    const socket = this.#connected();
    // An idle one keeps no process alive.
    socket.ref();
    socket.write(this.#request, 'latin1');
  }

  #connected(): Socket {
    if (this.#socket) return this.#socket;
    const buffer = Buffer.allocUnsafe(4_096);
    const socket = this.#server.connect({
      buffer,
      callback: (bytes) => {
        if (socket === this.#socket) this.#read(buffer.toString('latin1', 0, bytes));
        return true;
      },
    });
    // What follows every error, and is all that matters.
    socket.on('error', () => {}).on('close', () => this.#closed(socket));
    this.#socket = socket;
    return socket;
  }

  #read(text: string): void {
    this.#received += text;
    // Where nobody asked, it is a server's farewell to an idle connection.
    const unwanted = this.#context === undefined || this.#received.length > maxAnswerBytes;
    if (unwanted) this.#fail();
    else this.#answerWith(this.#received);
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    const kept = this.#kept;
    this.#drop();
    if (this.#context === undefined) return;
    // The server closed it before it saw the request (RFC 9112, 9.3.1): only a new connection can tell.
    if (kept && this.#received === '') this.#write();
    else this.#answerWith(this.#received, true);
  }

  #timedOut(): void {
    if (this.#context !== undefined) this.#fail();
  }

  #answerWith(received: string, ended = false): void {
    let answer: Answer | undefined;
    try {
      answer = readAnswer(received, ended);
      if (!answer && !ended) return;
    } catch (error) {
      if (!(error instanceof NotHttp)) throw error;
    }
    this.#answer(answer);
  }

  #fail(): void {
    this.#drop();
    this.#answer(undefined);
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#kept = false;
  }

  #answer(answer: Answer | undefined): void {
    const context = this.#context;
    this.#context = undefined;
    if (answer?.reusable) {
      this.#kept = true;
      this.#idleSince = Date.now();
      this.#socket?.unref();
    } else {
      this.#drop();
    }
    if (context !== undefined) this.#done(this, context, answer);
  }
}

interface Reader {
  buffer: Buffer;
  callback: (bytes: number) => boolean;
}

/** Where lanes lead: host and port, with TLS or without. */
export class Server {
  readonly #url: URL;
  /** Of the latest handshake: the next one is half as dear. */
  #session: Buffer | undefined;

  constructor(url: URL) {
    this.#url = url;
  }

  connect(onread: Reader): Socket {
    const { protocol, hostname: host, port } = this.#url;
    if (protocol === 'http:') return connectPlain({ host, port: Number(port || 80), noDelay: true, onread });
    const options = {
      host,
      port: Number(port || 443),
      servername: host,
      // Not HTTP/2, should the server offer it.
      ALPNProtocols: ['http/1.1'],
      session: this.#session,
      // A documented option that its type lacks.
      onread,
    };
    return connectTls(options)
      .setNoDelay(true)
      .on('session', (session: Buffer) => {
        this.#session = session;
      });
  }
}
