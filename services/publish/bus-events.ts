import type { RoomEvent } from '#shared/contract/events.ts';
import type { Change } from '../changes/changes.ts';

/** An event as the bus has it: `type` is its `detail-type`, `at` its time in ms since the epoch. */
export interface BusEvent {
  type: string;
  at: number;
  detail: Record<string, unknown>;
}

/** What others may want to know of. Receipts and the like are of no use after the moment. */
const types = new Map<RoomEvent['type'], string>([
  ['message', 'MessageSent'],
  ['edited', 'MessageEdited'],
  ['deleted', 'MessageDeleted'],
  ['reaction', 'ReactionChanged'],
  ['joined', 'MemberJoined'],
  ['left', 'MemberLeft'],
  ['member', 'MemberChanged'],
  ['room', 'RoomChanged'],
]);

/** What the bus is told of a record's changes: of those of rooms, not of people's feeds. */
export function busEventsOf(changes: Change[]): BusEvent[] {
  return changes.filter(({ room }) => !room.startsWith('@')).flatMap((change) => busEvent(change) ?? []);
}

function busEvent({ room, event, routing }: Change): BusEvent | undefined {
  const type = types.get(event.type);
  return type ? { type, at: event.at, detail: { room, ...event, ...routing } } : undefined;
}
