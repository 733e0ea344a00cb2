import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiError, type FanfareApi, uploadFile } from '#client';
import type { Attachment } from '#shared/contract/attachments.ts';
import { messageIn } from '#shared/contract/events.ts';
import { upload } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { attachmentKey } from '#shared/storage/keys.ts';
import { testCloud } from '#test/support/cloud.ts';
import { apiOf, sendFile as sendFileOf } from '#test/support/files.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { userIdOf } from '#test/support/storage.ts';

const cloud = testCloud();
let alice: FanfareApi;
let bob: FanfareApi;
let socket: RawClient;
let s3: S3Client;
let Bucket: string;
let room: string;

beforeAll(async () => {
  alice = apiOf(cloud(), 'alice');
  bob = apiOf(cloud(), 'bob');
  socket = await RawClient.signIn(cloud(), 'alice');
  Bucket =
    cloud()
      .deployment.find('AWS::S3::Bucket')
      .find(({ logicalId }) => logicalId.startsWith('Attachments'))?.ref ?? '';
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    cloud().operatorEnvironment;
  s3 = new S3Client({
    endpoint: cloud().queues.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
  });
  ({ room } = await alice.createRoom({ name: 'With files' }));
  await alice.addMember(room, await userIdOf(cloud(), 'bob'));
});

afterEach(() => {
  vi.useRealTimers();
});

async function tokenOf(name: string): Promise<string> {
  return (await cloud().identity.accessToken(name)).accessToken;
}

const file = (name = 'notes.txt', type = 'text/plain', text = 'Hello, file') =>
  new File([text], name, { type });

/** Sends a message with files, and returns its seq. */
async function send(attachments: Attachment[], client = socket): Promise<number> {
  const answer = await client.request({ action: 'sendMessage', room, text: '', attachments });
  if (answer.type !== 'ack' || answer.seq === undefined) throw new Error(JSON.stringify(answer));
  return answer.seq;
}

/** Uploads a file and sends it, as alice. */
async function sendFile(each = file()): Promise<{ seq: number; attachment: Attachment; key: string }> {
  const sent = await sendFileOf(cloud(), { name: 'alice', client: socket, room }, each);
  return { ...sent, key: attachmentKey(room, await userIdOf(cloud(), 'alice'), sent.attachment.id) };
}

async function exists(Key: string): Promise<boolean> {
  return await s3.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && error.name === 'NotFound') return false;
      throw error;
    },
  );
}

/** What a call was refused with; of one that was not, nothing. */
async function refusal(call: Promise<unknown>): Promise<ApiError | undefined> {
  return await call.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    },
  );
}

/** Posts a form that the API gave, with some of its fields changed; S3's answer, by status and code. */
async function post(
  { url, fields }: Awaited<ReturnType<FanfareApi['newUpload']>>,
  { changed = {}, body = 'Hello, file' }: { changed?: Record<string, string>; body?: string } = {},
): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...changed })) form.set(name, value);
  form.set('file', new Blob([body]));
  const response = await fetch(url, { method: 'POST', body: form });
  const text = await response.text();
  return response.ok ? 'ok' : `${response.status} ${/<Code>(.+)<\/Code>/.exec(text)?.[1]}`;
}

const wanted: Parameters<FanfareApi['newUpload']>[1] = { name: 'notes.txt', type: 'text/plain', size: 11 };

describe('a file', () => {
  it('comes to the other members as it was sent', async () => {
    const bytes = new Uint8Array(300_000).map((_, index) => (index * 7) % 256);
    const listener = await RawClient.signIn(cloud(), 'bob');
    await listener.subscribe(room);
    const shares: number[] = [];
    const picture = new File([bytes], 'Zoë’s "picture".png', { type: 'image/png' });
    const attachment = await uploadFile(alice, room, picture, {
      onProgress: (share) => shares.push(share),
      width: 640,
      height: 480,
    });
    expect(attachment).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      name: picture.name,
      type: 'image/png',
      size: bytes.length,
      width: 640,
      height: 480,
    });
    expect(shares.at(-1)).toBe(1);
    const seq = await send([attachment]);
    const event = await listener.event(room, (each) => messageIn(each)?.seq === seq);
    expect(messageIn(event)?.attachments).toEqual([attachment]);

    const before = Date.now();
    const { url, expiresAt } = await bob.download(room, seq, attachment.id);
    expect(expiresAt - before).toBeGreaterThan(60_000);
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('content-disposition')).toBe(
      `inline; filename="Zo__s _picture_.png"; filename*=UTF-8''Zo%C3%AB%E2%80%99s%20%22picture%22.png`,
    );
    listener.close();
  });

  it('that is no image is saved, whatever its name says, and never shown as a page', async () => {
    const { seq, attachment } = await sendFile(file('page.html', 'text/plain', '<script>alert(1)</script>'));
    const response = await fetch((await bob.download(room, seq, attachment.id)).url);
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="page\.html"/);
  });

  it('may be uploaded and shown by the page, and by no other', async () => {
    const { url } = await alice.newUpload(room, wanted);
    const preflight = (origin: string, method: string) =>
      fetch(url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': method },
      });
    const allowed = await preflight(cloud().url, 'POST');
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(cloud().url);
    expect((await preflight(cloud().url, 'DELETE')).status).toBe(403);
    expect((await preflight('http://elsewhere.example', 'POST')).status).toBe(403);
  });
});

describe('S3 takes with a form', () => {
  it.each([
    ['no larger file', { body: 'Hello, file!' }, '400 EntityTooLarge'],
    ['no smaller file', { body: 'Hello' }, '400 EntityTooSmall'],
    ['no other type', { changed: { 'Content-Type': 'text/html' } }, '403 AccessDenied'],
    ['no other way of showing it', { changed: { 'Content-Disposition': 'inline' } }, '403 AccessDenied'],
    ['no other place', { changed: { key: 'general/somebody/AAAAAAAAAAAAAAAAAAAAAA' } }, '403 AccessDenied'],
    ['no file that is kept unsent', { changed: { tagging: '<Tagging/>' } }, '403 AccessDenied'],
    ['no other policy', { changed: { Policy: 'e30=' } }, '403 SignatureDoesNotMatch'],
  ])('%s', async (_, how, answer) => {
    const form = upload.parse(await alice.newUpload(room, wanted));
    expect(await post(form, how)).toBe(answer);
    expect(await exists(form.fields.key ?? '')).toBe(false);
  });

  it('a file for ten minutes', async () => {
    const forms = [await alice.newUpload(room, wanted), await alice.newUpload(room, wanted)] as const;
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: now + 9 * 60_000 });
    expect(await post(forms[0])).toBe('ok');
    vi.setSystemTime(now + 10 * 60_000 + 1_000);
    expect(await post(forms[1])).toBe('403 AccessDenied');
  });
});

it('a link to a file ends after ten minutes, and is to that file alone', async () => {
  const { seq, attachment, key } = await sendFile();
  const { url, expiresAt } = await bob.download(room, seq, attachment.id);
  const other = await sendFile();
  expect((await fetch(url.replace(encodeURI(key), encodeURI(other.key)))).status).toBe(403);
  expect((await fetch(url.split('?')[0] ?? '')).status).toBe(403);
  vi.useFakeTimers({ toFake: ['Date'], now: expiresAt + 1_000 });
  expect((await fetch(url)).status).toBe(403);
});

describe('a message that names a file', () => {
  it('of somebody else leads to nothing', async () => {
    const { attachment } = await sendFile();
    const thief = await RawClient.signIn(cloud(), 'bob');
    const seq = await send([attachment], thief);
    thief.close();
    const { url } = await bob.download(room, seq, attachment.id);
    expect((await fetch(url)).ok).toBe(false);
  });

  it('tells only of its own files', async () => {
    const one = await sendFile();
    const other = await sendFile();
    expect(await refusal(bob.download(room, one.seq, other.attachment.id))).toMatchObject({ status: 404 });
    expect(await refusal(bob.download(room, 1_000_000, one.attachment.id))).toMatchObject({ status: 404 });
    expect(await refusal(bob.download(room, one.seq, 'x'))).toMatchObject({ status: 400 });
  });
});

describe('whoever is no member', () => {
  it('neither uploads nor downloads', async () => {
    const carol = apiOf(cloud(), 'carol');
    const { seq, attachment } = await sendFile();
    expect(await refusal(carol.newUpload(room, wanted))).toMatchObject({ status: 403 });
    expect(await refusal(carol.download(room, seq, attachment.id))).toMatchObject({ status: 403 });
    const dave = await userIdOf(cloud(), 'dave');
    await alice.addMember(room, dave);
    expect(await apiOf(cloud(), 'dave').download(room, seq, attachment.id)).toHaveProperty('url');
    await alice.removeMember(room, dave);
    expect(await refusal(apiOf(cloud(), 'dave').download(room, seq, attachment.id))).toMatchObject({
      status: 403,
    });
    expect(await refusal(apiOf(cloud(), 'dave').newUpload(room, wanted))).toMatchObject({ status: 403 });
  });
});

describe('a deleted message', () => {
  it('takes its files along: from the API at once, and out of the bucket', async () => {
    const { seq, attachment, key } = await sendFile();
    const other = await sendFile();
    expect(await exists(key)).toBe(true);
    await socket.request({ action: 'deleteMessage', room, seq });
    expect(await refusal(bob.download(room, seq, attachment.id))).toMatchObject({ status: 404 });
    await expect.poll(() => exists(key)).toBe(false);
    expect(await exists(other.key)).toBe(true);
  });

  it('of somebody who named another’s file leaves that one', async () => {
    const { attachment, key } = await sendFile();
    const own = await uploadFile(bob, room, file());
    const thief = await RawClient.signIn(cloud(), 'bob');
    const seq = await send([attachment, own], thief);
    await thief.request({ action: 'deleteMessage', room, seq });
    thief.close();
    const ownKey = attachmentKey(room, await userIdOf(cloud(), 'bob'), own.id);
    await expect.poll(() => exists(ownKey)).toBe(false);
    expect(await exists(key)).toBe(true);
  });
});

describe('refused with a clear word is', () => {
  const names: [string, string, string][] = [
    ['a way up', '../../x', 'name'],
    ['a folder', 'C:\\x.txt', 'name'],
    ['a directory', '..', 'name'],
    ['a reversed ending', 'x\u202egnp.exe', 'name'],
    ['what cannot be seen', 'a\u200bb.txt', 'name'],
    ['NUL', 'x\0.png', 'name'],
    ['a line', 'x\r\nContent-Type: text/html', 'name'],
    ['half a character', 'x\ud800.png', 'name'],
    ['nothing', '', 'name'],
    ['a long name', 'x'.repeat(limits.fileNameLength + 1), 'name'],
  ];
  it.each(names)('%s as a name, at the upload and in a message', async (_, name, field) => {
    const answer = await refusal(alice.newUpload(room, { ...wanted, name }));
    expect(answer).toMatchObject({ status: 400, message: expect.stringMatching(new RegExp(`^${field}: `)) });
    const attachment = { id: 'AAAAAAAAAAAAAAAAAAAAAA', ...wanted, name };
    const frame = await socket.request({ action: 'sendMessage', room, text: 'x', attachments: [attachment] });
    expect(frame).toMatchObject({ type: 'error', code: 'invalid', message: expect.stringContaining('name') });
  });

  it('a name of 10 MB', async () => {
    const response = await fetch(`${cloud().url}/api/rooms/${room}/uploads`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokenOf('alice')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...wanted, name: 'x'.repeat(10 * 1024 * 1024) }),
    });
    expect(response.status).toBe(413);
  });

  it.each([
    [{ size: 0 }, 'size'],
    [{ size: limits.attachmentBytes + 1 }, 'size'],
    [{ size: 1.5 }, 'size'],
    [{ type: 'text/html' }, 'type'],
    [{ type: 'image/svg+xml' }, 'type'],
    [{ type: 'text/plain; charset=x' }, 'type'],
    [{ key: 'elsewhere' }, 'key'],
  ])('%j', async (other, field) => {
    const response = await fetch(`${cloud().url}/api/rooms/${room}/uploads`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokenOf('alice')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...wanted, ...other }),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(field);
  });

  it('another type, before it is sent', async () => {
    const answer = await refusal(uploadFile(alice, room, file('x.svg', 'image/svg+xml')));
    expect(answer?.message).toContain('image/svg+xml');
  });
});

it('an upload that its signal ends says why', async () => {
  const controller = new AbortController();
  const why = new Error('enough');
  controller.abort(why);
  await expect(uploadFile(alice, room, file(), { signal: controller.signal })).rejects.toBe(why);
});
