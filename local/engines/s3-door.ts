import type { IncomingHttpHeaders } from 'node:http';
import { arn } from '#local/aws.ts';
import type { Credentials, Principal } from '#local/credentials.ts';
import type { Authorize } from '#local/iam/authorize.ts';
import { s3Permission } from '#local/iam/s3-permissions.ts';
import { type FauxqsStores, S3Error } from './fauxqs-stores.ts';
import { type PostedFile, postedFile } from './s3-form.ts';
import { isPresigned, presigner } from './s3-presigned.ts';
import { denied, S3Refusal } from './s3-refusal.ts';
import { ObjectTags } from './s3-tags.ts';

interface Request {
  method: string;
  /** Path-style. */
  url: string;
  headers: IncomingHttpHeaders;
  body?: unknown;
}

/** What a request is answered with in place of its answer: for tests. */
export type S3Faults = (request: { method: string; url: string }) => S3Refusal | undefined;

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/**
 * What fauxqs does not play of S3: who may come in (buckets are private, signed URLs and forms end), uploads by a
 * form's policy, tags.
 */
export class S3Door {
  readonly #store: FauxqsStores['s3Store'];
  readonly #credentials: Credentials;
  readonly #authorize: Authorize;
  readonly #tags = new ObjectTags();
  faults: S3Faults | undefined;

  constructor(store: FauxqsStores['s3Store'], credentials: Credentials, authorize: Authorize) {
    this.#store = store;
    this.#credentials = credentials;
    this.#authorize = authorize;
  }

  /** The answer to a request of S3; undefined where fauxqs is to give it. */
  async answer(request: Request): Promise<Answer | undefined> {
    const [path = ''] = request.url.split('?', 1);
    const [, bucket = ''] = path.split('/', 2);
    try {
      const fault = this.faults?.(request);
      if (fault) throw fault;
      return await this.#letIn(request, bucket, path);
    } catch (error) {
      if (error instanceof S3Error) return { status: error.statusCode, headers: xml, body: error.toXml() };
      if (error instanceof S3Refusal) return { status: error.status, headers: xml, body: error.xml };
      throw error;
    }
  }

  async #letIn(request: Request, bucket: string, path: string): Promise<Answer | undefined> {
    const { method, url, headers, body } = request;
    const contentType = headers['content-type'] ?? '';
    if (method === 'POST' && /^multipart\/form-data\b/i.test(contentType) && Buffer.isBuffer(body))
      return this.#put(
        bucket,
        await postedFile(bucket, { body, contentType }, this.#credentials, Date.now()),
      );

    const caller = this.#callerOf(request, bucket);
    const permission = s3Permission(method, url);
    if (caller && !permission) throw denied('The local cloud does not know this request.');
    if (caller && permission) this.#mustBeAllowed(caller, permission.action, permission.resource);

    if (!/[?&]tagging(=|&|$)/.test(url)) return undefined;
    this.#store.headObject(bucket, decodeURIComponent(path.slice(bucket.length + 2)));
    return { headers: xml, ...this.#tags.answer(method, path) };
  }

  /** Undefined of a key that the local cloud does not know: tools and tests, which may do everything. */
  #callerOf(request: Request, bucket: string): Principal | undefined {
    if (isPresigned(request.url)) return presigner(request, this.#credentials, Date.now());
    const { authorization } = request.headers;
    if (authorization === undefined && this.#store.hasBucket(bucket)) throw denied('Access Denied');
    return this.#credentials.principal(authorization);
  }

  #put(bucket: string, { signer, key, body, fields }: PostedFile): Answer {
    const resource = arn('s3', `${bucket}/${key}`);
    const tagging = fields.get('tagging');
    this.#mustBeAllowed(signer, 's3:PutObject', resource);
    if (tagging !== undefined) this.#mustBeAllowed(signer, 's3:PutObjectTagging', resource);
    this.#tags.set(`/${bucket}/${key}`, tagging);
    const contentDisposition = fields.get('content-disposition');
    const { etag } = this.#store.putObject(
      bucket,
      key,
      body,
      fields.get('content-type') ?? 'binary/octet-stream',
      {},
      contentDisposition === undefined ? {} : { contentDisposition },
    );
    return { status: 204, headers: { etag }, body: '' };
  }

  #mustBeAllowed(principal: Principal, action: string, resource: string): void {
    const denial = this.#authorize(principal, { action, resource });
    if (denial !== undefined) throw denied(denial);
  }
}

const xml = { 'content-type': 'application/xml' };

/** A signed URL may say with which headers S3 answers ("GetObject", its request's URI parameters). */
export function wantedHeaders(url: string): Record<string, string> {
  const query = new URLSearchParams(url.split('?', 2)[1]);
  return Object.fromEntries(
    [...query].flatMap(([name, value]) => {
      const [, header] =
        /^response-(content-type|content-disposition|content-language|content-encoding|cache-control|expires)$/.exec(
          name,
        ) ?? [];
      return header ? [[header, value]] : [];
    }),
  );
}
