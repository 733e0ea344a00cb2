import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Credentials } from '#local/credentials.ts';
import type { Permission } from '#local/iam/authorize.ts';
import { type Fauxqs, startFauxqs } from './fauxqs.ts';

const credentials = new Credentials();
const Bucket = 'files';
let folder: string;
let fauxqs: Fauxqs;
let s3: S3Client;
let asked: Permission[] = [];
let denial: string | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanfare-s3-'));
  fauxqs = await startFauxqs({
    dataDir: folder,
    credentials,
    authorize: (_, permission) => {
      asked.push(permission);
      return denial;
    },
    assetPath: (key) => join(folder, key),
  });
  s3 = clientOf(credentials.issue({ functionName: 'api', roleArn: 'arn:aws:iam::000000000000:role/api' }));
  for (const BucketName of [Bucket, 'others']) {
    await fauxqs.providers['AWS::S3::Bucket']?.({
      stack: 'Data',
      logicalId: BucketName,
      type: 'AWS::S3::Bucket',
      properties: { BucketName },
      metadata: {},
    });
  }
});

afterAll(async () => {
  s3.destroy();
  await fauxqs.stop();
  await rm(folder, { recursive: true });
});

function clientOf(key: { accessKeyId: string; secretAccessKey: string }): S3Client {
  return new S3Client({
    region: 'us-east-1',
    endpoint: fauxqs.url,
    credentials: { ...key, sessionToken: 'local' },
  });
}

/** S3's error code, and the answer's status; of a success the status alone. */
async function told(response: Promise<Response>): Promise<string> {
  const { status, ok, ...answer } = await response.then(async (each) => ({
    status: each.status,
    ok: each.ok,
    text: await each.text(),
  }));
  return ok ? String(status) : `${status} ${/<Code>(.+)<\/Code>/.exec(answer.text)?.[1]}`;
}

describe('a signed URL', () => {
  beforeAll(async () => {
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'a b/ü.txt', Body: 'text', ContentType: 'text/plain' }),
    );
  });
  const command = (more = {}) => new GetObjectCommand({ Bucket, Key: 'a b/ü.txt', ...more });

  it('gives the object, with the headers that it says', async () => {
    const disposition = `attachment; filename="x.txt"; filename*=UTF-8''%C3%BC.txt`;
    const url = await getSignedUrl(
      s3,
      command({ ResponseContentType: 'text/csv', ResponseContentDisposition: disposition }),
      { expiresIn: 60 },
    );
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([200, 'text']);
    expect(response.headers.get('content-type')).toBe('text/csv');
    expect(response.headers.get('content-disposition')).toBe(disposition);
    expect(asked.at(-1)).toEqual({ action: 's3:GetObject', resource: 'arn:aws:s3:::files/a b/ü.txt' });
  });

  it('is needed: the object is nobody’s without', async () => {
    const [path] = (await getSignedUrl(s3, command())).split('?');
    expect(await told(fetch(path ?? ''))).toBe('403 AccessDenied');
    expect(await told(fetch(path ?? '', { method: 'PUT', body: 'x' }))).toBe('403 AccessDenied');
  });

  it('is for what was signed, and nothing else', async () => {
    const url = await getSignedUrl(s3, command({ ResponseContentType: 'text/csv' }));
    const wrong = '403 SignatureDoesNotMatch';
    expect(await told(fetch(url.replace('%C3%BC', 'x')))).toBe(wrong);
    expect(await told(fetch(url.replace('csv', 'html')))).toBe(wrong);
    expect(await told(fetch(`${url}&response-cache-control=x`))).toBe(wrong);
    expect(await told(fetch(url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=604800')))).toBe(wrong);
    expect(await told(fetch(url, { method: 'DELETE' }))).toBe(wrong);
    expect(await told(fetch(url.replace(/Signature=./, 'Signature=!')))).toBe(wrong);
  });

  it('ends', async () => {
    const signingDate = new Date(Date.now() - 61_000);
    expect(await told(fetch(await getSignedUrl(s3, command(), { signingDate, expiresIn: 60 })))).toBe(
      '403 AccessDenied',
    );
    expect(await told(fetch(await getSignedUrl(s3, command(), { signingDate, expiresIn: 120 })))).toBe('200');
  });

  it('is of a key that was given out, and does what that key’s role may', async () => {
    const stranger = clientOf({ accessKeyId: 'ASIAUNKNOWN', secretAccessKey: 'x' });
    expect(await told(fetch(await getSignedUrl(stranger, command())))).toBe('403 InvalidAccessKeyId');
    stranger.destroy();
    denial = 'No';
    expect(await told(fetch(await getSignedUrl(s3, command())))).toBe('403 AccessDenied');
    denial = undefined;
  });

  it('outlives the environment that signed it', async () => {
    const key = credentials.issue({ functionName: 'gone', roleArn: 'arn:aws:iam::000000000000:role/gone' });
    const gone = clientOf(key);
    const url = await getSignedUrl(gone, command());
    gone.destroy();
    credentials.revoke(key.accessKeyId);
    expect(await told(fetch(url))).toBe('200');
  });
});

describe('a form', () => {
  const tagging = '<Tagging><TagSet><Tag><Key>state</Key><Value>new</Value></Tag></TagSet></Tagging>';

  const signed = (Key: string, { Expires = 60, sender = s3 } = {}) =>
    createPresignedPost(sender, {
      Bucket,
      Key,
      Conditions: [['content-length-range', 4, 6]],
      Fields: { 'Content-Type': 'image/png', 'Content-Disposition': 'attachment', tagging },
      Expires,
    });

  function post(
    { url, fields }: PresignedPost,
    changed: Record<string, string> = {},
    body: BlobPart = '12345',
  ) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...changed })) form.set(name, value);
    form.set('file', new Blob([body]), 'x');
    return told(fetch(url, { method: 'POST', body: form }));
  }

  it('puts a file', async () => {
    expect(await post(await signed('put'))).toBe('204');
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'put' }));
    expect(head).toMatchObject({
      ContentType: 'image/png',
      ContentLength: 5,
      ContentDisposition: 'attachment',
    });
  });

  it('puts bytes as they are, and more of them than fauxqs takes', async () => {
    const Key = 'large';
    const body = new Uint8Array(12 * 1024 * 1024).map((_, index) => index % 256);
    const form = await createPresignedPost(s3, { Bucket, Key });
    expect(await post(form, {}, body)).toBe('204');
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(Buffer.from(body))).toBe(true);
  });

  it.each([
    ['a larger file', {}, '1234567', '400 EntityTooLarge'],
    ['a smaller file', {}, '123', '400 EntityTooSmall'],
    ['another type', { 'Content-Type': 'text/html' }, '12345', '403 AccessDenied'],
    ['another key', { key: 'elsewhere' }, '12345', '403 AccessDenied'],
    ['a field that it does not name', { 'Cache-Control': 'no-store' }, '12345', '403 AccessDenied'],
    ['without a tag', { tagging: '' }, '12345', '403 AccessDenied'],
    [
      'another policy',
      { Policy: Buffer.from('{}').toString('base64') },
      '12345',
      '403 SignatureDoesNotMatch',
    ],
    ['another signature', { 'X-Amz-Signature': '0' }, '12345', '403 SignatureDoesNotMatch'],
  ])('does not put %s', async (name, changed, body, answer) => {
    const form = await signed(name);
    expect(await post(form, changed, body)).toBe(answer);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: name }))).rejects.toThrow();
  });

  it('is of its bucket', async () => {
    const { url, fields } = await signed('k');
    expect(await post({ url: url.replace(Bucket, 'others'), fields })).toBe('403 AccessDenied');
  });

  it('ends', async () => {
    expect(await post(await signed('late', { Expires: -1 }))).toBe('403 AccessDenied');
  });

  it('is of a key that was given out, and does what that key’s role may', async () => {
    const sender = clientOf({ accessKeyId: 'ASIAUNKNOWN', secretAccessKey: 'x' });
    expect(await post(await signed('k', { sender }))).toBe('403 InvalidAccessKeyId');
    sender.destroy();
    asked = [];
    expect(await post(await signed('k'))).toBe('204');
    const resource = 'arn:aws:s3:::files/k';
    expect(asked).toEqual([
      { action: 's3:PutObject', resource },
      { action: 's3:PutObjectTagging', resource },
    ]);
    denial = 'No';
    expect(await post(await signed('k'))).toBe('403 AccessDenied');
    denial = undefined;
  });

  it('gives tags, which can be taken off without the object', async () => {
    const Key = 'tagged';
    await post(await signed(Key));
    const tags = async () => (await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
    expect(await tags()).toEqual([{ Key: 'state', Value: 'new' }]);
    await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
    expect(await tags()).toEqual([]);
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength: 5 });
    await expect(s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'not there' }))).rejects.toMatchObject(
      { name: 'NoSuchKey' },
    );
  });

  it('needs to be one', async () => {
    const { url } = await signed('k');
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    expect(await told(fetch(url, { method: 'POST', headers, body: 'nothing' }))).toBe(
      '400 MalformedPOSTRequest',
    );
    const empty = new FormData();
    empty.set('file', new Blob(['x']));
    expect(await told(fetch(url, { method: 'POST', body: empty }))).toBe('403 AccessDenied');
  });
});
