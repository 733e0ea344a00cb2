import { type LookupAddress, lookup } from 'node:dns';
import { Agent, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ipaddr from 'ipaddr.js';

/** A URL that somebody gave us leads to where no stranger may send us. Nothing was connected to. */
export class AddressRefused extends Error {
  override name = 'AddressRefused';
  constructor(host: string) {
    super(`${host} has no address that is public`);
  }
}

/**
 * For HTTPS requests to URLs that people gave us: it connects to public addresses only, and fails with AddressRefused
 * otherwise. A name is resolved here, and the socket goes to the very address that was looked at: a name server that
 * answers differently the next time (DNS rebinding) is not asked again. `https.request` follows no redirects.
 * @param reachable addresses that may be reached although they are not public, as settings.ts gives them
 */
export function publicAgent(reachable: readonly string[] = []): Agent {
  return new PublicAgent((address) => isPublicAddress(address) || reachable.includes(address));
}

/**
 * Whether an IPv4 or IPv6 address is of a host on the internet: not private, loopback, link-local (where clouds answer
 * with credentials), carrier-grade NAT, multicast or reserved, nor IPv6 that has an IPv4 address inside, which might be
 * any of those. What is no address at all is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!isIP(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // ipaddr.js calls unicast what has no name of its own; IANA gives out 2000::/3 alone (RFC 4291, 2.4). This leaves out
  // IPv4-compatible addresses (::10.0.0.1), too.
  return parsed.kind() === 'ipv4' || parsed.match(ipaddr.parseCIDR('2000::/3'));
}

/**
 * Whether a URL's host is an address, in whatever notation, that is not public. That of a name is known only when it is
 * resolved. WHATWG's parser, which is Node's, turns decimal, octal, hexadecimal and short IPv4 addresses into four numbers.
 */
export function namesAddressThatIsNotPublic(url: string): boolean {
  const host = withoutBrackets(new URL(url).hostname);
  return isIP(host) !== 0 && !isPublicAddress(host);
}

class PublicAgent extends Agent {
  readonly #mayReach: (address: string) => boolean;

  constructor(mayReach: (address: string) => boolean) {
    super();
    this.#mayReach = mayReach;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const host = withoutBrackets(options.host ?? '');
    // Node looks up names only: an address is connected to as it is.
    if (isIP(host) && !this.#mayReach(host)) {
      process.nextTick(() => callback?.(new AddressRefused(host), new Socket()));
      return undefined;
    }
    return super.createConnection({ ...options, lookup: checkedLookup(this.#mayReach) }, callback);
  }
}

/** Resolves a name as the system does, to those of its addresses that may be reached. */
function checkedLookup(mayReach: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      const reached = addresses.filter(({ address }) => mayReach(address));
      const [first] = reached;
      if (!first) return callback(new AddressRefused(hostname), []);
      return options.all ? callback(null, reached) : callback(null, first.address, first.family);
    });
  };
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
