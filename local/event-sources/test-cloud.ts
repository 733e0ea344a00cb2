import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { region } from '#local/aws.ts';
import { Credentials } from '#local/credentials.ts';
import { startDynamoDb } from '#local/engines/dynamodb.ts';
import { startFauxqs } from '#local/engines/fauxqs.ts';
import type { InvocationResult, Invoker } from '#local/lambda/invoker.ts';
import type { Resource } from '#local/template/provider.ts';
import { EventSources, type EventSourcesOptions } from './event-sources.ts';

/** The part of a record that tests look at. */
export interface EventRecord {
  eventName?: string;
  messageId?: string;
  body?: string;
  attributes?: Record<string, string>;
  dynamodb?: { Keys: { pk: { S: string }; sk: { N: string } }; SequenceNumber: string };
}

export interface Invocation {
  fn: string;
  records: EventRecord[];
}

/** In Lambda's place: remembers each event, and answers as the test says. */
export class RecordingInvoker implements Invoker {
  readonly invocations: Invocation[] = [];
  /** By function name; without one, invocations succeed with null. */
  readonly handlers = new Map<string, (records: EventRecord[], nth: number) => unknown>();

  async invoke(fn: string, event: unknown): Promise<InvocationResult> {
    const { Records }: { Records: EventRecord[] } = JSON.parse(JSON.stringify(event));
    this.invocations.push({ fn, records: Records });
    try {
      const payload = await this.handlers.get(fn)?.(Records, this.of(fn).length);
      return { ok: true, payload: payload ?? null };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { ok: false, errorType: name, errorMessage: message };
    }
  }

  invokeAsync(): void {
    throw new Error('event sources invoke synchronously');
  }

  /** The batches that a function was given. */
  of(fn: string): EventRecord[][] {
    return this.invocations.filter((invocation) => invocation.fn === fn).map(({ records }) => records);
  }

  /** Sort keys of a function's stream batches. */
  sorts(fn: string): number[][] {
    return this.of(fn).map((records) => records.map((record) => Number(record.dynamodb?.Keys.sk.N)));
  }

  bodies(fn: string): (string | undefined)[][] {
    return this.of(fn).map((records) => records.map((record) => record.body));
  }
}

/** Lambda's 429. */
export class TooManyRequestsException extends Error {
  override readonly name = 'TooManyRequestsException';
}

/** A real DynamoDB engine and a real fauxqs, with event sources that may be started anew. */
export async function startTestCloud(
  engine: 'dynoxide' | 'dynamodb-local' = 'dynoxide',
  hopDelays?: EventSourcesOptions['hopDelays'],
) {
  const dataDir = await mkdtemp(join(tmpdir(), 'fanfare-event-sources-'));
  const credentials = new Credentials();
  const key = credentials.issue({ functionName: 'test', roleArn: 'arn:aws:iam::000000000000:role/test' });
  const dynamodb = await startDynamoDb({
    engine,
    dataDir,
    credentials,
    authorize: () => undefined,
    onWarning: () => {},
    ttlSweepMs: 50,
  });
  const fauxqs = await startFauxqs({
    dataDir,
    credentials,
    authorize: () => undefined,
    assetPath: () => dataDir,
  });
  const tables = new DynamoDBClient({ endpoint: dynamodb.proxy.url, region, credentials: key });
  const sqs = new SQSClient({ endpoint: fauxqs.url, region, credentials: key });
  const invoker = new RecordingInvoker();
  const lines: string[] = [];
  const checkpoints = join(dataDir, 'checkpoints.json');
  const connect = () =>
    new EventSources({
      invoker,
      dynamodb: {
        engineUrl: dynamodb.engineUrl,
        onWrite: dynamodb.proxy.onWrite,
        isTtlDelete: dynamodb.isTtlDelete,
      },
      queues: fauxqs.direct,
      checkpoints,
      authorize: () => undefined,
      log: (line) => lines.push(line),
      retryDelay: { firstMs: 1, maxMs: 20 },
      hopDelays,
    });
  let made = 0;

  const cloud = {
    invoker,
    lines,
    checkpoints,
    tables,
    sqs,
    sources: connect(),
    async restart(): Promise<void> {
      await cloud.sources.stop();
      cloud.sources = connect();
    },
    /** A new table with a string `pk`, a number `sk` and a stream. */
    async table(): Promise<{ name: string; streamArn: string }> {
      const create = dynamodb.providers['AWS::DynamoDB::Table'];
      const created = await create?.({
        ...resource(`Table${++made}`, {
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'N' },
          ],
          BillingMode: 'PAY_PER_REQUEST',
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        }),
        type: 'AWS::DynamoDB::Table',
      });
      return { name: created?.ref ?? '', streamArn: created?.attributes?.StreamArn ?? '' };
    },
    async queue(properties: Record<string, unknown> = {}): Promise<{ url: string; arn: string }> {
      const created = await fauxqs.providers['AWS::SQS::Queue']?.(resource(`Queue${++made}`, properties));
      return { url: created?.ref ?? '', arn: created?.attributes?.Arn ?? '' };
    },
    map(properties: Record<string, unknown>, logicalId = `Mapping${++made}`) {
      const create = cloud.sources.providers['AWS::Lambda::EventSourceMapping'];
      return create?.(resource(logicalId, properties));
    },
    async put(table: { name: string }, sk: number, pk = 'room'): Promise<void> {
      const Item = { pk: { S: pk }, sk: { N: String(sk) } };
      await tables.send(new PutItemCommand({ TableName: table.name, Item }));
    },
    async send(queue: { url: string }, MessageBody: string): Promise<void> {
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
    },
    /** The bodies in a queue, which are received. */
    async received(queue: { url: string }): Promise<unknown[]> {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queue.url, MaxNumberOfMessages: 10 }),
      );
      return Messages.map((message) => JSON.parse(message.Body ?? ''));
    },
    /** How many messages a queue has, visible or not. */
    async left(queue: { url: string }): Promise<number> {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: queue.url,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
    },
    async stop(): Promise<void> {
      await cloud.sources.stop();
      tables.destroy();
      sqs.destroy();
      await fauxqs.stop();
      await dynamodb.stop();
      await rm(dataDir, { recursive: true });
    },
  };
  return cloud;
}

export type TestCloud = Awaited<ReturnType<typeof startTestCloud>>;

export function resource(logicalId: string, properties: Record<string, unknown>): Resource {
  return {
    stack: 'Test',
    logicalId,
    type: 'AWS::Lambda::EventSourceMapping',
    properties,
    metadata: {},
  };
}
