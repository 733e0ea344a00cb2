import { limits } from '#shared/contract/limits.ts';

/** The client's intervals in milliseconds. */
export interface Timing {
  /** A failed connection is tried again after a random time up to `backoffBaseMs`, doubled each time up to the cap. */
  backoffBaseMs: number;
  backoffCapMs: number;
  /** How long fetching a token and opening a socket may take. */
  connectTimeoutMs: number;
  /** A frame without an answer for this long is sent again with the same id. */
  answerTimeoutMs: number;
  /**
   * Silence after which the socket is probed. API Gateway ends a WebSocket that idles for 10 minutes, and charges a ping
   * and its pong as much as eight minutes of the connection.
   */
  pingAfterMs: number;
  /** A socket that owes a `pong` for this long is dead. */
  pongTimeoutMs: number;
  /** How long a missing seq may be on its way before the room asks for it; each further try waits twice as long. */
  repairAfterMs: number;
  /** How long a socket may live (API Gateway's quota), and how long before that it is replaced. */
  socketLifeMs: number;
  handoverWindowMs: number;
  /** How long before a token's expiry another one is asked for. */
  renewBeforeMs: number;
  /** At most one `markRead`, and one `typing`, of a room is sent in such a time. */
  markReadMs: number;
  typingEveryMs: number;
  /** How long somebody counts as typing. */
  typingMs: number;
}

export const defaultTiming: Timing = {
  backoffBaseMs: 500,
  backoffCapMs: 30_000,
  connectTimeoutMs: 15_000,
  answerTimeoutMs: 10_000,
  pingAfterMs: 8 * 60_000,
  pongTimeoutMs: 10_000,
  repairAfterMs: 3_000,
  socketLifeMs: 2 * 3_600_000,
  handoverWindowMs: 15 * 60_000,
  renewBeforeMs: 60_000,
  markReadMs: 1_000,
  typingEveryMs: 2_000,
  typingMs: limits.typingMs,
};

/**
 * Full jitter: a random delay up to an exponentially growing bound, so that clients that lost their sockets together
 * do not come back together. `attempt` counts from 0.
 */
export function backoffMs(attempt: number, { backoffBaseMs, backoffCapMs }: Timing): number {
  return Math.random() * Math.min(backoffCapMs, backoffBaseMs * 2 ** attempt);
}
