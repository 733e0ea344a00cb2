import type { ClientFrame, ServerFrame } from '#shared/contract/frames.ts';
import { bearerPrefix, subprotocol } from '#shared/contract/protocol.ts';
import { Emitter } from './emitter.ts';
import { parseFrame } from './frames.ts';
import { Heartbeat } from './heartbeat.ts';
import { backoffMs, type Timing } from './timing.ts';
import { readToken, type TokenClaims } from './token.ts';

/** The state of the connection. `retryAt`: when it is tried next, in ms since the epoch by this machine's clock. */
export type Status =
  | { state: 'connecting' }
  | { state: 'online' }
  | { state: 'offline'; retryAt: number }
  | { state: 'closed' };

export interface Endpoint {
  /** `wss://…`, or a function that is asked at every attempt. */
  url: string | (() => string | Promise<string>);
  /** An access token, asked for at every attempt, so that each connection starts with a fresh one. */
  token: () => Promise<string>;
}

interface ConnectionEvents {
  status: Status;
  frame: ServerFrame;
  error: Error;
}

/** One socket at a time to the endpoint, until `close`. What was sent while it broke down may be lost. */
export class Connection extends Emitter<ConnectionEvents> {
  readonly #endpoint: Endpoint;
  readonly #timing: Timing;
  readonly #heartbeat: Heartbeat;
  #status: Status = { state: 'connecting' };
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Failures since something was last heard of the server. */
  #failures = 0;
  #claims: TokenClaims = {};
  /** Tells an attempt that was given up from the current one. */
  #attempt = 0;

  constructor(endpoint: Endpoint, timing: Timing) {
    super();
    this.#endpoint = endpoint;
    this.#timing = timing;
    this.#heartbeat = new Heartbeat(
      timing,
      () => this.send({ action: 'ping' }),
      () => this.#lost(),
    );
    this.#watchNetwork('addEventListener');
  }

  get status(): Status {
    return this.#status;
  }

  /** Whose connection it is, as far as the last token tells. */
  get userId(): string | undefined {
    return this.#claims.userId;
  }

  /** False when there is no open socket: the frame went nowhere. */
  send(frame: ClientFrame): boolean {
    if (this.#status.state !== 'online' || !this.#socket) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Something is overdue: asks whether the server is still there, and connects anew if it is not. */
  probe(): void {
    if (this.#status.state === 'online') this.#heartbeat.probe();
  }

  async connect(): Promise<void> {
    const attempt = ++this.#attempt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(), this.#timing.connectTimeoutMs);
    this.#become({ state: 'connecting' });
    try {
      const { url, token } = this.#endpoint;
      const [address, jwt] = await Promise.all([typeof url === 'string' ? url : url(), token()]);
      if (attempt !== this.#attempt) return;
      this.#claims = readToken(jwt);
      this.#open(new WebSocket(address, [subprotocol, bearerPrefix + jwt]));
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.emit('error', error instanceof Error ? error : new Error(String(error)));
      this.#lost();
    }
  }

  /** Ends the socket for good. */
  close(): void {
    this.#watchNetwork('removeEventListener');
    this.#drop();
    this.#become({ state: 'closed' });
  }

  #open(socket: WebSocket): void {
    this.#socket = socket;
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#heartbeat.alive();
      this.#become({ state: 'online' });
    };
    socket.onmessage = ({ data }) => {
      this.#failures = 0;
      this.#heartbeat.alive();
      const frame = parseFrame(data);
      if (frame) this.emit('frame', frame);
    };
    // A browser does not say why: a refused upgrade (401, 403) and a broken network both close with 1006.
    socket.onclose = () => this.#lost();
  }

  #lost(): void {
    this.#drop();
    const delay = backoffMs(this.#failures++, this.#timing);
    this.#timer = setTimeout(() => this.connect(), delay);
    this.#become({ state: 'offline', retryAt: Date.now() + delay });
  }

  #drop(): void {
    this.#attempt++;
    clearTimeout(this.#timer);
    this.#heartbeat.stop();
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #become(status: Status): void {
    this.#status = status;
    this.emit('status', status);
  }

  /** Node has no such events. */
  #watchNetwork(method: 'addEventListener' | 'removeEventListener'): void {
    globalThis[method]?.('online', this.#networkIsBack);
    globalThis[method]?.('offline', this.#networkIsGone);
  }

  readonly #networkIsBack = () => {
    this.#failures = 0;
    if (this.#status.state === 'offline') void this.connect();
    else this.probe();
  };

  readonly #networkIsGone = () => {
    if (this.#status.state === 'online') this.#lost();
  };
}
