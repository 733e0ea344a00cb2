/**
 * The numbers that clients and servers agree on. Those that AWS sets say so; the others are Fanfare's.
 */
export const limits = {
  /** Characters (UTF-16 code units, as a browser counts them) of one message's text. */
  textLength: 4_000,
  /** Bytes of one WebSocket frame, either way: API Gateway's quota; a larger one closes the socket with 1009. */
  frameBytes: 32 * 1024,
  /** Bytes of one route response: API Gateway's WebSocket payload quota, less room for its own framing. */
  responseBytes: 120 * 1024,
  /** Rooms that one connection may be subscribed to. */
  roomsPerConnection: 100,
  /** Rooms in one `subscribe`: three rows of each are read in one BatchGetItem (DynamoDB allows 100 keys). */
  roomsPerSubscribe: 32,
  /** Messages in one page of history. */
  pageSize: 200,
  /** Messages that a subscribe without `after` returns: the newest ones. */
  newestPageSize: 50,
  /** Length of a client's own `id` of a frame, which makes sends idempotent. */
  clientIdLength: 64,
  /** Length of a room's id. */
  roomIdLength: 64,
  /** Sends a second that a member may keep up in a room, and how many may come at once. */
  sendsPerSecond: 10,
  sendBurst: 20,
  /** Client ids that are remembered for each member and room: a retry within this many sends is no second message. */
  rememberedSends: 32,
  /** Milliseconds after which a missing seq counts as skipped rather than late (see `seq` in docs/architecture.md). */
  lateSeqMs: 30_000,
} as const;
