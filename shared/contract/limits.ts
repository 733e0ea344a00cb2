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
  /** Files of one message, their size in bytes, and the length of a file's name. */
  attachments: 20,
  attachmentBytes: 25 * 1024 * 1024,
  fileNameLength: 200,
  /** People that one message mentions. */
  mentions: 20,
  /** Different emoji on one message, and reactions on it in all: they are part of its row, and of one frame with it. */
  emojiPerMessage: 20,
  reactionsPerMessage: 100,
  /** Bytes of a message's text and attachments in JSON: with the most reactions and mentions it still fits a frame. */
  contentBytes: 24_100,
  /** Members up to which a room's receipts, presence and typing are told: they cost members², nobody reads them in a crowd. */
  presenceMembers: 200,
  /** Milliseconds for which somebody counts as typing, and how old such an event may be before it is dropped. */
  typingMs: 5_000,
  /** Changes (edits, deletions, reactions) of older messages that a subscribe returns. */
  changesPageSize: 100,
  /** Length of names and descriptions of rooms, and of people's names. */
  roomNameLength: 80,
  descriptionLength: 500,
  nameLength: 64,
  /** People of a direct room. */
  directPeople: 9,
  /** Rows of one page of a list (members, rooms, bans). */
  listPageSize: 100,
  /** Bytes of the body of a request to the HTTP API. */
  bodyBytes: 64 * 1024,
  /** Length of a search, and messages that one call looks through. */
  searchLength: 100,
  searchedMessages: 5_000,
  /** Push subscriptions that are kept of one person: the newest ones. */
  pushSubscriptions: 10,
  /** Webhooks of a room, and how many messages in a row one fails to take, through every try, before it is disabled. */
  webhooks: 5,
  webhookFailures: 10,
} as const;
