import { RoomLog } from '#client';
import type { MessageEvent } from '#shared/contract/events.ts';

/** A message of this run. Times in ms on `performance.now()`'s clock. */
interface Send {
  room: string;
  sentAt: number;
  /** Its place in the room, once it was acknowledged. */
  seq?: number;
}

/** What a person sees of a room. */
interface View {
  room: string;
  /** The room's last number when the person came: everything above it is owed to them. */
  base: number;
  log: RoomLog;
}

/** What a received message was to the one who received it. */
export interface Receipt {
  /** A message that the person had not seen. Else it is a copy, which a client drops. */
  isNew: boolean;
  /** It came after one of higher seq. */
  isLate: boolean;
  /** From its sending to now; undefined of what is not of this run. */
  ms: number | undefined;
}

/** What the books say when all is over. */
export interface Audit {
  /** (person, message) pairs: acknowledged, owed to the person, and not seen. */
  lost: number;
  /** Messages that somebody sees twice. */
  shownTwice: number;
  /** Messages that somebody sees before one of lower seq. */
  shownOutOfOrder: number;
  unacknowledged: number;
}

/**
 * Who said what, and who saw it, all by one clock. People see a room as through the client: its own log puts messages
 * in order and drops copies. Here people come and go, and are owed only what was said since: loadtest/client/ledger.ts
 * keeps the simpler books of one room in which everybody is from the start.
 */
export class Books {
  readonly #sends = new Map<string, Send>();
  readonly #views: View[] = [];

  sent(id: string, room: string, at: number): void {
    this.#sends.set(id, { room, sentAt: at });
  }

  /** Returns the milliseconds since it was sent. */
  acknowledged(id: string, seq: number, at: number): number {
    const send = this.#sends.get(id);
    if (!send) throw new RangeError(`Nobody sent ${id}`);
    send.seq = seq;
    return at - send.sentAt;
  }

  /** A person has come into a room whose last number is `base`. */
  joined(room: string, base: number): View {
    const view = { room, base, log: new RoomLog(base) };
    this.#views.push(view);
    return view;
  }

  received(view: View, message: MessageEvent, at: number): Receipt {
    const isLate = message.seq < view.log.newest;
    const isNew = view.log.add(message) === 'new';
    const send = this.#sends.get(message.id);
    return { isNew, isLate, ms: send && at - send.sentAt };
  }

  audit(): Audit {
    const acknowledged = Map.groupBy(
      [...this.#sends].flatMap(([id, { room, seq }]) => (seq === undefined ? [] : [{ id, room, seq }])),
      ({ room }) => room,
    );
    const audit: Audit = { lost: 0, shownTwice: 0, shownOutOfOrder: 0, unacknowledged: 0 };
    for (const { room, base, log } of this.#views) {
      const shown = log.messages;
      const idOf = new Map(shown.map(({ seq, id }) => [seq, id]));
      for (const { id, seq } of acknowledged.get(room) ?? []) {
        if (seq > base && idOf.get(seq) !== id) audit.lost++;
      }
      audit.shownTwice += shown.length - new Set(shown.map(({ id }) => id)).size;
      audit.shownOutOfOrder += shown.filter(({ seq }, index) => seq < (shown[index - 1]?.seq ?? 0)).length;
    }
    for (const { seq } of this.#sends.values()) if (seq === undefined) audit.unacknowledged++;
    return audit;
  }
}

export type { View };
