import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { region } from '#local/aws.ts';
import type { Observe } from '#local/cloudwatch/observe.ts';
import type { Credentials } from '#local/credentials.ts';
import type { Authorize } from '#local/iam/authorize.ts';
import type { Providers } from '#local/template/provider.ts';
import { bucketDeploymentProviders } from './bucket-deployment.ts';
import { isOfSqs, sqsRefusalOf } from './fauxqs-access.ts';
import { createStores, persist } from './fauxqs-stores.ts';
import { contentsOf, type QueueContents } from './queue-contents.ts';
import { type Queues, queuesOf } from './queues.ts';
import { bucketProviders } from './s3-buckets.ts';
import { BucketCors } from './s3-cors.ts';
import { S3Door, wantedHeaders } from './s3-door.ts';
import { serveObject } from './s3-serve.ts';
import { queueProviders } from './sqs-queues.ts';

export interface FauxqsOptions {
  /** The local cloud's data folder; queues and objects are kept in `fauxqs/` below it. */
  dataDir: string;
  /** Whose keys functions sign with, and what each may do. */
  credentials: Credentials;
  authorize: Authorize;
  /** The folder that `cdk synth` wrote for a file asset, by its key in the assets' bucket. */
  assetPath(objectKey: string): string;
}

export interface Fauxqs {
  /** `http://127.0.0.1:<port>`: SQS and S3. */
  url: string;
  /** For functions' environments. */
  endpoints(): Record<string, string>;
  providers: Providers;
  s3: S3Door;
  /** The queues for the local cloud's own parts. */
  direct: Queues;
  /** Reports AWS/SQS's metrics of every queue as they are now. */
  sampleQueues(observe: Observe): void;
  /** Every queue, to be looked into. */
  queues(): QueueContents[];
  /** Answers GET and HEAD with an object as S3 does behind CloudFront; false, with nothing written, where there is none. */
  serveObject(bucket: string, key: string, request: IncomingMessage, response: ServerResponse): boolean;
  stop(): Promise<void>;
}

/** What we use of fauxqs' Fastify app; its own type declaration does not hold under TypeScript 6. */
interface App {
  /** `preHandler` comes when the body is parsed. */
  addHook(
    name: 'onRequest' | 'preHandler',
    hook: (
      request: { method: string; url: string; headers: IncomingHttpHeaders; body?: unknown },
      reply: {
        headers(values: Record<string, string>): unknown;
        code(status: number): { send(body: string): unknown };
      },
    ) => Promise<unknown>,
  ): unknown;
  addHook(
    name: 'onSend',
    hook: (
      request: { url: string },
      reply: { statusCode: number; headers(values: Record<string, string>): unknown },
      payload: unknown,
    ) => Promise<unknown>,
  ): unknown;
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parse: (request: unknown, body: Buffer) => Promise<Buffer>,
  ): unknown;
  listen(at: { host: string; port: number }): Promise<string>;
  close(): Promise<void>;
  server: { closeAllConnections(): void };
}

/** Bytes of a form's body. fauxqs takes 11 MiB of anything. */
const formBytes = 64 * 1024 * 1024;

/**
 * SQS and S3 on a free port of 127.0.0.1. Limits of fauxqs 2.4.1: an upload may have 11 MiB (64 MiB as a form), messages
 * do not end with their retention period, signatures of headers are not checked (those of URLs and forms are). A key that
 * the local cloud gave out may do what its role may; one that it does not know (its own calls, tools) may do everything.
 */
export async function startFauxqs({
  dataDir,
  credentials,
  authorize,
  assetPath,
}: FauxqsOptions): Promise<Fauxqs> {
  const stores = createStores();
  const cors = new BucketCors();
  const app: App = buildApp({ logger: false, defaultRegion: region, stores });
  app.addHook('onRequest', async (request, reply) => {
    const answer = cors.answer(request.method, request.url, request.headers);
    reply.headers(answer.headers);
    if (answer.preflight) return reply.code(answer.preflight.status).send(answer.preflight.body);
  });

  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: formBytes },
    async (_, body) => body,
  );
  const s3 = new S3Door(stores.s3Store, credentials, authorize);
  app.addHook('preHandler', async (request, reply) => {
    const answer = isOfSqs(request)
      ? sqsRefusalOf(request, credentials, authorize)
      : await s3.answer(request);
    if (!answer) return;
    reply.headers(answer.headers ?? {});
    return reply.code(answer.status).send(answer.body);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode < 300) reply.headers(wantedHeaders(request.url));
    return payload;
  });

  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  stores.sqsStore.baseUrl = url;
  const close = persist(stores, join(dataDir, 'fauxqs'));
  const client = new SQSClient({
    endpoint: url,
    region,
    credentials: { accessKeyId: 'fanfare', secretAccessKey: 'fanfare' },
  });
  return {
    url,
    endpoints: () => ({ AWS_ENDPOINT_URL_SQS: url, AWS_ENDPOINT_URL_S3: url }),
    providers: {
      ...queueProviders(client, url),
      ...bucketProviders(stores.s3Store, cors),
      ...bucketDeploymentProviders(stores.s3Store, assetPath),
    },
    s3,
    direct: queuesOf(stores.sqsStore),
    queues: () => [...stores.sqsStore.allQueues()].map(contentsOf),
    sampleQueues: (observe) => stores.sqsStore.metrics.sample(observe),
    serveObject: (bucket, key, request, response) =>
      serveObject(stores.s3Store, bucket, key, request, response),
    async stop() {
      client.destroy();
      const closed = app.close();
      // A browser's sockets that never asked for anything are not idle to Node: they would hold the server for a minute.
      app.server.closeAllConnections();
      await closed;
      close();
    },
  };
}
