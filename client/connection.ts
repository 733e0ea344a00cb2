import type { ClientFrame, ServerFrame } from '#shared/contract/frames.ts';
import { bearerPrefix, subprotocol } from '#shared/contract/protocol.ts';
import { Emitter } from './emitter.ts';
import { parseFrame } from './frames.ts';
import { Handover } from './handover.ts';
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
  /** A new socket has taken over, and is subscribed to nothing. The old one is heard until `retire`. */
  moved: undefined;
  error: Error;
}

/**
 * A socket to the endpoint, until `close`; before it ends, another one takes over. What was sent while it broke down may
 * be lost.
 */
export class Connection extends Emitter<ConnectionEvents> {
  readonly #endpoint: Endpoint;
  readonly #timing: Timing;
  readonly #heartbeat: Heartbeat;
  readonly #handover: Handover;
  #status: Status = { state: 'connecting' };
  #socket: WebSocket | undefined;
  /** Is to take over from `#socket`, once it is open. */
  #next: WebSocket | undefined;
  /** `#socket` has taken over from it. */
  #old: WebSocket | undefined;
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
    this.#handover = new Handover(timing, () => this.#move());
    this.#watchNetwork('addEventListener');
  }

  get status(): Status {
    return this.#status;
  }

  /** Whose connection it is, as far as the last token tells. */
  get userId(): string | undefined {
    return this.#claims.userId;
  }

  /** When the socket's token expires, in ms since the epoch, if that is known. */
  get expiresAt(): number | undefined {
    return this.#claims.expiresAt;
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
      await this.#dial((socket) => this.#open(socket));
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#failed(error);
      this.#lost();
    }
  }

  /** True while the old socket is heard beside the new one. */
  get isMoving(): boolean {
    return this.#old !== undefined;
  }

  /** Ends the old socket. */
  retire(): void {
    end(this.#old);
    this.#old = undefined;
  }

  /** Ends the socket for good. */
  close(): void {
    this.#watchNetwork('removeEventListener');
    this.#drop();
    this.#become({ state: 'closed' });
  }

  /** Starts a socket with a fresh token, unless the attempt is given up meanwhile. */
  async #dial(opening: (socket: WebSocket) => void): Promise<void> {
    const attempt = this.#attempt;
    const { url, token } = this.#endpoint;
    const [address, jwt] = await Promise.all([typeof url === 'string' ? url : url(), token()]);
    if (attempt !== this.#attempt) return;
    this.#claims = readToken(jwt);
    opening(new WebSocket(address, [subprotocol, bearerPrefix + jwt]));
  }

  #open(socket: WebSocket): void {
    this.#socket = socket;
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#heartbeat.alive();
      this.#handover.opened();
      this.#become({ state: 'online' });
    };
    this.#listen(socket);
  }

  #listen(socket: WebSocket): void {
    socket.onmessage = ({ data }) => {
      const frame = parseFrame(data);
      if (socket === this.#socket) {
        this.#failures = 0;
        this.#heartbeat.alive();
        if (frame?.type === 'reconnect') this.#handover.asked(frame.before);
      }
      if (frame) this.emit('frame', frame);
    };
    // A browser does not say why: a refused upgrade (401, 403) and a broken network both close with 1006.
    socket.onclose = () => this.#lost();
  }

  /** Opens a second socket while the first one works on. */
  async #move(): Promise<void> {
    const attempt = this.#attempt;
    this.#timer = setTimeout(() => this.#moveFailed(), this.#timing.connectTimeoutMs);
    try {
      await this.#dial((socket) => {
        this.#next = socket;
        socket.onopen = () => this.#takeOver(socket);
        socket.onclose = () => this.#moveFailed();
      });
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#failed(error);
      this.#moveFailed();
    }
  }

  #takeOver(socket: WebSocket): void {
    clearTimeout(this.#timer);
    this.retire();
    this.#old = this.#socket;
    if (this.#old) this.#old.onclose = null;
    this.#socket = socket;
    this.#next = undefined;
    this.#listen(socket);
    this.#heartbeat.alive();
    this.#handover.opened();
    this.emit('moved', undefined);
  }

  #moveFailed(): void {
    this.#attempt++;
    clearTimeout(this.#timer);
    end(this.#next);
    this.#next = undefined;
    this.#handover.failed();
  }

  #failed(error: unknown): void {
    this.emit('error', error instanceof Error ? error : new Error(String(error)));
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
    this.#handover.stop();
    for (const socket of [this.#socket, this.#next, this.#old]) end(socket);
    this.#socket = this.#next = this.#old = undefined;
  }

  #become(status: Status): void {
    this.#status = status;
    this.emit('status', status);
  }

  /** Node has no such events. */
  #watchNetwork(method: 'addEventListener' | 'removeEventListener'): void {
    globalThis[method]?.('online', this.#networkIsBack);
    globalThis[method]?.('offline', this.#networkIsGone);
    globalThis.document?.[method]('visibilitychange', this.#isLookedAt);
  }

  /** A network may drop a quiet connection and tell nobody: whoever looks again should not wait for the next ping. */
  readonly #isLookedAt = () => {
    if (document.visibilityState === 'visible') this.probe();
  };

  readonly #networkIsBack = () => {
    this.#failures = 0;
    if (this.#status.state === 'offline') void this.connect();
    else this.probe();
  };

  readonly #networkIsGone = () => {
    if (this.#status.state === 'online') this.#lost();
  };
}

/** Closes a socket that is of no interest any more. */
function end(socket: WebSocket | undefined): void {
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close();
}
