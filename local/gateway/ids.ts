import { randomBytes } from 'node:crypto';

/** An id as API Gateway makes them for connections, requests and messages: 15 URL-safe characters and `=`. */
export function gatewayId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}
