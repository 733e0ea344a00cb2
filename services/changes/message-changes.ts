import type { RoomEvent } from '#shared/contract/events.ts';
import { type Message, messageRow, toEvent } from '#shared/storage/messages.ts';
import type { Change, Images } from './changes.ts';

/** A new message, or what became of one. Rows are never deleted: a deletion is a change too. */
export function messageChanges({ before, after }: Images): Change[] {
  if (!after) return [];
  const message = messageRow.parse(after);
  const event = before ? changeEvent(messageRow.parse(before), message) : toEvent(message);
  const { roomId: room, shards, direct, webhooks, erased } = message;
  return [{ room, shards, event, routing: { direct, webhooks, erased } }];
}

function changeEvent(before: Message, after: Message): RoomEvent {
  const change = { at: after.changedAt ?? after.sentAt, message: toEvent(after) };
  if (after.deletedAt !== undefined) return { type: 'deleted', ...change };
  if (after.text !== before.text) return { type: 'edited', ...change };
  return { type: 'reaction', ...change };
}
