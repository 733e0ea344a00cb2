import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** Keys of the function's role, from the Lambda environment. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** The headers that sign one request. */
export interface SignedHeaders {
  authorization: string;
  'x-amz-date': string;
  'x-amz-security-token'?: string;
}

/**
 * Signature Version 4 for exactly one shape of request: POST, no query, one host, region and service. All but path,
 * date and body is prepared ahead, which costs a small part of what the general signer does ("Create a signed AWS API
 * request", IAM user guide). A test holds it to @smithy/signature-v4's results.
 */
export class PostSigner {
  readonly #host: string;
  readonly #region: string;
  readonly #service: string;
  readonly #credentials: AwsCredentials;
  #day = '';
  #key: KeyObject | undefined;

  constructor(host: string, region: string, service: string, credentials: AwsCredentials) {
    this.#host = host;
    this.#region = region;
    this.#service = service;
    this.#credentials = credentials;
  }

  /**
   * @param path as sent, with its segments URI-encoded once
   * @param bodyHash the body's SHA-256 in hex: the same for every connection that a frame goes to
   */
  sign(path: string, bodyHash: string, now: Date): SignedHeaders {
    const timestamp = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = timestamp.slice(0, 8);
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const { accessKeyId, sessionToken } = this.#credentials;

    const tokenHeader = sessionToken ? `x-amz-security-token:${sessionToken}\n` : '';
    const signedHeaders = sessionToken ? 'host;x-amz-date;x-amz-security-token' : 'host;x-amz-date';
    const canonicalRequest = `POST\n${canonicalPath(path)}\n\nhost:${this.#host}\nx-amz-date:${timestamp}\n${tokenHeader}\n${signedHeaders}\n${bodyHash}`;
    const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonicalRequest)}`;
    const signature = createHmac('sha256', this.#signingKey(day)).update(toSign).digest('hex');
    return {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
      'x-amz-date': timestamp,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
    };
  }

  /** The key depends on the day alone, so it is derived once a day. As a KeyObject, it signs in a fifth of the time. */
  #signingKey(day: string): KeyObject {
    if (this.#key && day === this.#day) return this.#key;
    let key = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
    for (const part of [day, this.#region, this.#service, 'aws4_request']) {
      key = createHmac('sha256', key).update(part).digest();
    }
    this.#day = day;
    this.#key = createSecretKey(key);
    return this.#key;
  }
}

export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** Services other than S3 encode each segment of the path a second time before they sign. */
function canonicalPath(path: string): string {
  return encodeURIComponent(path)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
