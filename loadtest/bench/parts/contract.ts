import { z } from 'zod';

/** What a process of the bench can be asked, by the command's name. */
export type Contract = Record<string, { args: z.ZodType; answer: z.ZodType }>;

const nothing = z.object({});

/** Messages that are sent at once, as ids of a run (client/message-id.ts). */
const messages = { run: z.string(), first: z.number(), count: z.number() };

/** By the clock that all processes share. */
const begun = z.object({ startedAt: z.number() });

/** Rooms by their sizes: the first so many clients are in it. */
const room = z.object({ room: z.string(), size: z.number() });
export type BenchRoom = z.infer<typeof room>;

/** NaN where nothing was measured. */
const figure = z.number().or(z.nan());
const percentiles = z.object({ p50: figure, p99: figure, max: figure });

/** Every process. */
export const common = {
  /** Milliseconds of CPU time that the process has used, all of its threads together, ended ones too. */
  cpu: { args: nothing, answer: z.object({ milliseconds: z.number() }) },
} satisfies Contract;

/** A server that sends to its connections itself. */
export const broadcaster = {
  listen: { args: z.object({ rooms: z.array(room) }), answer: z.object({ url: z.string() }) },
  broadcast: { args: z.object({ room: z.string(), ...messages }), answer: begun },
} satisfies Contract;

/** The local gateway by itself. */
export const gateway = {
  start: {
    args: nothing,
    answer: z.object({
      url: z.string(),
      managementUrl: z.string(),
      key: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
    }),
  },
  /** Connection ids, in the order of the clients' numbers. */
  connections: { args: nothing, answer: z.array(z.string()) },
  /** How long each post is made to take. */
  delay: { args: z.object({ milliseconds: z.number() }), answer: nothing },
} satisfies Contract;

/** DynamoDB's engine, and the rows that say who is in which room. */
export const storage = {
  start: {
    args: z.object({ assembly: z.string(), folder: z.string() }),
    answer: z.object({ url: z.string(), tables: z.record(z.string(), z.string()) }),
  },
  fill: { args: z.object({ rooms: z.array(room), connections: z.array(z.string()) }), answer: nothing },
} satisfies Contract;

/** What posts to a room's connections: Fanfare's worker, or the sample peers' handlers. */
export const poster = {
  deliver: { args: room.extend(messages), answer: begun },
} satisfies Contract;

export const worker = {
  ...poster,
  /** Posts to one connection, `count` times, one after the other. */
  postAlone: {
    args: z.object({ connection: z.string(), count: z.number() }),
    answer: z.object({ milliseconds: z.number() }),
  },
} satisfies Contract;

const stage = percentiles.omit({ max: true }).extend({ count: z.number(), sum: z.number() });
export type StageMetric = z.infer<typeof stage>;

/** The whole local cloud. */
export const cloud = {
  start: {
    args: z.object({
      assembly: z.string(),
      folder: z.string(),
      rooms: z.array(room),
      people: z.number(),
    }),
    answer: z.object({ url: z.string(), tokens: z.array(z.string()) }),
  },
  forgetMetrics: { args: nothing, answer: nothing },
  /** What functions measured since then, by metric. */
  metrics: { args: nothing, answer: z.record(z.string(), stage) },
} satisfies Contract;

/** The clients of one system. */
export const client = {
  /** Opens connections until there are `count`. */
  connect: {
    args: z.object({
      protocol: z.enum(['websocket', 'socket.io']),
      url: z.string(),
      count: z.number(),
      /** One of them for each connection, by turns; none where nobody asks. */
      tokens: z.array(z.string()),
    }),
    answer: nothing,
  },
  subscribe: { args: z.object({ rooms: z.array(room) }), answer: nothing },
  begin: {
    args: room.extend({ messages: z.number() }),
    answer: z.object({ run: z.string() }),
  },
  send: {
    args: z.object({ first: z.number(), count: z.number(), rate: z.number(), senders: z.number() }),
    answer: begun,
  },
  /** Waits for `deliveries` of the run, or until nothing more comes. */
  drain: {
    args: z.object({ deliveries: z.number(), quietMs: z.number(), longestMs: z.number() }),
    answer: z.object({ lastReceiptAt: z.number(), deliveries: z.number() }),
  },
  result: {
    args: z.object({ slices: z.number(), sliceMs: z.number() }),
    answer: z.object({
      deliveries: z.number(),
      deliveriesPerSecond: z.number(),
      duplicated: z.number(),
      outOfOrder: z.number(),
      frames: z.number(),
      unacknowledged: z.number(),
      sendToReceipt: percentiles,
      sendToAck: percentiles,
      problems: z.array(z.string()),
      /** Deliveries by stretches of time since the first send. */
      timeline: z.array(z.number()),
    }),
  },
} satisfies Contract;

export type ClientResult = z.infer<(typeof client)['result']['answer']>;
