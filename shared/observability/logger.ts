import { Logger } from '@aws-lambda-powertools/logger';
import { messageIn, type RoomEvent } from '../contract/events.ts';

/** The one logger: JSON lines with the stage's name, its level by POWERTOOLS_LOG_LEVEL. */
export const logger = new Logger();

/**
 * One line for each room of a batch, with its messages' seqs and their clients' own ids: what became of a message is
 * found by room and seq across every stage's log ("The story of a message", docs/runbook.md).
 */
export function logChanges(what: string, changes: readonly { room: string; event: RoomEvent }[]): void {
  for (const [room, ofRoom] of Map.groupBy(changes, (change) => change.room)) {
    logger.info(what, { room, ...namesOf(ofRoom.map(({ event }) => event)) });
  }
}

/** How log lines name the events of a room: messages by seq and their clients' own ids, all by kind. */
export function namesOf(events: readonly RoomEvent[]) {
  const messages = events.flatMap((event) => messageIn(event) ?? []);
  return {
    seqs: messages.map(({ seq }) => seq),
    correlationIds: messages.map(({ id }) => id),
    kinds: [...new Set(events.map(({ type }) => type))],
  };
}
