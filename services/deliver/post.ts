import { logger } from '#shared/observability/logger.ts';
import type { Answer } from './answer.ts';
import { Lane, Server } from './lane.ts';
import { PostSigner, type SignedTarget, sha256 } from './sign.ts';

/** What became of one call. Only `gone` says that the connection is dead. */
export type PostOutcome = 'delivered' | 'gone' | 'throttled' | 'failed';

/** Who is told of it. An object and not a callback: one for each connection serves all posts to it. */
export interface PostReceiver {
  posted(outcome: PostOutcome): void;
}

/** What to post, with what is computed of it once for every connection. */
export interface Payload {
  /** Its bytes, one a character: a socket takes that together with the head, in one call. */
  text: string;
  hash: string;
}

export function payloadOf(bytes: Buffer): Payload {
  return { text: bytes.toString('latin1'), hash: sha256(bytes) };
}

/**
 * PostToConnection, or with DELETE DeleteConnection, without the SDK, whose call path costs twenty times as much CPU
 * (docs/performance.md): kept-alive connections to the API's management endpoint (`https://…/stage`), requests signed by
 * PostSigner. Who calls sees to it that no more are under way than there should be sockets.
 */
export class ConnectionsApi {
  readonly #server: Server;
  readonly #target: SignedTarget;
  readonly #idle: Lane<PostReceiver>[] = [];
  #signer: PostSigner | undefined;
  #accessKeyId: string | undefined;
  #checkedAt = 0;
  #lastRefusal: string | undefined;

  constructor(endpoint: string, region: string, method: SignedTarget['method'] = 'POST') {
    const url = new URL(endpoint);
    this.#server = new Server(url);
    this.#target = {
      method,
      host: url.host,
      folder: `${url.pathname.replace(/\/$/, '')}/@connections/`,
      region,
      service: 'execute-api',
    };
  }

  /** Opens connections ahead of the first posts. One that cannot be opened is tried again with its first post. */
  warm(connections: number): void {
    for (let opened = 0; opened < connections; opened++) {
      const lane = this.#newLane();
      lane.open();
      this.#idle.push(lane);
    }
  }

  /** Posts to one connection, once. Network errors and timeouts are `failed`. */
  post(connectionId: string, { text, hash }: Payload, receiver: PostReceiver): void {
    const now = Date.now();
    const segment = encodeURIComponent(connectionId.toWellFormed());
    const signature = this.#signerAt(now).sign(segment, hash, now);
    const { method, folder, host } = this.#target;
    const lane = this.#idle.pop() ?? this.#newLane();
    lane.send(
      `${method} ${folder}${segment} HTTP/1.1\r\nhost: ${host}\r\n${signature}content-length: ${text.length}\r\n\r\n${text}`,
      receiver,
    );
  }

  #newLane(): Lane<PostReceiver> {
    return new Lane(this.#server, this.#answered);
  }

  readonly #answered = (lane: Lane<PostReceiver>, receiver: PostReceiver, answer: Answer | undefined) => {
    this.#idle.push(lane);
    if (answer?.status === 403) this.#logRefusal(Buffer.from(answer.body, 'latin1').toString());
    receiver.posted(outcomeOf(answer?.status));
  };

  /** A missing grant fails every post alike: each different refusal is logged once. */
  #logRefusal(answer: string): void {
    if (answer === this.#lastRefusal) return;
    this.#lastRefusal = answer;
    logger.error(`API Gateway refuses ${this.#target.method} (403)`, { answer });
  }

  /** Should the role's keys be renewed while an environment lives, a second later is soon enough. */
  #signerAt(now: number): PostSigner {
    if (this.#signer && now - this.#checkedAt < 1_000) return this.#signer;
    this.#checkedAt = now;
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    if (this.#signer && AWS_ACCESS_KEY_ID === this.#accessKeyId) return this.#signer;
    this.#accessKeyId = AWS_ACCESS_KEY_ID;
    this.#signer = new PostSigner(this.#target, {
      accessKeyId: AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: AWS_SESSION_TOKEN,
    });
    return this.#signer;
  }
}

/** API Gateway's answers to PostToConnection (its API reference). */
function outcomeOf(status = 0): PostOutcome {
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 410) return 'gone';
  if (status === 429) return 'throttled';
  return 'failed';
}
