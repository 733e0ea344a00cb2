import { GetObjectTaggingCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { AttachmentLinks } from '#shared/storage/attachment-links.ts';
import { Attachments } from '#shared/storage/attachments.ts';
import { attachmentKey } from '#shared/storage/keys.ts';
import { testFileStore } from '#test/support/file-store.ts';
import { type FilesChange, filesChange, keepOrErase } from './keep-or-erase.ts';

const place = { room: 'general', sender: 'alice' };
const store = testFileStore();
let attachments: Attachments;

beforeAll(() => {
  attachments = new Attachments(store().s3, store().bucket);
});

/** Ids of files that were uploaded, as the API lets people do it. */
async function uploaded(count: number): Promise<string[]> {
  const links = new AttachmentLinks(store().s3, store().bucket);
  const put = async () => {
    const { id, url, fields } = await links.upload(place, { name: 'x', type: 'text/plain', size: 1 });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob(['x']));
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(204);
    return id;
  };
  return await Promise.all(Array.from({ length: count }, put));
}

async function isTagged(id: string): Promise<boolean> {
  const Key = attachmentKey(place.room, place.sender, id);
  const { s3, bucket } = store();
  const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key }));
  return TagSet.length > 0;
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: store().s3 },
    { Bucket: store().bucket },
  ))
    found.push(...Contents.flatMap(({ Key }) => Key ?? []));
  return found;
}

const change = (what: FilesChange['what'], ids: string[]): FilesChange => ({ what, ...place, ids });

describe('files', () => {
  it('of sent messages stay, of deleted ones go, and others are left alone', async () => {
    const [sent = '', deleted = '', other = ''] = await uploaded(3);
    expect(await isTagged(sent)).toBe(true);
    const changes = [change('sent', [sent]), change('deleted', [deleted])];
    // Everything may come twice.
    for (const kept of [1, 1])
      expect(await keepOrErase(changes, attachments)).toMatchObject({ kept, erased: 1, missing: 0 });
    expect([await isTagged(sent), await isTagged(other)]).toEqual([false, true]);
    expect(await keys()).toEqual(
      [sent, other].map((id) => attachmentKey(place.room, place.sender, id)).toSorted(),
    );
  });

  it('that are not there are counted, and no failure', async () => {
    const [there = ''] = await uploaded(1);
    const outcome = await keepOrErase([change('sent', ['nowhere', there])], attachments);
    expect(outcome).toMatchObject({ kept: 1, missing: 1, failures: new Map() });
  });

  it('fail with their message alone', async () => {
    const [good = '', bad = ''] = await uploaded(2);
    store().slowDown(bad);
    const changes = [change('sent', [good]), change('sent', [bad])];
    const { kept, failures } = await keepOrErase(changes, attachments);
    expect(kept).toBe(1);
    expect([...failures].map(([{ ids }, error]) => [ids, error.name])).toEqual([[[bad], 'SlowDown']]);
  });
});

describe('an event', () => {
  const detail = {
    room: 'general',
    at: 1,
    sender: 'alice',
    attachments: [{ id: 'a', name: 'x' }, { id: 'b' }],
  };

  it('says whose files it tells of', () => {
    expect(filesChange({ 'detail-type': 'MessageSent', detail })).toEqual(change('sent', ['a', 'b']));
    const deleted = { room: 'general', erased: ['a'], message: { sender: 'alice', deletedBy: 'bob' } };
    expect(filesChange({ 'detail-type': 'MessageDeleted', detail: deleted })).toEqual(
      change('deleted', ['a']),
    );
  });

  it.each([
    { 'detail-type': 'MemberLeft', detail },
    { 'detail-type': 'MessageSent', detail: { ...detail, sender: undefined } },
    { 'detail-type': 'MessageDeleted', detail: { room: 'general', message: { sender: 'alice' } } },
  ])('of anything else is refused: %j', (event) => {
    expect(() => filesChange(event)).toThrow();
  });
});
