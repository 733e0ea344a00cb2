import { prices } from '#shared/cost/prices.ts';
import { shardSize } from '#shared/storage/shards.ts';
import { quotas, used } from './quotas.ts';

/** Minutes of thirty days. */
const minutesAMonth = 30 * 24 * 60;
const secondsAMonth = minutesAMonth * 60;

/**
 * Connections of one room that an account can serve, where so many messages a second are sent to it and K share a frame:
 * every send is a request of the quota too.
 */
export function mostConnections(
  messagesPerSecond: number,
  perFrame: number,
  requestsPerSecond: number = quotas.requestsPerSecond,
): number {
  return Math.floor(((requestsPerSecond - messagesPerSecond) * perFrame) / messagesPerSecond);
}

/** Minutes until so many clients have come in, and how many come a second for ever after: a socket lives two hours. */
export function admission(connections: number, connectionsPerSecond: number = quotas.connectionsPerSecond) {
  return {
    minutes: connections / connectionsPerSecond / 60,
    reconnectsPerSecond: connections / (quotas.connectionLifeMs / 1000),
  };
}

/** Dollars a month of sockets over which nothing comes: their minutes, and the client's pings with their answers. */
export function idleMonth(connections: number, pingAfterMs: number) {
  const pings = minutesAMonth / (pingAfterMs / 60_000);
  const minutes = connections * minutesAMonth * prices.connectionMinute.dollars;
  return { minutes, pings: connections * pings * 2 * prices.webSocketMessage.dollars };
}

/** Dollars a million deliveries to rooms of so many connections, K messages a frame: posts, jobs and sends. */
export function millionDeliveries(connections: number, perFrame: number): number {
  const shards = Math.ceil(connections / shardSize);
  const { empty, full } = used.millionJobsDollars;
  const job = empty + (full - empty) * (connections / shards / shardSize);
  const posts = (prices.webSocketMessage.dollars * 1e6) / perFrame;
  return posts + (job * shards) / (connections * perFrame) + used.millionSendsDollars / connections;
}

/** Sends a second that one room can take before a partition of a table throttles, by what throttles. */
export function roomSends() {
  const { writeUnits } = quotas.partition;
  return {
    /** The counter is one item, and an item is in one partition. */
    counter: writeUnits / used.send.counterWriteUnits,
    /** A room's messages have one partition key; DynamoDB splits a hot one between old and new, but new ones are all at its end. */
    messages: writeUnits / used.send.messagesWriteUnits,
    /** Counter and senders' rows together, until DynamoDB has split them for heat. */
    rooms: writeUnits / used.send.roomsWriteUnits,
  };
}

/** Batches a second of one shard before its partition throttles: each batch reads the shard's subscriptions once. */
export function shardBatches(): number {
  return quotas.partition.readUnits / used.shardReadUnits;
}

/** Seconds until so many invocations of deliver can run at once, and there is a worker for each of so many shards. */
export function pollerSeconds(shards: number): number {
  const { first, moreAMinute, most } = quotas.pollers;
  return (Math.max(0, Math.min(shards, most) - first) / moreAMinute) * 60;
}

export interface Load {
  connections: number;
  /** Of each room. */
  roomSize: number;
  /** A second, to each room. */
  messagesPerSecond: number;
  perFrame: number;
}

/** What a load asks of AWS, by the second. */
export function needs({ connections, roomSize, messagesPerSecond, perFrame }: Load) {
  const rooms = connections / roomSize;
  const sends = rooms * messagesPerSecond;
  const posts = (connections * messagesPerSecond) / perFrame;
  const shards = Math.ceil(roomSize / shardSize);
  const jobMs = Math.ceil(Math.min(roomSize, shardSize) / used.postsAtOnce) * used.postMs;
  const jobs = (sends / perFrame) * shards;
  return {
    rooms,
    sends,
    posts,
    requests: posts + sends,
    deliveries: connections * messagesPerSecond,
    sendConcurrency: (sends * used.sendMs) / 1000,
    deliverConcurrency: (jobs * jobMs) / 1000,
    roomsWriteUnits: sends * used.send.roomsWriteUnits,
    messagesWriteUnits: sends * used.send.messagesWriteUnits,
    connectionsReadUnits: jobs * used.shardReadUnits * Math.min(1, roomSize / shardSize),
    monthDollars:
      (connections * messagesPerSecond * secondsAMonth * millionDeliveries(roomSize, perFrame)) / 1e6,
  };
}

/** One message to a room of so many: jobs, and the seconds until its last post is answered at a quota of calls. */
export function oneMessage(connections: number, requestsPerSecond: number) {
  const shards = 2 ** Math.ceil(Math.log2(Math.max(1, connections / shardSize)));
  const jobMs = Math.ceil(connections / shards / used.postsAtOnce) * used.postMs;
  return {
    shards,
    sendCalls: Math.ceil(shards / 10),
    seconds: Math.max(jobMs / 1000, connections / requestsPerSecond),
  };
}
