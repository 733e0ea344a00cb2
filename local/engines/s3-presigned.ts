import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials, Principal } from '#local/credentials.ts';
import { denied, S3Refusal, unknownKey, wrongSignature } from './s3-refusal.ts';
import { isSame, scopeOf, signatureOf, timeOf } from './sigv4.ts';

interface Request {
  method: string;
  /** Path-style, with its query. */
  url: string;
  headers: IncomingHttpHeaders;
}

/** S3's limit: a week. */
const longestSeconds = 604_800;

export function isPresigned(url: string): boolean {
  return /[?&]X-Amz-Signature=/.test(url);
}

/**
 * Who signed a URL ("Authenticating Requests: Using Query Parameters").
 * @throws S3Refusal where nobody did, or it has expired
 */
export function presigner(
  { method, url, headers }: Request,
  credentials: Credentials,
  now: number,
): Principal {
  const [path = '', search = ''] = url.split('?', 2);
  const query = new URLSearchParams(search);
  const given = (name: string) => query.get(name) ?? '';
  const scope = scopeOf(given('X-Amz-Credential'));
  const [time, seconds] = [given('X-Amz-Date'), Number(given('X-Amz-Expires'))];
  if (!scope || !Number.isInteger(seconds) || seconds < 0 || seconds > longestSeconds) {
    throw new S3Refusal(
      400,
      'AuthorizationQueryParametersError',
      'Query-string authentication requires X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires.',
    );
  }
  const signer = credentials.signer(scope.accessKeyId);
  if (!signer) throw unknownKey();

  const names = given('X-Amz-SignedHeaders').split(';');
  const signature = given('X-Amz-Signature');
  query.delete('X-Amz-Signature');
  query.sort();
  const canonical = [
    method,
    path,
    [...query].map((pair) => pair.map(encoded).join('=')).join('&'),
    ...names.map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    names.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', time, scope.text, hash].join('\n');
  if (!isSame(signature, signatureOf(text, signer.secretAccessKey, scope))) throw wrongSignature();
  if (!(now <= timeOf(time) + seconds * 1_000)) throw denied('Request has expired');
  return signer;
}

/** All but letters, digits and `-._~`, which encodeURIComponent leaves some of. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
