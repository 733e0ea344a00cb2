import { expect } from 'vitest';
import * as z from 'zod';
import type { Cloud } from '#local/cloud.ts';

const publishedLine = z.object({
  message: z.literal('Published'),
  room: z.string(),
  seqs: z.array(z.number()),
});

/** What the event bus has taken, from the making of this on: as publish's log tells it. */
export class Published {
  readonly #seqs = new Map<string, Set<number>>();

  constructor({ logs }: Cloud) {
    logs.onLine((group, line) => {
      if (group !== '/fanfare/publish' || !line.includes('"Published"')) return;
      const { data } = publishedLine.safeParse(JSON.parse(line));
      if (data) this.#seqs.set(data.room, new Set([...this.seqs(data.room), ...data.seqs]));
    });
  }

  /** The messages of a room of which it has the event. */
  seqs(room: string): Set<number> {
    return this.#seqs.get(room) ?? new Set();
  }

  /** Waits until there are `count` of a room; returns them in order. */
  async of(room: string, count: number): Promise<number[]> {
    await expect.poll(() => this.seqs(room).size, { timeout: 40_000 }).toBeGreaterThanOrEqual(count);
    return [...this.seqs(room)].toSorted((a, b) => a - b);
  }
}
