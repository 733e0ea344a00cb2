import type { ConnectionId, Connections } from './connections.ts';
import { ConditionFailed, Conflict, type Documents, retryOnConflict, transact } from './documents.ts';
import type { Rooms } from './rooms.ts';

/** Rooms of one transaction, which holds an item for each and one for the connection, of DynamoDB's 100. */
const roomsPerTransaction = 50;

/** Removes a connection's subscriptions to `rooms`. A connection that is closed, or closes meanwhile, has none. */
export async function dropSubscriptions(
  roomIds: string[],
  connection: ConnectionId,
  { documents, connections }: { documents: Documents; connections: Connections },
): Promise<void> {
  await retryOnConflict(async () => {
    const subscribed = await connections.rooms(connection);
    const dropped = roomIds.flatMap((room): [string, number][] => {
      const shard = subscribed?.get(room);
      return shard === undefined ? [] : [[room, shard]];
    });
    for (let start = 0; start < dropped.length; start += roomsPerTransaction) {
      const some = new Map(dropped.slice(start, start + roomsPerTransaction));
      try {
        await transact(documents, connections.unsubscribe(connection, some));
      } catch (error) {
        // It closed, or another frame changed its subscriptions, since they were read: look again.
        if (error instanceof ConditionFailed) throw new Conflict();
        throw error;
      }
    }
  });
}

/**
 * Ends a membership, and with it delivery to every connection of the person. The member row goes first: a subscription
 * is written in one transaction that checks it, so none can appear after it is gone, and those that were written before
 * are in the connections' rows that are read here.
 */
export async function endMembership(
  roomId: string,
  userId: string,
  { documents, rooms, connections }: { documents: Documents; rooms: Rooms; connections: Connections },
): Promise<void> {
  await rooms.removeMember(roomId, userId);
  await dropEverywhere(roomId, userId, { documents, connections });
}

/** Ends delivery of a room to every connection of a person, whose member row is gone. */
export async function dropEverywhere(
  roomId: string,
  userId: string,
  { documents, connections }: { documents: Documents; connections: Connections },
): Promise<void> {
  const open = await connections.ofUser(userId);
  await Promise.all(
    open.map((connection) => dropSubscriptions([roomId], connection, { documents, connections })),
  );
}
