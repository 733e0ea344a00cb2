import type { FanfareError, Message, PendingMessage } from '#client';
import type { Me } from '../state/chat.ts';

/** One message as it is shown. */
export interface Line {
  /** Stays the same from the first key press of a send to the room's copy. */
  key: string;
  id: string;
  text: string;
  /** Ms since the epoch. */
  at: number;
  state: PendingMessage['state'];
  error?: FanfareError;
  /** The message's place in its room, and which state of it this is; pending ones have neither. */
  seq?: number;
  version?: number;
  editedAt?: number | undefined;
  deletedAt?: number | undefined;
  reactions: Reaction[];
}

/** How many reacted with an emoji, and whether one did oneself. */
interface Reaction {
  emoji: string;
  count: number;
  mine: boolean;
}

/** Lines that one person said in a row. */
export interface Turn {
  key: string;
  sender: string;
  senderName: string;
  lines: [Line, ...Line[]];
}

export interface Day {
  key: string;
  /** When the day's first message was written. */
  at: number;
  turns: Turn[];
}

/** A later line of the same person starts a new turn, with name and time. */
const turnMs = 5 * 60_000;

/** What a room shows: its messages and our pending ones, by day (of this machine's time zone) and speaker. */
export function transcript(messages: readonly Message[], pending: readonly PendingMessage[], me: Me): Day[] {
  const days: Day[] = [];
  const keys = new Set<string>();
  const said = [
    ...messages.map((message) => ({
      ...message,
      state: 'sent' as const,
      reactions: reactionsOf(message, me),
    })),
    ...pending.map((message) => ({ ...message, sender: me.id, senderName: me.name, reactions: [] })),
  ];
  for (const { sender, senderName, ...line } of said) {
    // The server remembers the ids of a person's latest sends only: an older one may come again.
    let key = `${sender}/${line.id}`;
    while (keys.has(key)) key += '+';
    keys.add(key);
    const dayKey = new Date(line.at).toDateString();
    if (days.at(-1)?.key !== dayKey) days.push({ key: dayKey, at: line.at, turns: [] });
    const turns = days.at(-1)?.turns ?? [];
    const turn = turns.at(-1);
    const shown: Line = { ...line, key };
    if (turn?.sender === sender && shown.at - turn.lines[0].at < turnMs) turn.lines.push(shown);
    else turns.push({ key, sender, senderName, lines: [shown] });
  }
  return days;
}

function reactionsOf({ reactions = [] }: Message, me: Me): Reaction[] {
  return reactions.map(({ emoji, users }) => ({ emoji, count: users.length, mine: users.includes(me.id) }));
}
