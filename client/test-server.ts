import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { MessageEvent } from '#shared/contract/events.ts';
import {
  type ClientFrame,
  clientFrame,
  type SendMessageFrame,
  type ServerFrame,
  type SubscribedRoom,
  type SubscribeFrame,
  type UnsubscribeFrame,
} from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { bearerPrefix, subprotocol } from '#shared/contract/protocol.ts';

/**
 * Speaks the contract from memory, for the client's own tests: what the real pipeline does only sometimes (a lost ack,
 * a late number, a refused upgrade) it does when told.
 */
export class TestServer {
  readonly frames: ClientFrame[] = [];
  /** The tokens of the upgrades, refused ones too. */
  readonly tokens: string[] = [];
  readonly #rooms = new Map<string, MessageEvent[]>();
  readonly #subscribers = new Map<WebSocket, Set<string>>();
  readonly #server: WebSocketServer;
  /** Upgrades are refused with this status. */
  refuseWith: number | undefined;
  /** Messages in one page. */
  pageSize: number = limits.pageSize;
  /** Answers a frame in the server's place; `silence` means no answer, and nothing done. */
  intercept: (frame: ClientFrame) => ServerFrame | 'silence' | undefined = () => undefined;
  /** Acks and events that would leave; false keeps them back. */
  passes: (frame: ServerFrame) => boolean = () => true;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.options.verifyClient = (
      { req }: { req: IncomingMessage },
      decide: (accepted: boolean, status?: number) => void,
    ) => {
      const offered = req.headers['sec-websocket-protocol']?.split(/, */) ?? [];
      this.tokens.push(
        offered.find((name) => name.startsWith(bearerPrefix))?.slice(bearerPrefix.length) ?? '',
      );
      decide(this.refuseWith === undefined, this.refuseWith);
    };
    server.options.handleProtocols = () => subprotocol;
    server.on('connection', (socket) => {
      this.#subscribers.set(socket, new Set());
      socket.on('close', () => this.#subscribers.delete(socket));
      socket.on('message', (data) => this.#receive(socket, clientFrame.parse(JSON.parse(String(data)))));
    });
  }

  static async start(): Promise<TestServer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    return new TestServer(server);
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}`;
  }

  get connections(): number {
    return this.#server.clients.size;
  }

  sends(): SendMessageFrame[] {
    return this.frames.filter((frame) => frame.action === 'sendMessage');
  }

  subscribes(): SubscribeFrame[] {
    return this.frames.filter((frame) => frame.action === 'subscribe');
  }

  messages(room: string): MessageEvent[] {
    const messages = this.#rooms.get(room) ?? [];
    this.#rooms.set(room, messages);
    return messages;
  }

  /** Writes messages that nobody is told of, by their seqs. */
  write(room: string, seqs: number[], at = Date.now()): MessageEvent[] {
    return seqs.map((seq) =>
      this.#write(room, { seq, id: `other-${seq}`, text: `text ${seq}`, at, sender: 'other' }),
    );
  }

  /** Writes messages, and tells in one frame. */
  publish(room: string, seqs: number[], at = Date.now()): void {
    this.tell(room, this.write(room, seqs, at));
  }

  tell(room: string, events: MessageEvent[]): void {
    for (const [socket, rooms] of this.#subscribers) {
      if (rooms.has(room)) this.#answer(socket, { type: 'events', room, events });
    }
  }

  subscribersOf(room: string): number {
    return [...this.#subscribers.values()].filter((rooms) => rooms.has(room)).length;
  }

  /** Forgets a room's log, as another database would. */
  forget(room: string): void {
    this.#rooms.delete(room);
  }

  /** Cuts every connection without a goodbye. */
  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #write(room: string, message: Omit<MessageEvent, 'type' | 'version' | 'senderName'>): MessageEvent {
    const event: MessageEvent = { type: 'message', version: 1, senderName: message.sender, ...message };
    const messages = this.messages(room);
    messages.push(event);
    messages.sort((a, b) => a.seq - b.seq);
    return event;
  }

  #receive(socket: WebSocket, frame: ClientFrame): void {
    this.frames.push(frame);
    const answer = this.intercept(frame);
    if (answer === 'silence') return;
    if (answer) this.#answer(socket, answer);
    else if (frame.action === 'ping') this.#answer(socket, { type: 'pong' });
    else if (frame.action === 'subscribe') this.#subscribe(socket, frame);
    else if (frame.action === 'unsubscribe') this.#unsubscribe(socket, frame);
    else if (frame.action === 'sendMessage') this.#send(socket, frame);
  }

  #subscribe(socket: WebSocket, { id, rooms }: SubscribeFrame): void {
    for (const { room } of rooms) this.#subscribers.get(socket)?.add(room);
    const pages = rooms.map(({ room, after }) => this.#page(room, after));
    this.#answer(socket, { type: 'subscribed', id, rooms: pages });
  }

  #unsubscribe(socket: WebSocket, { id, rooms }: UnsubscribeFrame): void {
    for (const room of rooms) this.#subscribers.get(socket)?.delete(room);
    this.#answer(socket, { type: 'ack', id });
  }

  #send(socket: WebSocket, { id, room, text, replyTo }: SendMessageFrame): void {
    const messages = this.messages(room);
    const known = messages.find((message) => message.id === id);
    const seq = (messages.at(-1)?.seq ?? 0) + 1;
    const event =
      known ??
      this.#write(room, {
        seq,
        id,
        text,
        at: Date.now(),
        sender: 'me',
        ...(replyTo !== undefined && { replyTo }),
      });
    this.#answer(socket, { type: 'ack', id, room, seq: event.seq, sentAt: event.at });
    if (!known) this.tell(room, [event]);
  }

  #page(room: string, after: number | undefined): SubscribedRoom {
    const messages = this.messages(room);
    const lastSeq = messages.at(-1)?.seq ?? 0;
    const recovered = after !== undefined && after <= lastSeq;
    const missed = recovered
      ? messages.filter(({ seq }) => seq > after)
      : messages.slice(-limits.newestPageSize);
    const page = recovered ? missed.slice(0, this.pageSize) : missed;
    const next = page.length < missed.length ? page.at(-1)?.seq : undefined;
    return { room, lastSeq, readSeq: 0, messages: page, recovered, ...(next !== undefined && { next }) };
  }

  #answer(socket: WebSocket, frame: ServerFrame): void {
    if (this.passes(frame)) socket.send(JSON.stringify(frame));
  }
}
