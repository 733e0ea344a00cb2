import { expect } from 'vitest';
import { FanfareClient, type Room } from '#client';
import type { Cloud } from '#local/cloud.ts';

/** A person who looks at one room through the typed client from its beginning on. */
export class Viewer {
  readonly #shown: number[] = [];
  readonly room: Room;
  readonly #client: FanfareClient;

  private constructor(cloud: Cloud, name: string, roomId: string) {
    this.#client = new FanfareClient({
      url: `${cloud.url.replace('http', 'ws')}/ws`,
      token: async () => (await cloud.identity.accessToken(name)).accessToken,
    });
    this.room = this.#client.join(roomId, { after: 0 });
    this.room.on('message', ({ seq }) => this.#shown.push(seq));
  }

  /** Begins to look. */
  static look(cloud: Cloud, name: string, roomId: string): Viewer {
    return new Viewer(cloud, name, roomId);
  }

  /** Resolves when everything so far is on the screen. */
  static async open(cloud: Cloud, name: string, roomId: string): Promise<Viewer> {
    const viewer = Viewer.look(cloud, name, roomId);
    await expect.poll(() => viewer.room.state).toBe('live');
    return viewer;
  }

  /** Waits until the room shows the messages 1 to `count` in order; each of them has come to the eye once. */
  async sees(count: number): Promise<void> {
    const all = Array.from({ length: count }, (_, i) => i + 1);
    await expect.poll(() => this.room.messages.map(({ seq }) => seq)).toEqual(all);
    // A late number is shown when it comes, in its place.
    expect(this.#shown.toSorted((a, b) => a - b)).toEqual(all);
  }

  close(): void {
    this.#client.close();
  }
}
