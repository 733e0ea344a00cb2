import { bearerPrefix } from '#shared/contract/protocol.ts';

/**
 * The token of an upgrade request: of an `Authorization: Bearer` header, or, since browsers cannot set headers on a
 * WebSocket, of a subprotocol `bearer.<jwt>`. Never of the URL, which ends up in logs.
 */
export function findToken(headers: Record<string, string | undefined>): string | undefined {
  const named = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const bearer = /^Bearer\s+(\S+)$/i.exec(named.get('authorization') ?? '')?.[1];
  if (bearer) return bearer;
  const offered = (named.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  return offered.find((name) => name.startsWith(bearerPrefix))?.slice(bearerPrefix.length) || undefined;
}
