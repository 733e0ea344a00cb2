import type { MockIntegration } from './mock-integration.ts';
import type { SelectRouteKey } from './route-selection.ts';
import type { TokenBucket } from './throttle.ts';

/** An API as its template says, read by every request: a redeployment changes it under open connections. */
export interface Api {
  readonly id: string;
  readonly protocol: 'WEBSOCKET' | 'HTTP';
  readonly stages: Map<string, Stage>;
  /** By route key: `$connect`, `sendMessage`, `GET /api/me`. */
  readonly routes: Map<string, Route>;
  readonly selectRouteKey: SelectRouteKey;
  readonly cors: Cors | undefined;
}

export interface Stage {
  readonly name: string;
  readonly variables: Record<string, string> | undefined;
  readonly accessLog: { destinationArn: string; format: string } | undefined;
  /** The stage's own throttle, beside the account's. */
  readonly throttle: TokenBucket | undefined;
}

export interface Route {
  readonly id: string;
  readonly key: string;
  readonly integration: Integration | undefined;
  readonly authorizer: Authorizer | undefined;
  /** JWT authorizers: the token needs one of these, where there are any. */
  readonly scopes: string[];
  /** The route has a response selection expression… */
  readonly selectsResponse: boolean;
  /** …and a response to select: only with both does the integration's answer go back to the sender. */
  hasResponse: boolean;
}

export type Integration = FunctionIntegration | MockIntegration;

interface FunctionIntegration {
  readonly kind: 'function';
  readonly id: string;
  readonly functionArn: string;
  readonly timeoutMs: number | undefined;
}

export type Authorizer = RequestAuthorizer | JwtAuthorizer;

/** A Lambda REQUEST authorizer of a WebSocket API. */
export interface RequestAuthorizer {
  readonly kind: 'request';
  readonly id: string;
  readonly functionArn: string;
  readonly identitySources: IdentitySource[];
}

export interface IdentitySource {
  readonly from: 'header' | 'querystring';
  readonly name: string;
}

/** A JWT authorizer of an HTTP API. */
export interface JwtAuthorizer {
  readonly kind: 'jwt';
  readonly id: string;
  readonly issuer: string;
  readonly audience: string[];
  readonly identitySource: IdentitySource;
}

export interface Cors {
  readonly allowOrigins: string[];
  readonly allowMethods: string[];
  readonly allowHeaders: string[];
  readonly exposeHeaders: string[];
  readonly allowCredentials: boolean;
  /** Seconds. */
  readonly maxAge: number | undefined;
}

/** What a client is told in the place of a region's own domain. */
export function domainOf(apiId: string): string {
  return `${apiId}.execute-api.us-east-1.amazonaws.com`;
}
