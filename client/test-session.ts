import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type ClientOptions, FanfareClient, type Message, type Room } from './index.ts';
import { TestServer } from './test-server.ts';

/** One server, and the clients of a test. */
export interface Session {
  server: TestServer;
  /** A client with short intervals. */
  client(options?: Partial<ClientOptions>): FanfareClient;
  /** A room of a new client, with its first page there. */
  room(options?: Partial<ClientOptions>): Promise<Room>;
}

/** Call at the top of a test file: each test gets a new session. */
export function session(): Session {
  const clients: FanfareClient[] = [];
  const session: Session = {
    get server(): TestServer {
      throw new Error('the server runs within a test');
    },
    client(options) {
      const client = new FanfareClient({
        url: session.server.url,
        token: async () => 'token',
        ...options,
        timing: { backoffBaseMs: 20, backoffCapMs: 80, ...options?.timing },
      });
      clients.push(client);
      return client;
    },
    async room(options) {
      const room = session.client(options).join('general');
      await eventually(() => expect(room.state).toBe('live'));
      return room;
    },
  };
  beforeEach(async () => {
    const server = await TestServer.start();
    Object.defineProperty(session, 'server', { value: server, configurable: true });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await session.server.stop();
  });
  return session;
}

/** Waits until the assertion holds, as long as a busy machine may need. */
export function eventually(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 15_000, interval: 10 });
}

/** The room's `message` events so far. */
export function heardBy(room: Room): Message[] {
  const heard: Message[] = [];
  room.on('message', (message) => heard.push(message));
  return heard;
}

export function seqs(messages: readonly { seq?: number }[]): (number | undefined)[] {
  return messages.map(({ seq }) => seq);
}

/** The whole numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** What an unsigned access token of this person looks like. */
export function tokenOf(userId: string, expiresAt = Date.now() + 3_600_000): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: userId, exp: expiresAt / 1000 })}.signature`;
}
