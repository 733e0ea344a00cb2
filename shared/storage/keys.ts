/**
 * Every key of every table (docs/architecture.md, "Data"). Nothing else builds one.
 */
export const roomKeys = {
  /** The room itself. */
  room: (roomId: string) => ({ roomId, item: 'ROOM' }),
  /** A person's membership. */
  member: (roomId: string, userId: string) => ({ roomId, item: `MEMBER#${userId}` }),
  /** The counter that numbers the room's messages. */
  seq: (roomId: string) => ({ roomId, item: 'SEQ' }),
  /** Keeps a person out. */
  ban: (roomId: string, userId: string) => ({ roomId, item: `BAN#${userId}` }),
  /** Where the room's messages are posted to. */
  webhook: (roomId: string, id: string) => ({ roomId, item: `${webhookPrefix}${id}` }),
  /** What a member sent lately: client ids and the rate bucket. */
  sender: (roomId: string, userId: string) => ({ roomId, item: `SENDER#${userId}` }),
};

export const connectionKeys = {
  connection: (userId: string, connectionId: string) => ({
    pk: `USER#${userId}`,
    sk: `CONNECTION#${connectionId}`,
  }),
  subscription: (roomId: string, shard: number, connectionId: string) => ({
    pk: connectionKeys.shard(roomId, shard),
    sk: connectionId,
  }),
  /** Whether the person has a live connection, as people are told. */
  presence: (userId: string) => ({ pk: `USER#${userId}`, sk: 'PRESENCE' }),
  /** The partition that holds one shard of a room's subscriptions. */
  shard: (roomId: string, shard: number) => `ROOM#${roomId}#${shard}`,
  /** The partition of the index `byDeadline` that holds one shard of a minute's connections. */
  deadline: (minute: number, shard: number) => `${minute}#${shard}`,
  /** Whose connection a row is. */
  connectionOf: (pk: string, sk: string) => ({
    userId: pk.slice('USER#'.length),
    connectionId: sk.slice('CONNECTION#'.length),
  }),
  /** How far the sweeper has come. */
  sweep: { pk: 'SWEEP', sk: 'SWEEP' },
};

/** Rows of the people table that are no profiles: `#` is in no user id. */
export const pushKeys = {
  /** The key pair by which push services know this deployment. */
  vapid: { userId: 'VAPID#' },
  /** Where a person's browsers are pushed to. */
  subscriptions: (userId: string) => ({ userId: `PUSH#${userId}` }),
  /** That a person was told of a message. */
  notified: (roomId: string, seq: number, userId: string) => ({
    userId: `NOTIFIED#${roomId}#${seq}#${userId}`,
  }),
};

/** What the keys of a room's members, bans and webhooks begin with. */
export const memberPrefix = 'MEMBER#';
export const banPrefix = 'BAN#';
export const webhookPrefix = 'WEBHOOK#';

/** Index of the rooms table: public rooms that are not archived, by name. Only they have its attributes. */
export const roomsByListing = 'byListing';
/** Index of the people table: everybody, by name. */
export const peopleByName = 'byName';

/** Index of the rooms table: a person's memberships. Only member rows have its key attribute. */
export const roomsByUser = 'byUser';

/** Index of the messages table: a room's messages by their last change. Only changed ones have its sort key. */
export const messagesByChange = 'byChange';

/** Index of the connections table: connections by the minute in which something is due. Only they have its key. */
export const connectionsByDeadline = 'byDeadline';

/** Where a file lies in the bucket of attachments. Whoever knows a file's id finds it only under room and sender of its message. */
export function attachmentKey(room: string, sender: string, id: string): string {
  return `${room}/${sender}/${id}`;
}

/** Tag of a file that no message has yet: the bucket forgets those after a while. */
export const unsentTag = { name: 'state', value: 'unsent' };
