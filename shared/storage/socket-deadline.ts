import { connectionKeys } from './keys.ts';
import { shardOf } from './shards.ts';

/** Milliseconds that API Gateway lets a WebSocket live ("Amazon API Gateway quotas": connection duration). */
export const socketLifeMs = 2 * 3_600_000;

/**
 * Milliseconds before that end at which a socket that is still there is asked to move. Fanfare's own client moves by
 * itself at a random time in the last quarter hour; who is left by now is told with time enough to do it unhurriedly.
 */
const askBeforeMs = 5 * 60_000;

/**
 * Partitions of one minute. An index's partition takes 1,000 writes a second, and one that throttles holds up the
 * table's writes too: eight bear 8,000 sockets a second of the same minute, sixteen times API Gateway's quota.
 */
export const deadlineShards = 8;

/** What decides when something is to be done about a socket. Times are milliseconds since the epoch. */
export interface SocketDeadline {
  connectedAt: number;
  tokenExpiresAt: number;
  /** It has been asked to move to a new socket. */
  askedToMove?: boolean | undefined;
}

/** When API Gateway ends the socket, whatever its token. */
export function endsAt({ connectedAt }: SocketDeadline): number {
  return connectedAt + socketLifeMs;
}

/** When the socket must be gone. */
export function closesAt(deadline: SocketDeadline): number {
  return Math.min(deadline.tokenExpiresAt, endsAt(deadline));
}

/** When something is to be done about it next: to ask it to move, or to close it. */
export function dueAt(deadline: SocketDeadline): number {
  const closes = closesAt(deadline);
  return deadline.askedToMove ? closes : Math.min(endsAt(deadline) - askBeforeMs, closes);
}

/** The minute that a time is in, counted from the epoch. */
export function minuteOf(at: number): number {
  return Math.floor(at / 60_000);
}

/** The partition of the index of deadlines that the socket belongs in: never behind `now`, where nobody looks again. */
export function deadlinePartition(connectionId: string, deadline: SocketDeadline, now: number): string {
  const minute = minuteOf(Math.max(dueAt(deadline), now));
  return connectionKeys.deadline(minute, shardOf(connectionId, deadlineShards));
}
