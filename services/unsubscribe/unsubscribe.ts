import type { AckFrame, UnsubscribeFrame } from '#shared/contract/frames.ts';
import type { ConnectionId, Connections } from '#shared/storage/connections.ts';
import { ConditionFailed, type Documents, retryOnConflict, transact } from '#shared/storage/documents.ts';

/** Rooms of one transaction, which holds an item for each and one for the connection, of DynamoDB's 100. */
const roomsPerTransaction = 50;

/** Ends the connection's subscriptions to the frame's rooms; those that it does not have are ignored. */
export async function unsubscribe(
  frame: UnsubscribeFrame,
  caller: ConnectionId,
  { documents, connections }: { documents: Documents; connections: Connections },
): Promise<AckFrame> {
  await dropSubscriptions(frame.rooms, caller, documents, connections);
  return { type: 'ack', id: frame.id };
}

/** Removes a connection's subscriptions to `rooms`. A connection that is closed, or closes meanwhile, has none. */
export async function dropSubscriptions(
  rooms: string[],
  connection: ConnectionId,
  documents: Documents,
  connections: Connections,
): Promise<void> {
  await retryOnConflict(async () => {
    const subscribed = await connections.rooms(connection);
    const dropped = rooms.flatMap((room): [string, number][] => {
      const shard = subscribed?.get(room);
      return shard === undefined ? [] : [[room, shard]];
    });
    for (let start = 0; start < dropped.length; start += roomsPerTransaction) {
      const some = new Map(dropped.slice(start, start + roomsPerTransaction));
      try {
        await transact(documents, connections.unsubscribe(connection, some));
      } catch (error) {
        // The only condition is that the connection is open; its closing removes its subscriptions.
        if (!(error instanceof ConditionFailed)) throw error;
        return;
      }
    }
  });
}
