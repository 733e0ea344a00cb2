import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Console, isConsolePath } from './console/console.ts';
import type { Gateway } from './gateway/gateway.ts';
import { type Identity, identityPath } from './identity/identity.ts';

/** The public port, which must be taken before its URL is given out, but has nothing to serve until all is deployed. */
export class Door {
  #gateway: Gateway | undefined;
  #identity: Identity | undefined;
  #console: Console | undefined;

  open(gateway: Gateway, identity: Identity, page: Console): void {
    this.#gateway = gateway;
    this.#identity = identity;
    this.#console = page;
  }

  readonly request: RequestListener = (request, response) => {
    // The authorizers fetch the pool's keys from here: identity answers whatever else is going on.
    if (this.#identity && request.url?.startsWith(identityPath))
      void this.#identity.handle(request, response);
    else if (this.#console && isConsolePath(request.url)) this.#console.request(request, response);
    else if (this.#gateway) this.#gateway.frontDoor.request(request, response);
    else response.writeHead(503, { 'retry-after': '1' }).end('Fanfare is starting.\n');
  };

  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (this.#gateway) this.#gateway.frontDoor.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
  };
}
