import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Observe } from '#local/cloudwatch/observe.ts';
import type { Invoker } from '#local/lambda/invoker.ts';
import type { AccessLog } from './access-log.ts';
import type { Session } from './events.ts';
import type { GatewayLimits } from './limits.ts';
import type { TokenBucket } from './throttle.ts';

/** What all APIs of the account share. */
export interface Account {
  invoker: Invoker;
  limits: GatewayLimits;
  accessLog: AccessLog;
  /** Takes the metrics of AWS/ApiGateway. */
  observe: Observe | undefined;
  /** Client messages, `@connections` calls and HTTP requests. */
  requests: TokenBucket;
  /** Upgrades. */
  newConnections: TokenBucket;
}

/** An open WebSocket and what API Gateway knows of it. */
export interface Connection extends Session {
  readonly socket: WebSocket;
  /** What `socket` writes to. */
  readonly raw: Duplex;
  /** Milliseconds since the epoch of the last frame, either way. */
  lastActiveAt: number;
}
