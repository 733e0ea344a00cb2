import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cloud } from '#local/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';
import { Viewer } from '#test/support/viewer.ts';

/** A room in which somebody writes all the time, and that three others have open: two by the typed client. */
export class Traffic {
  readonly room: string;
  sent = 0;
  readonly #sender: RawClient;
  readonly #reader: RawClient;
  readonly #viewers: Viewer[];
  readonly #everyMs: number;
  #stopping = false;
  #writing: Promise<void> | undefined;

  private constructor(
    room: string,
    clients: { sender: RawClient; reader: RawClient; viewers: Viewer[] },
    everyMs: number,
  ) {
    this.room = room;
    this.#sender = clients.sender;
    this.#reader = clients.reader;
    this.#viewers = clients.viewers;
    this.#everyMs = everyMs;
  }

  /** Resolves when the first message has arrived everywhere: each function that it takes is warm. */
  static async start(cloud: Cloud, room: string, { everyMs = 150 } = {}): Promise<Traffic> {
    const names = ['writer', 'reader', 'bob', 'carol'];
    await new Storage(cloud).createRoom(room, names);
    const [sender, reader] = await Promise.all([
      RawClient.signIn(cloud, 'writer'),
      RawClient.signIn(cloud, 'reader'),
    ]);
    await reader.subscribe(room);
    const viewers = await Promise.all(['bob', 'carol'].map((name) => Viewer.open(cloud, name, room)));
    const traffic = new Traffic(room, { sender, reader, viewers }, everyMs);
    await traffic.#send();
    await reader.received(room, 1);
    traffic.#writing = traffic.#write();
    return traffic;
  }

  /** Ends it, once every message has been pushed to everybody, and each has come to a person's eye once. */
  async allArrives(): Promise<void> {
    this.#stopping = true;
    await this.#writing;
    await this.#reader.received(this.room, this.sent);
    for (const viewer of this.#viewers) await viewer.sees(this.sent);
    expect(this.sent).toBeGreaterThan(10);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#writing;
    for (const client of [this.#sender, this.#reader, ...this.#viewers]) client.close();
  }

  async #write(): Promise<void> {
    while (!this.#stopping) {
      await this.#send();
      await sleep(this.#everyMs);
    }
  }

  async #send(): Promise<void> {
    await this.#sender.send(this.room, `message ${this.sent}`);
    this.sent++;
  }
}
