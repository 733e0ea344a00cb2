import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Account, Connection } from './account.ts';
import { type Api, domainOf } from './api.ts';
import { runDisconnect } from './disconnect.ts';
import { handshakeOf, type Session, sourceIpOf } from './events.ts';
import { FrameLimit } from './frame-limit.ts';
import { gatewayId } from './ids.ts';
import { answerMessage } from './messages.ts';
import { errorMetrics, observeApi, SentMessages } from './metrics.ts';
import { TextFrames, textFrame } from './text-frames.ts';
import { admit, refuseUpgrade } from './upgrade.ts';

/** The connections of one WebSocket API, from upgrade to `$disconnect`. `api` may be replaced while they are open. */
export class WebSocketApi {
  api: Api;
  readonly #account: Account;
  readonly #connections = new Map<string, Connection>();
  /** Sockets whose `$connect` is under way. */
  readonly #pending = new Set<Duplex>();
  readonly #subprotocols = new WeakMap<IncomingMessage, string>();
  readonly #frames = new TextFrames();
  readonly #sent: SentMessages;
  readonly #server: WebSocketServer;
  readonly #sweep: NodeJS.Timeout;

  constructor(api: Api, account: Account) {
    this.api = api;
    this.#account = account;
    this.#sent = new SentMessages(account.observe, api.id);
    const { idleMs, lifeMs, messageBytes } = account.limits;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: messageBytes,
      handleProtocols: (_offered, request) => this.#subprotocols.get(request) ?? false,
    });
    // One timer for all: a timer for each of thousands of connections would be moved on every frame.
    const period = Math.max(10, Math.min(idleMs, lifeMs) / 10);
    this.#sweep = setInterval(() => this.#closeExpired(), Math.min(period, 5_000)).unref();
  }

  /** Every open connection. */
  connections(): IterableIterator<Connection> {
    return this.#connections.values();
  }

  /** The open connection of an id in a stage. */
  find(stage: string, connectionId: string): Connection | undefined {
    const connection = this.#connections.get(connectionId);
    return connection?.stage.name === stage ? connection : undefined;
  }

  /**
   * Handles the upgrade request for `path`, which is the API's own: `/stage`. Unknown stages are a 403, more than the
   * quota of new connections a 429.
   */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, path: string): Promise<void> {
    // A client that resets the connection meanwhile is seen by its closed socket below.
    const onError = () => socket.destroy();
    socket.on('error', onError);
    const url = new URL(`http://gateway${path}`);
    const stage = this.api.stages.get(/^\/([^/]+)\/?$/.exec(url.pathname)?.[1] ?? '');
    if (!stage) return refuseUpgrade(socket, 403, JSON.stringify({ message: 'Forbidden' }));
    if (!this.#account.newConnections.take()) {
      const throttled = { ConnectCount: 1, ...errorMetrics(429, 'client') };
      observeApi(this.#account.observe, this.api.id, stage.name, throttled);
      return refuseUpgrade(socket, 429, JSON.stringify({ message: 'Too Many Requests' }));
    }
    const session: Session = {
      apiId: this.api.id,
      stage,
      connectionId: gatewayId(),
      connectedAt: Date.now(),
      sourceIp: sourceIpOf(request),
      userAgent: request.headers['user-agent'],
      authorizer: undefined,
    };
    this.#pending.add(socket);
    const { invoker, accessLog, limits } = this.#account;
    const handshake = handshakeOf(request, url, domainOf(this.api.id));
    const needs = { invoker, accessLog, timeoutMs: limits.webSocketTimeoutMs };
    const admission = await admit(needs, this.api, session, handshake);
    this.#pending.delete(socket);
    observeApi(this.#account.observe, this.api.id, stage.name, {
      ConnectCount: 1,
      ...(!admission.admitted &&
        errorMetrics(admission.status, admission.status < 500 ? 'client' : 'execution')),
    });
    if (!admission.admitted) return refuseUpgrade(socket, admission.status, admission.body);
    if (socket.destroyed || !socket.readable || !socket.writable) {
      // $connect ran for a client that has gone: its $disconnect is owed.
      return runDisconnect(this.#account, this.api, session, 1006, '');
    }
    if (admission.subprotocol) this.#subprotocols.set(request, admission.subprotocol);
    socket.off('error', onError);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(session, webSocket, socket));
  }

  /** Posts to a connection. False when it is closing, or so slow that it was cut off instead. */
  post(connection: Connection, payload: Buffer): boolean {
    return this.#send(connection, this.#frames.of(payload));
  }

  /**
   * Writes a frame past `ws`, which would build it anew for each connection and write it in two parts. It may be done
   * since `ws` itself writes whole frames, and at once, as long as it compresses nothing.
   */
  #send(connection: Connection, frame: Buffer): boolean {
    const { socket, raw } = connection;
    if (socket.readyState !== WebSocket.OPEN) return false;
    if (raw.writableLength > this.#account.limits.unsentBytes) {
      this.#forget(connection, 1006, '');
      socket.terminate();
      return false;
    }
    connection.lastActiveAt = Date.now();
    raw.write(frame);
    this.#sent.count(connection.stage.name);
    return true;
  }

  /** Closes a connection from this side: it is gone at once, and its `$disconnect` runs. */
  close(connection: Connection, code: number, reason: string): void {
    if (this.#forget(connection, code, reason)) connection.socket.close(code, reason);
  }

  /** Ends every connection, without `$disconnect`: the functions are going too. */
  stop(): void {
    clearInterval(this.#sweep);
    for (const socket of this.#pending) socket.destroy();
    for (const { socket } of this.#connections.values()) {
      socket.close(1001, 'Going away');
      socket.terminate();
    }
    this.#connections.clear();
    this.#server.close();
  }

  #open(session: Session, socket: WebSocket, raw: Duplex): void {
    const connection: Connection = Object.assign(session, { socket, raw, lastActiveAt: Date.now() });
    this.#connections.set(connection.connectionId, connection);
    const touch = () => {
      connection.lastActiveAt = Date.now();
    };
    const frames = new FrameLimit(this.#account.limits.frameBytes);
    // Before ws's own listener, so that the message of a frame that is too long is never delivered.
    raw.prependListener('data', (chunk: Buffer) => {
      if (frames.exceededBy(chunk)) this.close(connection, 1009, 'Frame too large');
    });
    socket.on('ping', touch);
    socket.on('pong', touch);
    socket.on('message', (data, isBinary) => {
      touch();
      this.#message(connection, data, isBinary);
    });
    // ws answers a protocol violation with its close code (1009 for a message over maxPayload), and 'close' follows.
    socket.on('error', (error: Error & { code?: string }) => {
      const tooLong = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      this.#forget(connection, tooLong ? 1009 : 1006, '');
    });
    socket.on('close', (code, reason) => {
      const unset = code === 1005 ? 'Client-side close frame status not set' : '';
      this.#forget(connection, code, reason.toString() || unset);
    });
  }

  #message(connection: Connection, data: RawData, isBinary: boolean): void {
    if (!this.#connections.has(connection.connectionId)) return;
    if (isBinary) {
      // "Binary media types for WebSocket APIs": a binary frame is rejected, and the client disconnected with 1003.
      this.close(connection, 1003, 'Binary frames are not supported');
      return;
    }
    // Not awaited: API Gateway runs the messages of a connection side by side.
    void answerMessage(this.#account, this.api, connection, data.toString()).then((text) => {
      if (text !== undefined && this.#connections.has(connection.connectionId))
        this.#send(connection, textFrame(Buffer.from(text)));
    });
  }

  /** Takes a connection out and runs its `$disconnect`; false when that was done before. */
  #forget(connection: Connection, code: number, reason: string): boolean {
    if (!this.#connections.delete(connection.connectionId)) return false;
    void runDisconnect(this.#account, this.api, connection, code, reason);
    return true;
  }

  #closeExpired(): void {
    const { idleMs, lifeMs } = this.#account.limits;
    const now = Date.now();
    for (const connection of this.#connections.values()) {
      const expired = now - connection.lastActiveAt >= idleMs || now - connection.connectedAt >= lifeMs;
      if (expired) this.close(connection, 1001, 'Going away');
    }
  }
}
