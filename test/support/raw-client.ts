import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import type { Cloud } from '#local/cloud.ts';
import { type MessageEvent, messageIn, type RoomEvent } from '#shared/contract/events.ts';
import { type ServerFrame, type SubscribedFrame, serverFrame } from '#shared/contract/frames.ts';

/** A client that knows the wire's documentation and nothing else: no reconnecting, no ordering, no deduplication. */
export class RawClient {
  /** Every frame that came, in order. Each is checked against the contract. */
  readonly frames: ServerFrame[] = [];
  readonly socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.frames.push(serverFrame.parse(JSON.parse(String(data))));
      for (const wake of this.#waiting) wake();
    });
  }

  /** Connects with a token; rejects with `UpgradeRefused` when the gateway answers with anything but 101. */
  static async connect(cloud: Cloud, token: string): Promise<RawClient> {
    return await RawClient.open(cloud, ['fanfare.v1', `bearer.${token}`]);
  }

  /** Opens a socket with these subprotocols and headers; rejects as `connect` does. */
  static async open(
    cloud: Cloud,
    subprotocols: string[],
    headers: Record<string, string> = {},
  ): Promise<RawClient> {
    const socket = new WebSocket(`${cloud.url.replace('http', 'ws')}/ws`, subprotocols, { headers });
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) =>
        reject(new UpgradeRefused(response.statusCode ?? 0)),
      );
    });
    return client;
  }

  /** Signs `name` in without a browser, and connects. */
  static async signIn(cloud: Cloud, name: string): Promise<RawClient> {
    const { accessToken } = await cloud.identity.accessToken(name);
    return await RawClient.connect(cloud, accessToken);
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** Sends a frame with an id of its own, and waits for the answer to that id. */
  async request(frame: Record<string, unknown>, timeoutMs = 20_000): Promise<ServerFrame> {
    const id = typeof frame.id === 'string' ? frame.id : randomUUID();
    const seen = this.frames.length;
    this.sendText(JSON.stringify({ id, ...frame }));
    return await this.next((answer) => 'id' in answer && answer.id === id, { from: seen, timeoutMs });
  }

  /** Subscribes to rooms, and takes nothing but success for an answer. */
  async subscribe(...rooms: string[]): Promise<SubscribedFrame> {
    const answer = await this.request({ action: 'subscribe', rooms: rooms.map((room) => ({ room })) });
    if (answer.type !== 'subscribed') throw new Error(`Not subscribed: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Sends a message, and takes nothing but its ack for an answer. Returns its seq. */
  async send(room: string, text: string, id: string = randomUUID()): Promise<number> {
    const answer = await this.request({ action: 'sendMessage', id, room, text });
    if (answer.type !== 'ack' || answer.seq === undefined)
      throw new Error(`Not sent: ${JSON.stringify(answer)}`);
    return answer.seq;
  }

  /** Resolves when the gateway has answered: what it posted to the socket before has come. */
  async ping(): Promise<void> {
    const seen = this.frames.length;
    this.sendText('{"action":"ping"}');
    await this.next(({ type }) => type === 'pong', { from: seen });
  }

  /** The first frame, from position `from` on, that `matches`; waits for it if it has not come yet. */
  async next(
    matches: (frame: ServerFrame) => boolean,
    { from = 0, timeoutMs = 20_000 }: { from?: number; timeoutMs?: number } = {},
  ): Promise<ServerFrame> {
    return await this.#until(() => this.frames.slice(from).find(matches), timeoutMs);
  }

  /** Every event of a room that was pushed, in the order of arrival, duplicates included. */
  events(room: string): RoomEvent[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'events' && frame.room === room ? frame.events : [],
    );
  }

  /** The messages that a room's events told of, likewise. */
  messages(room: string): MessageEvent[] {
    return this.events(room).flatMap((event) => messageIn(event) ?? []);
  }

  /** Waits until `count` different seqs of the room were pushed. */
  async received(room: string, count: number, timeoutMs = 30_000): Promise<MessageEvent[]> {
    return await this.#until(() => {
      const messages = this.messages(room);
      return new Set(messages.map(({ seq }) => seq)).size >= count ? messages : undefined;
    }, timeoutMs);
  }

  /** The first event of a room that `matches`, pushed before or to come. */
  async event(room: string, matches: (event: RoomEvent) => boolean): Promise<RoomEvent> {
    return await this.#until(() => this.events(room).find(matches), 20_000);
  }

  /** Resolves with the close code. */
  async closed(): Promise<number> {
    if (this.socket.readyState === WebSocket.CLOSED) throw new Error('Ask before it closes');
    return await new Promise((resolve) => this.socket.once('close', resolve));
  }

  close(): void {
    this.socket.close();
  }

  async #until<T>(look: () => T | undefined, timeoutMs: number): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        reject(
          new Error(
            `Nothing came within ${timeoutMs} ms; last frames: ${JSON.stringify(this.frames.slice(-3))}`,
          ),
        );
      }, timeoutMs);
      const wake = () => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(found);
      };
      this.#waiting.add(wake);
      wake();
    });
  }
}

/** The gateway did not upgrade. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';
  readonly status: number;
  constructor(status: number) {
    super(`The upgrade was answered with ${status}`);
    this.status = status;
  }
}
