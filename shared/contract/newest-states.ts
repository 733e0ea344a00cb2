import { type MessageEvent, messageIn, type RoomEvent } from './events.ts';

/**
 * What a reader of all these events knows at their end, in as few: of each message only the newest state (as a new
 * message, where one of the events told of it as such), by seq; then everything else as it came.
 */
export function newestStates(events: readonly RoomEvent[]): RoomEvent[] {
  if (events.length === 1) return [...events];
  const messages = new Map<number, RoomEvent>();
  const others = new Map<string, RoomEvent>();
  for (const event of events) {
    const message = messageIn(event);
    if (message) messages.set(message.seq, newer(messages.get(message.seq), event, message));
    // A stream's record and a queue's job may come twice.
    else others.set(JSON.stringify(event), event);
  }
  const bySeq = [...messages].toSorted(([a], [b]) => a - b).map(([, event]) => event);
  return [...bySeq, ...others.values()];
}

function newer(known: RoomEvent | undefined, event: RoomEvent, message: MessageEvent): RoomEvent {
  const before = known && messageIn(known);
  if (!known || !before) return event;
  const [newest, state] = message.version > before.version ? [event, message] : [known, before];
  return known.type === 'message' || event.type === 'message' ? state : newest;
}
