import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature's key is derived for ("Authenticating Requests: AWS Signature Version 4"). */
interface Scope {
  accessKeyId: string;
  /** `<date>/<region>/<service>/aws4_request` */
  text: string;
}

/** `<access key id>/<scope>`, as requests and forms carry it. */
export function scopeOf(credential: string): Scope | undefined {
  const [, accessKeyId, text] = /^([^/]+)\/(\d{8}\/[^/]+\/[^/]+\/aws4_request)$/.exec(credential) ?? [];
  return accessKeyId && text ? { accessKeyId, text } : undefined;
}

/** In hexadecimal. */
export function signatureOf(text: string, secretAccessKey: string, scope: Scope): string {
  const key = scope.text
    .split('/')
    .reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secretAccessKey}`);
  return hmac(key, text).toString('hex');
}

export function isSame(signature: string, expected: string): boolean {
  const [one, other] = [Buffer.from(signature), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** `20261121T003000Z` in milliseconds since the epoch. */
export function timeOf(amzDate: string): number {
  return Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
