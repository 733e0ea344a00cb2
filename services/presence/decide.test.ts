import fc from 'fast-check';
import { beforeAll, expect, it, vi } from 'vitest';
import { type Presence, presenceLifeMs } from '#shared/storage/presence.ts';
import { decide } from './decide.ts';

/** A person's rows, with what DynamoDB promises of each call, and every call at a moment that `scheduler` chooses. */
class Rows {
  readonly connections = new Set<number>();
  told: Presence | undefined;
  /** What the presence row's stream says, from its beginning on. */
  readonly stream: boolean[] = [];
  readonly #scheduler: fc.Scheduler;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  async read() {
    return await this.#call('read', () => this.told);
  }

  async isConnected() {
    return await this.#call('connections', () => this.connections.size > 0);
  }

  async change(userId: string, was: Presence | undefined, online: boolean, now: number) {
    return await this.#call(`${online}`, () => {
      if (this.told?.at !== was?.at) return false;
      const at = Math.max(now, (was?.at ?? 0) + 1);
      this.told = { userId, online, at, expiresAt: now + presenceLifeMs };
      this.stream.push(online);
      return true;
    });
  }

  async renew() {
    throw new Error('No row is as old');
  }

  /** Its effect is at once, or where it is to fail, none; the answer comes later. */
  async #call<Result>(name: string, effect: () => Result): Promise<Result> {
    await this.#scheduler.schedule(Promise.resolve(), name);
    const result = effect();
    await this.#scheduler.schedule(Promise.resolve(), `${name}: answer`);
    return result;
  }
}

/** Workers of a stream: each record's, and those of what is offered again since a worker died. */
interface Step {
  connection: number;
  opens: boolean;
  /** The worker of the change's record dies at this call, and another one begins. */
  diesAt: number | undefined;
}

const step = fc.record<Step>({
  connection: fc.integer({ min: 1, max: 2 }),
  opens: fc.boolean(),
  // Most do not: who dies looks twice, which hides what looking once would miss.
  diesAt: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 5 }) },
  ),
});

// Who lost a race waits for nothing.
beforeAll(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

it('ends with the truth, whatever meets whatever', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 8 }), async (scheduler, steps) => {
      const rows = new Rows(scheduler);
      const workers: Promise<unknown>[] = [];
      const changes = steps.map(async ({ connection, opens, diesAt }) => {
        await scheduler.schedule(Promise.resolve(), `${opens ? 'opens' : 'closes'} ${connection}`);
        if (rows.connections.has(connection) === opens) return;
        if (opens) rows.connections.add(connection);
        else rows.connections.delete(connection);
        workers.push(work(rows, diesAt));
      });
      await scheduler.waitFor(Promise.all(changes).then(() => Promise.all(workers)));
      expect(rows.told?.online ?? false).toBe(rows.connections.size > 0);
      // And each change was told once.
      expect(rows.stream).toEqual(rows.stream.map((_, index) => index % 2 === 0));
    }),
    { numRuns: 1_000 },
  );
});

async function work(rows: Rows, diesAt: number | undefined): Promise<void> {
  if (diesAt !== undefined) await decide('u', dying(rows, diesAt)).catch(() => undefined);
  await decide('u', rows);
}

/** The rows as a worker has them that dies at its nth call, which is not made. */
function dying(rows: Rows, at: number): Parameters<typeof decide>[1] {
  let calls = 0;
  const orDies = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
    return async (...args: Args) => {
      if (calls++ >= at) throw new Error('It died');
      return await call(...args);
    };
  };
  return {
    read: orDies(() => rows.read()),
    isConnected: orDies(() => rows.isConnected()),
    change: orDies((...args: Parameters<Rows['change']>) => rows.change(...args)),
    renew: orDies(() => rows.renew()),
  };
}
