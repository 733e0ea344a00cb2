import type { IncomingMessage } from 'node:http';

/**
 * The port listens on the loopback interface, which browsers reach for pages from anywhere: a name that an attacker's
 * DNS points to 127.0.0.1 would make their page one of ours. So it must be asked for by this machine's own names.
 */
export function isThisMachine({ headers }: IncomingMessage): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(headers.host ?? '');
}

/** Another site's page can post here as well, but not with our Origin. */
export function isOurPage({ headers }: IncomingMessage): boolean {
  return headers.host !== undefined && headers.origin === `http://${headers.host}`;
}
