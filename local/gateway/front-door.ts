import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Distribution } from './distribution.ts';
import { decodedPath, type HttpAnswer, messageAnswer, writeAnswer } from './http-message.ts';
import { refuseUpgrade } from './upgrade.ts';

/** Writes a bucket's object as the response. False, with nothing written, when there is no such object. */
export type ServeObject = (
  bucket: string,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | Promise<boolean>;

/** The APIs behind the door. */
export interface Origins {
  serveObject: ServeObject;
  /** A request to an API by its own path; undefined for an API that is not there. */
  answer(apiId: string, request: IncomingMessage, path: string): Promise<HttpAnswer | undefined>;
  upgrade(apiId: string, request: IncomingMessage, socket: Duplex, head: Buffer, path: string): void;
}

/** What the one public port serves: the template's distribution, its first matching behaviour for each path. */
export class FrontDoor {
  distribution: Distribution | undefined;
  readonly #origins: Origins;

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** Listener of `request` events. */
  readonly request = (request: IncomingMessage, response: ServerResponse): void => {
    this.#serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else writeAnswer(response, messageAnswer(502, error instanceof Error ? error.message : String(error)));
    });
  };

  /** Listener of `upgrade` events. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { path, query } = pathOf(request);
    const origin = this.#behaviour(path)?.origin;
    if (origin?.kind === 'api')
      this.#origins.upgrade(origin.apiId, request, socket, head, origin.path + path + query);
    else refuseUpgrade(socket, 403, JSON.stringify({ message: 'Forbidden' }));
  };

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, query } = pathOf(request);
    const behaviour = this.#behaviour(path);
    if (!behaviour) return writeAnswer(response, messageAnswer(503, 'No distribution is deployed'));
    if (!behaviour.methods.has(request.method ?? 'GET')) {
      const why = 'This distribution is not configured to allow the HTTP request method that was used';
      request.resume();
      return writeAnswer(response, messageAnswer(403, why));
    }
    const { origin } = behaviour;
    if (origin.kind === 'api') {
      const answer = await this.#origins.answer(origin.apiId, request, origin.path + path + query);
      const given = answer ?? messageAnswer(403, 'Forbidden');
      if (await this.#errorPage([given.status], request, response)) return;
      return writeAnswer(response, given);
    }
    request.resume();
    const root = path === '/' ? this.distribution?.defaultRootObject : undefined;
    const key = decodedPath(`${origin.path}/${root ?? path.slice(1)}`);
    if (key === undefined) return writeAnswer(response, messageAnswer(400, 'Bad Request'));
    if (await this.#origins.serveObject(origin.bucket, key.slice(1), request, response)) return;
    // S3 says 403 for a missing object to whom may not list the bucket, else 404: a page for either is meant.
    if (await this.#errorPage([403, 404], request, response)) return;
    writeAnswer(response, messageAnswer(403, 'Access Denied'));
  }

  /** Serves the distribution's page for the first of these statuses that has one. */
  async #errorPage(statuses: number[], request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { errorPages } = this.distribution ?? {};
    const page = statuses.map((status) => errorPages?.get(status)).find((path) => path !== undefined);
    const origin = page === undefined ? undefined : this.#behaviour(page)?.origin;
    if (page === undefined || origin?.kind !== 'bucket') return false;
    return this.#origins.serveObject(origin.bucket, (origin.path + page).slice(1), request, response);
  }

  #behaviour(path: string) {
    return this.distribution?.behaviours.find(({ matches }) => matches(path));
  }
}

function pathOf(request: IncomingMessage): { path: string; query: string } {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark) };
}
