import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { clientFrame, FrameParser } from './websocket-frames.ts';

/** A connection that carries texts, whatever the protocol around them. */
export interface Channel {
  send(text: string): void;
  /** Called with each text: `bytes` from `start` to `end`, to be copied to be kept. */
  onText: (bytes: Buffer, start: number, end: number) => void;
  /** Called once, with the reason, when it ends and not by `terminate`. */
  onEnd: (why: string) => void;
  terminate(): void;
}

export interface Address {
  /** `ws://host:port/path` */
  url: string;
  protocols?: readonly string[];
  userAgent?: string;
}

/** The server did not upgrade, or not in time. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

const openTimeoutMs = 30_000;
const endOfHead = Buffer.from('\r\n\r\n');

/** Every socket is read into the same memory: what was read is used up before the next one's turn. */
const incoming = Buffer.allocUnsafe(256 * 1024);

/**
 * A WebSocket client that does no more than load tests need: ten thousand of them must cost far less than the servers
 * that they load. No TLS, extensions, fragments or binary frames.
 */
export class LightSocket implements Channel {
  onText: Channel['onText'] = () => {};
  onEnd: Channel['onEnd'] = () => {};
  readonly #socket: Socket;
  readonly #parser = new FrameParser((opcode, bytes, start, end) => {
    if (opcode === 'text') this.onText(bytes, start, end);
    else if (opcode === 'ping')
      this.#socket.write(clientFrame(Buffer.from(bytes.subarray(start, end)), 'pong'));
    else if (opcode === 'close') this.#end(closeReason(bytes, start, end));
  });
  /** What came of the answer to the handshake; undefined once it is whole. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #opened: PromiseWithResolvers<void> = Promise.withResolvers();
  #ended = false;

  /** @throws HandshakeError, or Node's own errors */
  static async open(address: Address): Promise<LightSocket> {
    const socket = new LightSocket(address);
    const timer = setTimeout(() => socket.#end('no answer to the handshake'), openTimeoutMs);
    try {
      await socket.#opened.promise;
    } finally {
      clearTimeout(timer);
    }
    return socket;
  }

  private constructor({ url, protocols = [], userAgent = 'light-socket' }: Address) {
    const { hostname, port, pathname, search } = new URL(url);
    const read = (length: number) => {
      this.#take(incoming.subarray(0, length));
      return true;
    };
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: incoming, callback: read },
    });
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('closed by the server'));
    this.#socket.write(
      [
        `GET ${pathname}${search} HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        `User-Agent: ${userAgent}`,
        ...(protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(', ')}`] : []),
        '\r\n',
      ].join('\r\n'),
    );
  }

  send(text: string): void {
    this.#socket.write(clientFrame(Buffer.from(text)));
  }

  terminate(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      if (this.#head) this.#takeHead(Buffer.concat([this.#head, chunk]));
      else this.#parser.take(chunk);
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
    }
  }

  #takeHead(head: Buffer): void {
    const end = head.indexOf(endOfHead);
    if (end < 0) {
      this.#head = head;
      return;
    }
    const text = head.toString('latin1');
    if (!text.startsWith('HTTP/1.1 101')) {
      this.#end(`the upgrade was refused: ${text.replaceAll('\r\n', ' ')}`);
      return;
    }
    this.#head = undefined;
    this.#opened.resolve();
    const rest = head.subarray(end + endOfHead.length);
    // Whoever waits for the handshake sets `onText` first.
    if (rest.length > 0) setImmediate(() => this.#take(rest));
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    this.#opened.reject(new HandshakeError(why));
    if (!this.#head) this.onEnd(why);
  }
}

function closeReason(bytes: Buffer, start: number, end: number): string {
  return end - start >= 2 ? `closed with ${bytes.readUInt16BE(start)}` : 'closed without a code';
}
