/** What AWS gives an account in us-east-1 before it is asked for more, and what cannot be raised (`fixed`). */
export const quotas = {
  /** "API Gateway quotas": requests a second of an account and region; each @connections call is one, as is a client's frame. */
  requestsPerSecond: 10_000,
  /** "WebSocket API quotas": new connections a second of an account and region. */
  connectionsPerSecond: 500,
  /** The same: a socket's longest life. Fixed. */
  connectionLifeMs: 2 * 3_600_000,
  /** "Lambda quotas": invocations at once of an account and region. */
  concurrency: 1_000,
  /** "Configuring scaling behavior for SQS event source mappings": at first, then more a minute, up to. Fixed, but for provisioned pollers. */
  pollers: { first: 5, moreAMinute: 300, most: 1_250 },
  /** "Best practices for designing partition keys": units a second of one partition. Fixed. */
  partition: { writeUnits: 1_000, readUnits: 3_000 },
  /** "Quotas in Amazon DynamoDB": units a second of an on-demand table. */
  table: { writeUnits: 40_000, readUnits: 40_000 },
} as const;

/** What Fanfare was counted to use, by the cost section of `npm run bench`, and what a call is taken to last on AWS. */
export const used = {
  /** Write units of a send: its message 2, its sender’s row 2, the room’s counter 1; reads of the three rows. */
  send: { messagesWriteUnits: 2, roomsWriteUnits: 3, roomsReadUnits: 3, counterWriteUnits: 1 },
  /** Dollars: of a million sends without their deliveries; of a million jobs without their posts, empty and of a full shard. */
  millionSendsDollars: 8.1,
  millionJobsDollars: { empty: 2.5, full: 9 },
  /** Read units of one shard of 1,000 subscriptions. */
  shardReadUnits: 24,
  /** Milliseconds of a send's function, of a post, and posts of a worker that are under way. */
  sendMs: 20,
  postMs: 10,
  postsAtOnce: 128,
} as const;
