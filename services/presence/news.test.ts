import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import { connectionKeys } from '#shared/storage/keys.ts';
import { newsOf } from './news.ts';

type Row = Record<string, unknown>;

function record(before: Row | undefined, after: Row | undefined): DynamoDBRecord {
  const image = (row: Row | undefined) => row && JSON.parse(JSON.stringify(marshall(row)));
  return { dynamodb: { OldImage: image(before), NewImage: image(after) } };
}

const connection = { ...connectionKeys.connection('u', 'c='), rooms: {}, connectedAt: 1 };
const online = { ...connectionKeys.presence('u'), online: true, at: 1_000, expiresAt: 90_000 };
const offline = { ...online, online: false, at: 2_000 };

it.each([
  ['a connection that came', undefined, connection],
  ['a connection that went', connection, undefined],
])('%s may have made a difference', (_, before, after) => {
  expect(newsOf(record(before, after))).toEqual({ userId: 'u', mayDiffer: true });
});

it.each([
  ['comes for the first time', undefined, online, { online: true, at: 1_000 }],
  ['goes', online, offline, { online: false, at: 2_000 }],
  ['comes back', offline, { ...online, at: 3_000 }, { online: true, at: 3_000 }],
])('somebody who %s is told of', (_, before, after, told) => {
  expect(newsOf(record(before, after))).toEqual({ userId: 'u', mayDiffer: false, told });
});

it.each([
  ['is believed for longer', online, { ...online, expiresAt: 99_000 }],
  ['was offline, and is forgotten', offline, undefined],
  ['was never seen online', undefined, offline],
])('of somebody who %s there is nothing to tell', (_, before, after) => {
  expect(newsOf(record(before, after))).toEqual({ userId: 'u', mayDiffer: false });
});

it('somebody whose row nothing renewed is told to be gone, and looked for', () => {
  expect(newsOf(record(online, undefined))).toEqual({
    userId: 'u',
    mayDiffer: true,
    told: { online: false, at: 1_001 },
  });
});

it('a row that is none fails', () => {
  expect(() => newsOf(record(undefined, { ...online, online: 'yes' }))).toThrow(/online/);
});
