import { describe, expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import { ConditionFailed, transact } from './documents.ts';
import { dropSubscriptions, endMembership } from './memberships.ts';

/** Of today: engines remove rows whose time to live is over. */
const now = Date.now();

onEachEngine((storage) => {
  let count = 0;

  async function member(room: string, userId: string) {
    await storage().rooms.addMember(room, { userId, name: userId }, now);
  }

  async function open(userId: string) {
    const connection = { userId, connectionId: `m${++count}=` };
    await storage().connections.open(connection, now);
    return connection;
  }

  /** The transaction that `subscribe` makes. */
  async function subscribe(connection: Awaited<ReturnType<typeof open>>, ...rooms: string[]) {
    const { documents, rooms: table, connections } = storage();
    await transact(documents, [
      ...rooms.map((room) => table.checkMember(room, connection.userId)),
      ...connections.subscribe(connection, new Map(rooms.map((room) => [room, 0])), now),
    ]);
  }

  async function subscribers(room: string) {
    return (await storage().connections.shardPage(room, 0, undefined, 100)).connections;
  }

  describe('ending a membership', () => {
    it('ends the delivery to every connection of the person, of that room alone', async () => {
      for (const room of ['end-a', 'end-b']) for (const who of ['ann', 'ben']) await member(room, who);
      const [first, second, ben] = [await open('ann'), await open('ann'), await open('ben')];
      for (const connection of [first, second, ben]) await subscribe(connection, 'end-a', 'end-b');

      await endMembership('end-a', 'ann', storage());

      expect(await storage().rooms.readMember('end-a', 'ann')).toBeUndefined();
      expect(await subscribers('end-a')).toEqual([ben]);
      expect(await subscribers('end-b')).toHaveLength(3);
      expect(await storage().connections.rooms(first)).toEqual(new Map([['end-b', 0]]));
    });

    it('is no error for somebody who is no member and has no connection', async () => {
      await endMembership('end-a', 'nobody', storage());
    });

    it('leaves no subscription behind that is written at the same moment', async () => {
      const lateComers = Array.from({ length: 12 }, (_, index) => `racer-${index}`);
      await Promise.all(lateComers.map((who) => member('end-race', who)));
      const opened = await Promise.all(lateComers.map(open));
      const subscribed = await Promise.allSettled(
        opened.flatMap((connection) => [
          subscribe(connection, 'end-race'),
          endMembership('end-race', connection.userId, storage()),
        ]),
      );
      expect(await subscribers('end-race')).toEqual([]);
      // Those that lost were told so; nothing else went wrong.
      for (const outcome of subscribed) {
        if (outcome.status === 'rejected')
          expect(outcome.reason.name).toMatch(/^(ConditionFailed|Conflict)$/);
      }
      for (const connection of opened) {
        expect(await storage().connections.rooms(connection)).toEqual(new Map());
        await expect(subscribe(connection, 'end-race')).rejects.toBeInstanceOf(ConditionFailed);
      }
    });
  });

  describe('dropping subscriptions', () => {
    it('ignores rooms that are not subscribed to and connections that are closed', async () => {
      await member('drop-a', 'cleo');
      const connection = await open('cleo');
      await subscribe(connection, 'drop-a');
      await dropSubscriptions(['drop-b', 'drop-c'], connection, storage());
      expect(await subscribers('drop-a')).toEqual([connection]);
      await dropSubscriptions(['drop-a', 'drop-b'], connection, storage());
      expect(await subscribers('drop-a')).toEqual([]);
      await storage().connections.close(connection);
      await dropSubscriptions(['drop-a'], connection, storage());
    });

    it('takes more rooms than one transaction does', async () => {
      const rooms = Array.from({ length: 75 }, (_, index) => `drop-many-${index}`);
      await Promise.all(rooms.map((room) => member(room, 'dan')));
      const connection = await open('dan');
      for (let start = 0; start < rooms.length; start += 25) {
        await subscribe(connection, ...rooms.slice(start, start + 25));
      }
      await dropSubscriptions(rooms, connection, storage());
      expect(await storage().connections.rooms(connection)).toEqual(new Map());
      expect(await subscribers('drop-many-74')).toEqual([]);
    });

    it('looks again when another frame dropped some of them first', async () => {
      await Promise.all(['drop-1', 'drop-2', 'drop-3'].map((room) => member(room, 'eve')));
      const connection = await open('eve');
      await subscribe(connection, 'drop-1', 'drop-2', 'drop-3');
      await Promise.all([
        dropSubscriptions(['drop-1', 'drop-2'], connection, storage()),
        dropSubscriptions(['drop-2', 'drop-3'], connection, storage()),
        dropSubscriptions(['drop-3', 'drop-1'], connection, storage()),
      ]);
      expect(await storage().connections.rooms(connection)).toEqual(new Map());
    });
  });
});
