import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { MessageEvent, RoomEvent } from '#shared/contract/events.ts';
import {
  type ClientFrame,
  clientFrame,
  type DeleteMessageFrame,
  type EditMessageFrame,
  type ReactFrame,
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
  /** The seq up to which each room is read. */
  readonly readSeqs = new Map<string, number>();
  /** Who is online in each room. */
  readonly present = new Map<string, string[]>();
  /** In how many replies to come that does not fit. */
  presentCuts = 0;
  /** The tokens of the upgrades, refused ones too. */
  readonly tokens: string[] = [];
  readonly #rooms = new Map<string, MessageEvent[]>();
  /** When each message was changed. */
  readonly #changedAt = new WeakMap<MessageEvent, number>();
  readonly #subscribers = new Map<WebSocket, Set<string>>();
  readonly #server: WebSocketServer;
  /** Upgrades are refused with this status. */
  refuseWith: number | undefined;
  /** Messages in one page. */
  pageSize: number = limits.pageSize;
  /** Changes in one answer. */
  changesPageSize: number = limits.changesPageSize;
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

  /** Changes a message that is there, and tells nobody. */
  change(room: string, seq: number, change: Partial<MessageEvent>, at = Date.now()): MessageEvent {
    const messages = this.messages(room);
    const index = messages.findIndex((message) => message.seq === seq);
    const before = messages[index];
    if (!before) throw new RangeError(`There is no message ${seq}`);
    const message = { ...before, ...change, version: before.version + 1 };
    messages[index] = message;
    this.#changedAt.set(message, at);
    return message;
  }

  tell(room: string, events: RoomEvent[]): void {
    for (const [socket, rooms] of this.#subscribers) {
      if (rooms.has(room)) this.#answer(socket, { type: 'events', room, events });
    }
  }

  /** Sends a frame to every connection. */
  broadcast(frame: ServerFrame): void {
    for (const socket of this.#subscribers.keys()) this.#answer(socket, frame);
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
    else if (frame.action === 'authenticate') this.#answer(socket, { type: 'ack', id: frame.id });
    else if (frame.action === 'markRead') {
      this.readSeqs.set(frame.room, frame.seq);
      this.#answer(socket, { type: 'ack', id: frame.id, room: frame.room, seq: frame.seq });
    } else if (frame.action !== 'typing') this.#change(socket, frame);
  }

  #change(socket: WebSocket, frame: EditMessageFrame | DeleteMessageFrame | ReactFrame): void {
    const { id, room, seq } = frame;
    const at = Date.now();
    const type = ({ editMessage: 'edited', deleteMessage: 'deleted', react: 'reaction' } as const)[
      frame.action
    ];
    const changes = {
      edited: 'text' in frame ? { text: frame.text, editedAt: at } : {},
      deleted: { text: '', deletedAt: at, deletedBy: 'me' },
      reaction:
        'emoji' in frame ? { reactions: frame.on ? [{ emoji: frame.emoji, users: ['me'] }] : [] } : {},
    };
    const message = this.change(room, seq, changes[type], at);
    this.#answer(socket, { type: 'ack', id, room, seq, version: message.version });
    this.tell(room, [{ type, at, message }]);
  }

  #subscribe(socket: WebSocket, { id, rooms }: SubscribeFrame): void {
    for (const { room } of rooms) this.#subscribers.get(socket)?.add(room);
    const pages = rooms.map((wanted) => ({
      ...this.#page(wanted.room, wanted.after),
      ...this.#brief(wanted),
    }));
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

  #brief({ room, after = 0, changedAfter, present }: SubscribeFrame['rooms'][number]) {
    const changed = this.messages(room).filter(
      (message) => message.seq <= after && (this.#changedAt.get(message) ?? 0) > (changedAfter ?? Date.now()),
    );
    const online = this.present.get(room);
    return {
      ...(changedAfter !== undefined && { changes: changed.slice(0, this.changesPageSize) }),
      ...(changed.length > this.changesPageSize && { changesCut: true }),
      ...(present && online && (this.presentCuts-- > 0 ? { presentCut: true } : { present: online })),
    };
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
    return {
      room,
      lastSeq,
      readSeq: this.readSeqs.get(room) ?? 0,
      messages: page,
      recovered,
      ...(next !== undefined && { next }),
    };
  }

  #answer(socket: WebSocket, frame: ServerFrame): void {
    if (this.passes(frame)) socket.send(JSON.stringify(frame));
  }
}
