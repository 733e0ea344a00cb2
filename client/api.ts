import type * as z from 'zod';
import type { MessageEvent } from '#shared/contract/events.ts';
import type * as http from '#shared/contract/http.ts';

/** A room as one sees it who is a member of it. */
export type MyRoom = http.MyRoom;
/** A public room in the list of them. */
export type PublicRoom = z.infer<typeof http.publicRooms>['rooms'][number];
export type Person = z.infer<typeof http.me>;
export type Member = z.infer<typeof http.member>;
export type Ban = z.infer<typeof http.ban>;
export type Webhook = z.infer<typeof http.webhook>;
export type UploadForm = z.infer<typeof http.upload>;
export type NewUpload = z.input<typeof http.newUpload>;
export type PushSubscriptionJson = z.input<typeof http.pushSubscription>;
/** Where a page of history lies; the newest messages without any. `limit` is 1 to 200, 50 without it. */
export interface HistoryPage {
  before?: number;
  after?: number;
  around?: number;
  limit?: number;
}

export interface ApiOptions {
  /** The HTTP API's address, up to and with `/api`. */
  url: string;
  /** An access token, asked for at every request. */
  token: () => Promise<string>;
}

/** The HTTP API refused, with a problem document (RFC 9457). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

/**
 * The HTTP API: everything that is not live. Every call rejects with an `ApiError` where it is refused, and with
 * `fetch`'s own error where the server cannot be reached. Lists come in pages: `next` of one is the `cursor` of the next.
 */
export class FanfareApi {
  readonly #url: string;
  readonly #token: () => Promise<string>;

  constructor({ url, token }: ApiOptions) {
    this.#url = url.replace(/\/$/, '');
    this.#token = token;
  }

  me(): Promise<Person> {
    return this.#call('GET', '/me');
  }

  rename(name: string): Promise<Person> {
    return this.#call('PATCH', '/me', { body: { name } });
  }

  /** At most 20 people whose names begin so. */
  findPeople(name: string, signal?: AbortSignal): Promise<{ people: Person[] }> {
    return this.#call('GET', '/people', { query: { name }, signal });
  }

  /** At most 100 people, by their ids. */
  people(ids: readonly string[]): Promise<{ people: Person[] }> {
    return this.#call('GET', '/people', { query: { ids: ids.join(',') } });
  }

  /** One's own rooms, by their ids, at most 25 a page. */
  rooms(cursor?: string): Promise<{ rooms: MyRoom[]; next?: string }> {
    return this.#call('GET', '/rooms', { query: { cursor, limit: 25 } });
  }

  /** Public rooms whose names begin with `search`, by name. */
  publicRooms(
    query: { search?: string; cursor?: string | undefined } = {},
    signal?: AbortSignal,
  ): Promise<{ rooms: PublicRoom[]; next?: string }> {
    return this.#call('GET', '/rooms/public', { query, signal });
  }

  createRoom(room: z.input<typeof http.newRoom>): Promise<MyRoom> {
    return this.#call('POST', '/rooms', { body: room });
  }

  /** The direct room of oneself and these one to eight people. The same people always have the same one. */
  direct(people: readonly string[]): Promise<MyRoom> {
    return this.#call('POST', '/directs', { body: { people } });
  }

  /** A room that one is a member of, or what a public one shows to others (it has no `role`). */
  room(room: string): Promise<MyRoom | z.infer<typeof http.roomForOthers>> {
    return this.#call('GET', path('rooms', room));
  }

  changeRoom(room: string, patch: http.RoomPatch): Promise<MyRoom> {
    return this.#call('PATCH', path('rooms', room), { body: patch });
  }

  /** Oldest first. */
  history(room: string, page: HistoryPage = {}): Promise<{ messages: MessageEvent[] }> {
    return this.#call('GET', path('rooms', room, 'messages'), { query: { ...page } });
  }

  message(room: string, seq: number): Promise<MessageEvent> {
    return this.#call('GET', path('rooms', room, 'messages', seq));
  }

  /** Newest first. With `next` and no message, it only has not looked further yet. */
  search(
    room: string,
    query: { text: string; cursor?: string | undefined },
    signal?: AbortSignal,
  ): Promise<{ messages: MessageEvent[]; next?: string }> {
    return this.#call('GET', path('rooms', room, 'search'), { query, signal });
  }

  members(room: string, cursor?: string): Promise<{ members: Member[]; next?: string }> {
    return this.#call('GET', path('rooms', room, 'members'), { query: { cursor, limit: 100 } });
  }

  /** `me` joins. */
  addMember(room: string, user: string): Promise<Member> {
    return this.#call('PUT', path('rooms', room, 'members', user));
  }

  changeMember(room: string, user: string, patch: http.MemberPatch): Promise<Member> {
    return this.#call('PATCH', path('rooms', room, 'members', user), { body: patch });
  }

  /** `me` leaves. */
  removeMember(room: string, user: string): Promise<void> {
    return this.#call('DELETE', path('rooms', room, 'members', user));
  }

  bans(room: string, cursor?: string): Promise<{ bans: Ban[]; next?: string }> {
    return this.#call('GET', path('rooms', room, 'bans'), { query: { cursor } });
  }

  /** Until then, in ms since the epoch, or for ever. */
  ban(room: string, user: string, until?: number): Promise<void> {
    return this.#call('PUT', path('rooms', room, 'bans', user), { body: { ...(until && { until }) } });
  }

  unban(room: string, user: string): Promise<void> {
    return this.#call('DELETE', path('rooms', room, 'bans', user));
  }

  /** The form that puts a file into S3; `uploadFile` does both. */
  newUpload(room: string, file: NewUpload): Promise<UploadForm> {
    return this.#call('POST', path('rooms', room, 'uploads'), { body: file });
  }

  /** Where an attachment is for some minutes. */
  download(room: string, seq: number, attachment: string): Promise<{ url: string; expiresAt: number }> {
    return this.#call('GET', path('rooms', room, 'messages', seq, 'attachments', attachment));
  }

  /** What `PushManager.subscribe` takes as `applicationServerKey`. */
  pushKey(): Promise<{ publicKey: string }> {
    return this.#call('GET', '/push');
  }

  savePush(subscription: PushSubscriptionJson): Promise<void> {
    return this.#call('PUT', '/me/push', { body: subscription });
  }

  removePush(endpoint: string): Promise<void> {
    return this.#call('DELETE', '/me/push', { body: { endpoint } });
  }

  webhooks(room: string): Promise<{ webhooks: Webhook[] }> {
    return this.#call('GET', path('rooms', room, 'webhooks'));
  }

  /** The answer holds the secret, this once. */
  addWebhook(room: string, url: string): Promise<Webhook & { secret: string }> {
    return this.#call('POST', path('rooms', room, 'webhooks'), { body: { url } });
  }

  /** Takes one up again that was disabled after failures. */
  enableWebhook(room: string, id: string): Promise<Webhook> {
    return this.#call('PUT', path('rooms', room, 'webhooks', id, 'enabled'));
  }

  removeWebhook(room: string, id: string): Promise<void> {
    return this.#call('DELETE', path('rooms', room, 'webhooks', id));
  }

  async #call<Answer>(method: string, path: string, { query, body, signal }: Call = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${await this.#token()}` };
    const response = await fetch(`${this.#url}${path}${search(query)}`, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const text = await response.text();
    if (!response.ok) throw problemOf(response.status, text);
    // The server is trusted to keep the contract, as with frames; Zod would be most of the client.
    return JSON.parse(text || 'null');
  }
}

interface Call {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

function path(...parts: (string | number)[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

function search(query: Call['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, `${value}`]],
  );
  return pairs.length ? `?${new URLSearchParams(pairs)}` : '';
}

/** Also of an answer that is no problem document: a proxy's page, or API Gateway's own refusal. */
function problemOf(status: number, text: string): ApiError {
  const problem = parsed(text);
  const field = (name: string) => {
    const value = typeof problem === 'object' && problem !== null && Reflect.get(problem, name);
    return typeof value === 'string' ? value : undefined;
  };
  return new ApiError(
    status,
    field('title') ?? `Refused with ${status}`,
    field('detail') ?? field('message') ?? `The server answered with status ${status}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
