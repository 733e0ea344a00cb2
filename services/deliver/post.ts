import { Pool } from 'undici';
import { logger } from '#shared/observability/logger.ts';
import { type AwsCredentials, PostSigner, sha256 } from './sign.ts';

/** What became of one post. Only `gone` says that the connection is dead. */
export type PostOutcome = 'delivered' | 'gone' | 'throttled' | 'failed';

/** Bytes to post, with what is computed of them once for every connection. */
export interface Payload {
  bytes: Buffer;
  hash: string;
}

export function payloadOf(bytes: Buffer): Payload {
  return { bytes, hash: sha256(bytes) };
}

/** Posts that are under way at once in one execution environment. */
export const concurrency = 128;

/** Milliseconds that one post may take: a healthy one takes about ten. */
const postTimeoutMs = 3_000;

/**
 * PostToConnection without the SDK, whose call path costs eight times as much CPU (docs/performance.md).
 * A pool of kept-alive sockets to the API's management endpoint (`https://…/stage`), requests signed by PostSigner.
 */
export class ConnectionsApi {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #host: string;
  readonly #region: string;
  #signer: PostSigner | undefined;
  #accessKeyId: string | undefined;
  #lastRefusal: string | undefined;

  constructor(endpoint: string, region: string) {
    const url = new URL(endpoint);
    this.#pool = new Pool(url.origin, {
      connections: concurrency,
      headersTimeout: postTimeoutMs,
      bodyTimeout: postTimeoutMs,
      connect: { timeout: postTimeoutMs },
    });
    this.#path = `${url.pathname.replace(/\/$/, '')}/@connections/`;
    this.#host = url.host;
    this.#region = region;
  }

  /** Posts to one connection, once. It does not throw: network errors and timeouts are `failed`. */
  async post(connectionId: string, { bytes, hash }: Payload): Promise<PostOutcome> {
    const path = this.#path + encodeURIComponent(connectionId);
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path,
        headers: { ...this.#currentSigner().sign(path, hash, new Date()) },
        body: bytes,
      });
      // The answer's body must be read for the socket to be free again.
      if (statusCode === 403) this.#logRefusal(await body.text());
      else await body.dump();
      return outcomeOf(statusCode);
    } catch (error) {
      if (error instanceof Error) return 'failed';
      throw error;
    }
  }

  /** A missing grant fails every post alike: each different refusal is logged once. */
  #logRefusal(answer: string): void {
    if (answer === this.#lastRefusal) return;
    this.#lastRefusal = answer;
    logger.error('API Gateway refuses to post (403)', { answer });
  }

  /** Lambda renews the role's keys while an environment lives. */
  #currentSigner(): PostSigner {
    const credentials = environmentCredentials();
    if (!this.#signer || credentials.accessKeyId !== this.#accessKeyId) {
      this.#signer = new PostSigner(this.#host, this.#region, 'execute-api', credentials);
      this.#accessKeyId = credentials.accessKeyId;
    }
    return this.#signer;
  }
}

/** API Gateway's answers to PostToConnection (its API reference). */
function outcomeOf(status: number): PostOutcome {
  if (status < 300) return 'delivered';
  if (status === 410) return 'gone';
  if (status === 429) return 'throttled';
  return 'failed';
}

function environmentCredentials(): AwsCredentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: AWS_SESSION_TOKEN,
  };
}
