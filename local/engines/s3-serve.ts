import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FauxqsStores, S3Error } from './fauxqs-stores.ts';

type S3Store = FauxqsStores['s3Store'];

/**
 * Answers GET and HEAD with an object, as S3 does to CloudFront. False, with nothing written, where there is none.
 */
export function serveObject(
  store: S3Store,
  bucket: string,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    refuse(response, 405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
    return true;
  }
  const object = find(store, bucket, key);
  if (!object) return false;
  const { contentType, contentEncoding, contentLanguage, contentDisposition, cacheControl } = object;
  const validators = {
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    ...(cacheControl && { 'cache-control': cacheControl }),
  };
  if (isFresh(request, object.etag, object.lastModified)) {
    response.writeHead(304, validators).end();
    return true;
  }
  response.writeHead(200, {
    ...validators,
    'content-type': contentType,
    'content-length': object.contentLength,
    ...(contentEncoding && { 'content-encoding': contentEncoding }),
    ...(contentLanguage && { 'content-language': contentLanguage }),
    ...(contentDisposition && { 'content-disposition': contentDisposition }),
  });
  if (method === 'HEAD') response.end();
  else response.end(store.getObject(bucket, key).body);
  return true;
}

function find(store: S3Store, bucket: string, key: string) {
  try {
    return store.headObject(bucket, key);
  } catch (error) {
    if (error instanceof S3Error && error.statusCode === 404) return undefined;
    throw error;
  }
}

/** The client's copy is still good (RFC 9110 §13: `If-None-Match` goes before `If-Modified-Since`). */
function isFresh({ headers }: IncomingMessage, etag: string, lastModified: Date): boolean {
  const tags = headers['if-none-match'];
  if (tags) return tags === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  const since = headers['if-modified-since'];
  // HTTP dates have whole seconds.
  return since !== undefined && Math.floor(lastModified.getTime() / 1000) * 1000 <= Date.parse(since);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response
    .writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) })
    .end(body);
}
