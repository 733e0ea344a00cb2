import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { region } from '#local/aws.ts';
import { Credentials } from '#local/credentials.ts';
import { type DynamoDb, startDynamoDb } from '#local/engines/dynamodb.ts';
import { isJavaInstalled } from '#local/engines/dynamodb-engine.ts';
import type { DynamoDbProxy } from '#local/engines/dynamodb-proxy.ts';
import { readAssembly } from '#local/template/assembly.ts';
import { deploy } from '#local/template/deploy.ts';
import { noEffect } from '#local/template/no-effect.ts';
import { Rewrites } from '#local/template/rewrites.ts';
import { tablesOf } from '#local/template/tables-of.ts';
import { Connections } from '#shared/storage/connections.ts';
import { type Documents, openDocuments } from '#shared/storage/documents.ts';
import { Members } from '#shared/storage/members.ts';
import { Messages } from '#shared/storage/messages.ts';
import { People } from '#shared/storage/people.ts';
import { Presences } from '#shared/storage/presence.ts';
import { RoomDirectory } from '#shared/storage/room-directory.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { Webhooks } from '#shared/storage/webhooks.ts';

/** The repositories, on tables with the keys and indexes of the synthesized template. */
export interface Storage {
  documents: Documents;
  rooms: Rooms;
  messages: Messages;
  connections: Connections;
  presences: Presences;
  people: People;
  members: Members;
  webhooks: Webhooks;
  directory: RoomDirectory;
  /** Table names by the environment variables in which functions find them. */
  tables: Record<'ROOMS_TABLE' | 'MESSAGES_TABLE' | 'CONNECTIONS_TABLE' | 'PEOPLE_TABLE', string>;
  /** Where faults are injected. */
  proxy: DynamoDbProxy;
}

/** Runs a suite on each DynamoDB engine that can run here: dynoxide, and AWS's own DynamoDB Local where Java is. */
export function onEachEngine(suite: (storage: () => Storage) => void): void {
  describe('on dynoxide', () => suite(testStorage('dynoxide')));
  describe.runIf(java)('on DynamoDB Local', () => suite(testStorage('dynamodb-local')));
}

const java = await isJavaInstalled();

/**
 * An engine with the tables, for the file or `describe` that calls it. The process's environment is a function's
 * meanwhile, so that handlers can be imported (`await import`) in its tests.
 */
export function testStorage(engine?: 'dynoxide' | 'dynamodb-local'): () => Storage {
  let dynamodb: DynamoDb | undefined;
  let storage: Storage | undefined;
  const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-storage-'));
  beforeAll(async () => {
    const credentials = new Credentials();
    const onWarning = (line: string) => console.warn(line);
    dynamodb = await startDynamoDb({
      ...(engine && { engine }),
      dataDir,
      credentials,
      authorize: () => undefined,
      onWarning,
    });
    const key = credentials.issue({ functionName: 'test', roleArn: 'test' });
    Object.assign(process.env, dynamodb.endpoints(), {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    });
    storage = await openStorage(dynamodb);
    Object.assign(process.env, storage.tables);
  });
  afterAll(async () => {
    storage?.documents.destroy();
    await dynamodb?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return () => {
    if (!storage) throw new Error('The storage has not started yet');
    return storage;
  };
}

async function openStorage({ providers, proxy }: DynamoDb): Promise<Storage> {
  const assembly = readAssembly(inject('assembly'));
  const stacks = assembly.stacks
    .filter(({ name }) => name === 'FanfareData')
    .map((stack) => ({ ...stack, template: tablesOf(stack.template) }));
  const { resources } = await deploy(
    { ...assembly, stacks },
    { ...noEffect, ...providers },
    { rewrites: new Rewrites() },
  );
  const table = (id: string) => {
    const found = resources.find(({ logicalId }) => logicalId.startsWith(id));
    if (!found) throw new Error(`FanfareData has no table ${id}`);
    return found.ref;
  };
  const tables = {
    ROOMS_TABLE: table('Rooms'),
    MESSAGES_TABLE: table('Messages'),
    CONNECTIONS_TABLE: table('Connections'),
    PEOPLE_TABLE: table('People'),
  };
  const documents = openDocuments();
  return {
    documents,
    rooms: new Rooms(documents, tables.ROOMS_TABLE),
    messages: new Messages(documents, tables.MESSAGES_TABLE),
    connections: new Connections(documents, tables.CONNECTIONS_TABLE),
    presences: new Presences(documents, tables.CONNECTIONS_TABLE),
    people: new People(documents, tables.PEOPLE_TABLE),
    members: new Members(documents, tables.ROOMS_TABLE),
    webhooks: new Webhooks(documents, tables.ROOMS_TABLE),
    directory: new RoomDirectory(documents, tables.ROOMS_TABLE),
    tables,
    proxy,
  };
}
