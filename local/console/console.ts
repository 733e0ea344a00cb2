import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { CloudWatch } from '../cloudwatch/cloudwatch.ts';
import type { QueueContents } from '../engines/queue-contents.ts';
import type { ConnectionSummary } from '../gateway/gateway.ts';
import { readBody } from '../http.ts';
import type { Logs } from '../lambda/logs.ts';
import type { Deployment } from '../template/deploy.ts';
import { alarmDetails, countStates } from './alarms.ts';
import { bundlePage, type PageFiles } from './bundle.ts';
import { ConsoleError } from './console-error.ts';
import { drawDashboard } from './dashboards.ts';
import { isOurPage, isThisMachine } from './guard.ts';
import { logGroups, searchLogs, searchRequest } from './log-search.ts';
import { peekQueue, queueRows } from './queues.ts';
import { redrive } from './redrive.ts';
import { latestMessages, tellStory } from './story.ts';

/** Where the public port serves the console. */
export const consolePath = '/_local/console/';

/** Whether a request is for the console; people leave the last slash out. */
export function isConsolePath(url = ''): boolean {
  return url === consolePath.slice(0, -1) || url.startsWith(consolePath);
}

export interface ConsoleNeeds {
  cloudWatch: CloudWatch;
  logs: Logs;
  deployment: Deployment;
  queues(): QueueContents[];
  connections(): ConnectionSummary[];
  /** The name of the user whose token has this subject. */
  usernameOf(sub: string): string | undefined;
  /** The environment in which the AWS SDK speaks to the local cloud. */
  operatorEnvironment: Record<string, string>;
}

type Answer = (query: URLSearchParams, body: unknown) => unknown;

/** The page where one looks when something is wrong. It does nothing but answer: no page open, no work. */
export class Console {
  readonly #needs: ConsoleNeeds;
  #page: Promise<PageFiles> | undefined;

  constructor(needs: ConsoleNeeds) {
    this.#needs = needs;
  }

  /** Answers requests that `isConsolePath` holds for, from this machine's own pages and tools only. */
  readonly request: RequestListener = (request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      const status = error instanceof ConsoleError ? error.status : error instanceof z.ZodError ? 400 : 500;
      const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, status, { message: error instanceof ConsoleError ? error.message : message });
    });
  };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isThisMachine(request)) throw new ConsoleError('The console is for this machine only.', 403);
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.startsWith(consolePath)) {
      response.writeHead(308, { location: consolePath }).end();
      return;
    }
    const path = url.pathname.slice(consolePath.length);
    if (path.startsWith('api/')) {
      const answer = this.#api[`${request.method} ${path.slice('api/'.length)}`];
      if (!answer) throw new ConsoleError(`There is no ${request.method} ${url.pathname}.`, 404);
      const changes = request.method !== 'GET';
      if (changes && !isOurPage(request))
        throw new ConsoleError('Only the console may do this: its Origin header was not there.', 403);
      const body: unknown = changes ? JSON.parse((await readBody(request)).toString() || '{}') : undefined;
      return sendJson(response, 200, await answer(url.searchParams, body));
    }
    // A page that did not bundle is tried again: its developer has saved it meanwhile.
    this.#page ??= bundlePage().catch((error: unknown) => {
      this.#page = undefined;
      throw error;
    });
    const file = (await this.#page).get(path);
    if (!file) throw new ConsoleError(`There is no ${url.pathname}.`, 404);
    send(response, 200, file.type, file.body);
  }

  /** By method and path. Each reads what is now; only `redrive` changes anything. */
  readonly #api: Record<string, Answer> = {
    'GET overview': () => ({
      dashboards: [...this.#needs.cloudWatch.kept.dashboards.keys()],
      alarms: countStates(this.#needs.cloudWatch),
      deadLetters: queueRows(this.#needs.queues())
        .filter(({ isDeadLetterQueue }) => isDeadLetterQueue)
        .reduce((sum, { ready, inFlight }) => sum + ready + inFlight, 0),
      connections: this.#needs.connections().length,
    }),
    'GET dashboard': (query) => {
      const { name, minutes } = dashboardRequest.parse(Object.fromEntries(query));
      return drawDashboard(this.#needs.cloudWatch, this.#needs.logs, name, minutes);
    },
    'GET alarms': () => alarmDetails(this.#needs.cloudWatch),
    'GET log-groups': () => logGroups(this.#needs.deployment),
    'GET logs': (query) =>
      searchLogs(
        this.#needs.logs,
        logGroups(this.#needs.deployment),
        searchRequest.parse(Object.fromEntries(query)),
      ),
    'GET queues': () => queueRows(this.#needs.queues()),
    'GET queue': (query) => peekQueue(this.#needs.queues(), query.get('name') ?? ''),
    'POST redrive': (_, body) => {
      const { queue } = z.object({ queue: z.string() }).parse(body);
      return redrive(this.#needs.queues(), queue, this.#needs.operatorEnvironment);
    },
    'GET connections': () =>
      this.#needs.connections().map((connection): ConnectionRow => {
        const name = this.#needs.usernameOf(connection.authorizer?.principalId ?? '');
        return { ...connection, ...(name !== undefined && { name }) };
      }),
    'GET story': (query) => {
      const { room, seq } = storyRequest.parse(Object.fromEntries(query));
      return tellStory(this.#needs, room, seq);
    },
    'GET messages': () => latestMessages(this.#needs.logs),
  };
}

export interface Overview {
  dashboards: string[];
  alarms: ReturnType<typeof countStates>;
  /** Messages in dead-letter queues. */
  deadLetters: number;
  connections: number;
}

export interface ConnectionRow extends ConnectionSummary {
  /** Of the person. */
  name?: string;
}

const dashboardRequest = z.object({
  name: z.string(),
  /** How far back, in CloudWatch's minutes. */
  minutes: z.coerce.number().int().min(5).max(180).default(60),
});

const storyRequest = z.object({ room: z.string().min(1), seq: z.coerce.number().int().positive() });

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: Uint8Array | string): void {
  response
    .writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      // What people wrote stands in logs and queues: nothing of it may run here, or be framed and clicked.
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    .end(body);
}
