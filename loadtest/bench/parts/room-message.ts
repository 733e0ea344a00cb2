import type { MessageEvent } from '#shared/contract/events.ts';
import type { EventsFrame } from '#shared/contract/frames.ts';
import { messageId } from '../../client/message-id.ts';

/** As long as a subject that Cognito gives. */
const sender = '00000000-0000-0000-0000-000000000000';

let seq = 0;

/** The next message of this process, the same for every system: what differs is how it is sent. */
export function nextMessage(id: string, text: string): MessageEvent {
  return {
    type: 'message',
    at: Date.now(),
    seq: ++seq,
    version: 1,
    id,
    sender,
    senderName: 'person-0',
    text,
  };
}

/** Messages `first` to `first + count - 1` of a run. */
export function nextMessages(run: string, first: number, count: number): MessageEvent[] {
  return Array.from({ length: count }, (_, index) =>
    nextMessage(messageId(run, first + index), `Forty-two characters, as people write them ${first + index}`),
  );
}

export function eventsFrame(room: string, events: MessageEvent[]): EventsFrame {
  return { type: 'events', room, events };
}
