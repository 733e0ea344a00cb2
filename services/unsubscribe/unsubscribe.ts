import type { AckFrame, UnsubscribeFrame } from '#shared/contract/frames.ts';
import type { ConnectionId, Connections } from '#shared/storage/connections.ts';
import type { Documents } from '#shared/storage/documents.ts';
import { dropSubscriptions } from '#shared/storage/memberships.ts';

/** Ends the connection's subscriptions to the frame's rooms; those that it does not have are ignored. */
export async function unsubscribe(
  frame: UnsubscribeFrame,
  caller: ConnectionId,
  collaborators: { documents: Documents; connections: Connections },
): Promise<AckFrame> {
  await dropSubscriptions(frame.rooms, caller, collaborators);
  return { type: 'ack', id: frame.id };
}
