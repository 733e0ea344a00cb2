import { Pool } from 'undici';
import { z } from 'zod';
import { region } from '#local/aws.ts';

/** An attribute value as it crosses the wire: `{S: '…'}`, with binary values in base64. */
export type WireAttributes = Record<string, Record<string, unknown>>;

const attributes = z.record(z.string(), z.record(z.string(), z.unknown()));
const record = z.object({
  eventID: z.string().optional(),
  eventName: z.string().optional(),
  eventVersion: z.string().optional(),
  userIdentity: z.object({ Type: z.string().optional(), PrincipalId: z.string().optional() }).nullish(),
  dynamodb: z.object({
    /** Seconds since the epoch. */
    ApproximateCreationDateTime: z.number().default(0),
    Keys: attributes.default({}),
    NewImage: attributes.nullish(),
    OldImage: attributes.nullish(),
    SequenceNumber: z.string(),
    SizeBytes: z.number().optional(),
    StreamViewType: z.string().optional(),
  }),
});
const page = z.object({ Records: z.array(record).default([]), NextShardIterator: z.string().nullish() });
const iterator = z.object({ ShardIterator: z.string() });
const description = z.object({
  StreamDescription: z.object({
    Shards: z.array(z.object({ ShardId: z.string(), ParentShardId: z.string().nullish() })).default([]),
    LastEvaluatedShardId: z.string().nullish(),
  }),
});
const refusal = z.object({ __type: z.string(), message: z.string().optional() });

export type WireRecord = z.output<typeof record>;
export type StreamPage = z.output<typeof page>;
export type WireShard = z.output<typeof description>['StreamDescription']['Shards'][number];

/** What the engine refuses. `name` is the error's in DynamoDB Streams' API. */
export class StreamsError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * DynamoDB Streams' protocol as JSON, without the SDK: it would turn every attribute into its own form, and the events of
 * functions have the form of the wire. Calls reject with a StreamsError, undici's errors, or when `stopping` aborts.
 */
export class StreamsApi {
  readonly #pool: Pool;
  readonly #stopping: AbortSignal;

  constructor(engineUrl: string, stopping: AbortSignal) {
    this.#pool = new Pool(engineUrl, { connections: 16 });
    this.#stopping = stopping;
  }

  async describe(StreamArn: string, ExclusiveStartShardId?: string) {
    const answer = await this.#call('DescribeStream', { StreamArn, ExclusiveStartShardId });
    const { Shards, LastEvaluatedShardId } = description.parse(answer).StreamDescription;
    return { shards: Shards, last: LastEvaluatedShardId ?? undefined };
  }

  async iterator(at: {
    StreamArn: string;
    ShardId: string;
    ShardIteratorType: string;
    SequenceNumber?: string;
  }): Promise<string> {
    return iterator.parse(await this.#call('GetShardIterator', at)).ShardIterator;
  }

  async records(ShardIterator: string, Limit: number): Promise<StreamPage> {
    return page.parse(await this.#call('GetRecords', { ShardIterator, Limit }));
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #call(operation: string, input: object): Promise<unknown> {
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path: '/',
      headers: { ...headers, 'x-amz-target': `DynamoDBStreams_20120810.${operation}` },
      body: JSON.stringify(input),
      signal: this.#stopping,
    });
    const text = await body.text();
    if (statusCode === 200) return JSON.parse(text);
    const { __type, message } = refusal.catch({ __type: 'InternalFailure' }).parse(parse(text));
    throw new StreamsError(__type.slice(__type.indexOf('#') + 1), message ?? `${operation}: ${statusCode}`);
  }
}

/** The engine asks for a signature, and believes any. */
const headers = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=fanfare/20260101/${region}/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page of an engine that is somewhere else.
    return undefined;
  }
}
