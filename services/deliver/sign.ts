import { createHmac, hash } from 'node:crypto';

/** Keys of the function's role, from the Lambda environment. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** Where requests go to: what all of them have in common. */
export interface SignedTarget {
  method: 'POST' | 'DELETE';
  host: string;
  /** The path up to its last segment, with the slash behind it. */
  folder: string;
  region: string;
  service: string;
}

/** SHA-256 takes its input, and HMAC its key, in blocks of 64 bytes. */
const blockBytes = 64;
const hashBytes = 32;

/**
 * Signature Version 4 for exactly one shape of request: one method, no query, one host and folder. All but the path's last
 * segment and the body is prepared ahead, once a second at most, which costs a small part of what the general signer does ("Create a
 * signed AWS API request", IAM user guide). A test holds it to @smithy/signature-v4's results.
 */
export class PostSigner {
  readonly #host: string;
  readonly #canonicalStart: string;
  readonly #scope: string;
  readonly #credentials: AwsCredentials;
  readonly #signedHeaders: string;
  readonly #tokenLine: string;

  #second = Number.NaN;
  #day = '';
  /** What surrounds the path and the body's hash in the canonical request. */
  #canonicalHeaders = '';
  /** What surrounds the signature in the headers of the request. */
  #beforeSignature = '';
  #afterSignature = '';

  // HMAC by hand (RFC 2104), as two one-shot hashes: half the time of createHmac, even with a KeyObject.
  #inner = Buffer.alloc(blockBytes);
  #innerText = blockBytes;
  readonly #outer = Buffer.alloc(blockBytes + hashBytes);

  constructor({ method, host, folder, region, service }: SignedTarget, credentials: AwsCredentials) {
    const { sessionToken } = credentials;
    this.#host = host;
    this.#canonicalStart = `${method}\n${folder.split('/').map(encode).join('/')}`;
    this.#scope = `${region}/${service}/aws4_request`;
    this.#credentials = credentials;
    this.#signedHeaders = sessionToken ? 'host;x-amz-date;x-amz-security-token' : 'host;x-amz-date';
    this.#tokenLine = sessionToken ? `x-amz-security-token:${sessionToken}` : '';
  }

  /**
   * The header lines that sign a request, each with its line end.
   * @param segment the path's last, URI-encoded once
   * @param bodyHash the body's SHA-256 in hex: the same for every connection that a frame goes to
   * @param now milliseconds since the epoch
   */
  sign(segment: string, bodyHash: string, now: number): string {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#prepare(second);
    // Services other than S3 encode the path a second time before they sign.
    const canonicalRequest =
      this.#canonicalStart + encodeEncoded(segment) + this.#canonicalHeaders + bodyHash;
    this.#inner.write(hash('sha256', canonicalRequest, 'hex'), this.#innerText, 'latin1');
    this.#outer.write(hash('sha256', this.#inner, 'binary'), blockBytes, 'latin1');
    return this.#beforeSignature + hash('sha256', this.#outer, 'hex') + this.#afterSignature;
  }

  #prepare(second: number): void {
    const timestamp = new Date(second * 1000).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = timestamp.slice(0, 8);
    const scope = `${day}/${this.#scope}`;
    const tokenLine = this.#tokenLine;
    if (day !== this.#day) this.#deriveKey(day);

    const toSign = Buffer.from(`AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n`);
    this.#innerText = blockBytes + toSign.length;
    this.#inner = Buffer.concat([
      this.#inner.subarray(0, blockBytes),
      toSign,
      // In hex, where everything else is bytes.
      Buffer.alloc(2 * hashBytes),
    ]);

    this.#canonicalHeaders = `\n\nhost:${this.#host}\nx-amz-date:${timestamp}\n${tokenLine && `${tokenLine}\n`}\n${this.#signedHeaders}\n`;
    this.#beforeSignature = `authorization: AWS4-HMAC-SHA256 Credential=${this.#credentials.accessKeyId}/${scope}, SignedHeaders=${this.#signedHeaders}, Signature=`;
    this.#afterSignature = `\r\nx-amz-date: ${timestamp}\r\n${tokenLine && `${tokenLine}\r\n`}`;
    this.#second = second;
  }

  /** The key depends on the day alone. */
  #deriveKey(day: string): void {
    let key = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
    for (const part of [day, ...this.#scope.split('/')])
      key = createHmac('sha256', key).update(part).digest();
    const padded = Buffer.alloc(blockBytes);
    key.copy(padded);
    for (const [at, byte] of padded.entries()) {
      this.#inner[at] = byte ^ 0x36;
      this.#outer[at] = byte ^ 0x5c;
    }
    this.#day = day;
  }
}

export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, percentEncode);
}

/** What encodeURIComponent leaves has nothing else to encode than these. */
function encodeEncoded(encoded: string): string {
  return encoded.replaceAll(/[%!'()*]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
