/** What API Gateway allows. Every number can be lowered in a test. */
export interface GatewayLimits {
  /** Bytes in the payload of one WebSocket frame from a client; more closes with 1009. */
  frameBytes: number;
  /** Bytes of one WebSocket message, either way; more from a client closes with 1009, more by `@connections` is a 413. */
  messageBytes: number;
  /** Milliseconds without a message, a ping or a post until a connection is closed with 1001. */
  idleMs: number;
  /** Milliseconds that a connection may live. */
  lifeMs: number;
  /** Handshakes a second (and at once) in the account; more get a 429. */
  newConnectionsPerSecond: number;
  /** Client messages, `@connections` calls and HTTP requests a second in the account, together. */
  requestsPerSecond: number;
  /** How many of those may come at once. */
  requestBurst: number;
  /** Milliseconds that an integration of a WebSocket API may take. */
  webSocketTimeoutMs: number;
  /** Milliseconds that an integration of an HTTP API may take. */
  httpTimeoutMs: number;
  /** Bytes of an HTTP API's request body. */
  httpBodyBytes: number;
  /**
   * Bytes waiting for one slow client before its connection is cut. AWS documents no such number; it has one, since
   * it cannot buffer without end. This one is ours.
   */
  unsentBytes: number;
}

/** "Amazon API Gateway quotas and important notes", us-east-1. */
export const awsLimits: GatewayLimits = {
  frameBytes: 32 * 1024,
  messageBytes: 128 * 1024,
  idleMs: 10 * 60_000,
  lifeMs: 2 * 60 * 60_000,
  newConnectionsPerSecond: 500,
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
  webSocketTimeoutMs: 29_000,
  httpTimeoutMs: 30_000,
  httpBodyBytes: 10 * 1024 * 1024,
  unsentBytes: 4 * 1024 * 1024,
};
