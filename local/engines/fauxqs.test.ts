import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Credentials } from '#local/credentials.ts';
import { type Listening, listen } from '#local/http.ts';
import type { Created, Resource } from '#local/template/provider.ts';
import { type Fauxqs, startFauxqs } from './fauxqs.ts';

let folder: string;
let fauxqs: Fauxqs;
let sqs: SQSClient;

async function start() {
  fauxqs = await startFauxqs({
    dataDir: folder,
    credentials: new Credentials(),
    authorize: () => undefined,
    assetPath: (objectKey) => join(folder, 'assets', objectKey),
  });
  // Exactly what a function has: nothing but its environment.
  const environment = {
    ...fauxqs.endpoints(),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'ASIAFUNCTION',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  sqs = new SQSClient({});
}

async function stop() {
  sqs.destroy();
  await fauxqs.stop();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanfare-fauxqs-'));
  await start();
});

afterAll(async () => {
  await stop();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe('SQS', () => {
  it('makes a queue whose Ref works in a client that knows only its environment', async () => {
    const queue = await provide('Deliveries', { VisibilityTimeout: 90 });
    expect(queue.ref).toBe(`${fauxqs.url}/000000000000/${queue.attributes?.QueueName}`);
    expect(queue.attributes?.Arn).toBe(`arn:aws:sqs:us-east-1:000000000000:${queue.attributes?.QueueName}`);
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.ref, MessageBody: 'hello' }));
    expect(await receive(queue.ref)).toEqual(['hello']);
    expect(await attribute(queue.ref, 'VisibilityTimeout')).toBe('90');
    const byName = await sqs.send(new GetQueueUrlCommand({ QueueName: queue.attributes?.QueueName }));
    expect(byName.QueueUrl).toBe(queue.ref);
  });

  it('takes a mebibyte, alone and as a batch, and no more', async () => {
    const { ref: QueueUrl } = await provide('Large', {});
    const mebibyte = 1024 * 1024;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(mebibyte) }));
    expect((await receive(QueueUrl))[0]).toHaveLength(mebibyte);
    await expect(
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(mebibyte + 1) })),
    ).rejects.toThrow('1048576');
    const batch = (each: number) =>
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [1, 2, 3, 4].map((id) => ({ Id: String(id), MessageBody: 'y'.repeat(each) })),
      });
    expect((await sqs.send(batch(mebibyte / 4))).Successful).toHaveLength(4);
    await expect(sqs.send(batch(mebibyte / 4 + 1))).rejects.toMatchObject({ name: 'BatchRequestTooLong' });
  });

  it('moves a message to the dead-letter queue after its receives', async () => {
    const dead = await provide('Dead', {});
    const { ref: QueueUrl } = await provide('Alive', {
      VisibilityTimeout: 0,
      RedrivePolicy: { deadLetterTargetArn: dead.attributes?.Arn, maxReceiveCount: 2 },
    });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
    expect(await receive(QueueUrl)).toEqual(['poison']);
    expect(await receive(QueueUrl)).toEqual(['poison']);
    expect(await receive(QueueUrl)).toEqual([]);
    expect(await receive(dead.ref)).toEqual(['poison']);
  });

  it('takes every character that SQS takes, and refuses the others', async () => {
    const { ref: QueueUrl } = await provide('Characters', {});
    const MessageBody = '🎉 \u00e9 \ufffd';
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    expect(await receive(QueueUrl)).toEqual([MessageBody]);
    for (const bad of ['\u0001', '\uffff']) {
      await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: bad }))).rejects.toThrow(
        /Invalid char/,
      );
    }
  });

  it('offers a message again that is made visible at once', async () => {
    const { ref: QueueUrl } = await provide('Visible', {});
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again' }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    expect(await receive(QueueUrl)).toEqual(['again']);
  });

  it('plays a FIFO queue with content-based deduplication', async () => {
    const queue = await provide('Ordered', { FifoQueue: true, ContentBasedDeduplication: true });
    expect(queue.attributes?.QueueName).toMatch(/\.fifo$/);
    const send = () =>
      sqs.send(new SendMessageCommand({ QueueUrl: queue.ref, MessageBody: 'once', MessageGroupId: 'g' }));
    expect((await send()).MessageId).toBe((await send()).MessageId);
  });

  it('keeps queues and messages from run to run, and takes the changed template', async () => {
    const first = await provide('Kept', { VisibilityTimeout: 45, DelaySeconds: 0 });
    await sqs.send(new SendMessageCommand({ QueueUrl: first.ref, MessageBody: 'still here' }));
    await stop();
    await start();
    const second = await provide('Kept', { ReceiveMessageWaitTimeSeconds: 1 });
    expect(second.attributes?.Arn).toBe(first.attributes?.Arn);
    expect(second.ref.startsWith(fauxqs.url)).toBe(true);
    expect(await receive(second.ref)).toEqual(['still here']);
    expect(await attribute(second.ref, 'VisibilityTimeout')).toBe('30');
    const byName = await sqs.send(new GetQueueUrlCommand({ QueueName: second.attributes?.QueueName }));
    expect(byName.QueueUrl).toBe(second.ref);
  });

  it('stops while somebody waits for a message', async () => {
    const { ref: QueueUrl } = await provide('Quiet', {});
    const waiting = sqs
      .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
      .catch(() => 'ended');
    await vi.waitFor(async () => {
      const response = await fetch(`${fauxqs.url}/health`);
      expect(response.ok).toBe(true);
    });
    await stop();
    await waiting;
    await start();
  });

  it('names the property that it does not play', async () => {
    await expect(provide('Odd', { Colour: 'red' })).rejects.toThrow(
      'Odd (AWS::SQS::Queue) in stack Realtime, Colour: the local cloud does not play this property.',
    );
  });

  function provide(logicalId: string, properties: Record<string, unknown>): Promise<Created> {
    return provideAs('AWS::SQS::Queue', logicalId, properties);
  }

  async function receive(QueueUrl: string): Promise<(string | undefined)[]> {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return (Messages ?? []).map(({ Body }) => Body);
  }

  async function attribute(QueueUrl: string, name: 'VisibilityTimeout') {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }),
    );
    return Attributes?.[name];
  }
});

describe('S3', () => {
  const page = 'http://localhost:4000';
  /** Of a key that the local cloud did not give out: whoever has one may do everything. */
  const authorization = 'AWS4-HMAC-SHA256 Credential=TOOL/20261121/us-east-1/s3/aws4_request';

  it('makes a bucket with a lower-case name', async () => {
    const bucket = await provideAs('AWS::S3::Bucket', 'WebSite0123456789'.repeat(4), {
      PublicAccessBlockConfiguration: { BlockPublicAcls: true },
    });
    expect(bucket.ref).toMatch(/^realtime-website[a-z0-9-]+$/);
    expect(bucket.ref.length).toBeLessThanOrEqual(63);
    expect(bucket.attributes).toMatchObject({
      Arn: `arn:aws:s3:::${bucket.ref}`,
      RegionalDomainName: `${bucket.ref}.s3.us-east-1.amazonaws.com`,
    });
    const url = `${fauxqs.url}/${bucket.ref}/a/b.txt`;
    await fetch(url, {
      method: 'PUT',
      body: 'text',
      headers: { authorization, 'content-type': 'text/plain' },
    });
    expect(await (await fetch(url, { headers: { authorization } })).text()).toBe('text');
  });

  it('answers browsers by the CORS rules of the template', async () => {
    await provideAs('AWS::S3::Bucket', 'Uploads', {
      BucketName: 'uploads',
      CorsConfiguration: {
        CorsRules: [
          {
            AllowedOrigins: ['http://localhost:*'],
            AllowedMethods: ['PUT', 'POST'],
            AllowedHeaders: ['content-*'],
            ExposedHeaders: ['ETag'],
            MaxAge: 600,
          },
        ],
      },
    });
    const preflight = (origin: string, method: string, headers: string) =>
      fetch(`${fauxqs.url}/uploads/key`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': headers,
        },
      });
    const allowed = await preflight(page, 'PUT', 'content-type');
    expect(allowed.status).toBe(200);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'PUT, POST',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
    });
    expect((await preflight('http://evil.example', 'PUT', '')).status).toBe(403);
    expect((await preflight(page, 'DELETE', '')).status).toBe(403);
    expect((await preflight(page, 'PUT', 'x-secret')).status).toBe(403);

    const put = await fetch(`${fauxqs.url}/uploads/key`, {
      method: 'PUT',
      body: 'x',
      headers: { authorization, origin: page },
    });
    expect(put.status).toBe(200);
    expect(put.headers.get('access-control-allow-origin')).toBe(page);
    expect(put.headers.get('access-control-expose-headers')).toBe('ETag');
    const foreign = await fetch(`${fauxqs.url}/uploads/key`, { headers: { origin: page } });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('deploys a page: types, markers, metadata, prefix, pruning', async () => {
    await provideAs('AWS::S3::Bucket', 'Site', { BucketName: 'site' });
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00]);
    await asset('page.zip', { 'index.html': '<p>1</p>', 'assets/app.js': 'let a', 'logo.png': png });
    await asset('config.zip', {
      'config.json': '{"api":"<<marker:0xbaba:0>>","name":"<<marker:0xbaba:1>>"}',
    });
    await deploy({
      SourceMarkersConfig: [{}, { jsonEscape: true }],
      SystemMetadata: { 'cache-control': 'max-age=60' },
    });
    const config = await get('web/config.json');
    expect(await config.json()).toEqual({ api: 'http://localhost:4000', name: 'a "quoted" name' });
    expect(config.headers.get('content-type')).toBe('application/json');
    expect(config.headers.get('cache-control')).toBe('max-age=60');
    expect((await get('web/assets/app.js')).headers.get('content-type')).toBe('text/javascript');
    expect(Buffer.from(await (await get('web/logo.png')).arrayBuffer())).toEqual(png);

    await fetch(`${fauxqs.url}/site/outside`, { method: 'PUT', body: 'x', headers: { authorization } });
    await rm(join(folder, 'assets', 'page.zip', 'logo.png'));
    await rm(join(folder, 'assets', 'page.zip', 'assets'), { recursive: true });
    await deploy({ Prune: 'true', Exclude: ['assets/*'] });
    expect((await get('web/logo.png')).status).toBe(404);
    expect((await get('web/assets/app.js')).status).toBe(200);
    expect((await get('outside')).status).toBe(200);

    async function deploy(more: Record<string, unknown>) {
      const { attributes } = await provideAs('Custom::CDKBucketDeployment', 'Deployment', {
        ServiceToken: 'arn:aws:lambda:us-east-1:000000000000:function:copy',
        SourceBucketNames: ['assets', 'assets'],
        SourceObjectKeys: ['page.zip', 'config.zip'],
        SourceMarkers: [
          {},
          { '<<marker:0xbaba:0>>': 'http://localhost:4000', '<<marker:0xbaba:1>>': 'a "quoted" name' },
        ],
        SourceMarkersConfig: [{}, { jsonEscape: 'true' }],
        DestinationBucketName: 'site',
        DestinationBucketKeyPrefix: 'web',
        DestinationBucketArn: 'arn:aws:s3:::site',
        DistributionId: 'E1',
        WaitForDistributionInvalidation: true,
        Prune: true,
        OutputObjectKeys: true,
        ...more,
      });
      expect(attributes).toEqual({ DestinationBucketArn: 'arn:aws:s3:::site' });
    }

    function get(key: string): Promise<Response> {
      return fetch(`${fauxqs.url}/site/${key}`, { headers: { authorization } });
    }
  });

  describe('behind CloudFront', () => {
    let door: Listening;
    beforeAll(async () => {
      door = await listen((request, response) => {
        const served = fauxqs.serveObject('door', (request.url ?? '').slice(1), request, response);
        if (!served) response.end('nothing was served');
      });
      await provideAs('AWS::S3::Bucket', 'Door', { BucketName: 'door' });
      await asset('door.zip', { 'index.html': '<h1>ü</h1>' });
      await provideAs('Custom::CDKBucketDeployment', 'DoorDeployment', {
        SourceBucketNames: ['assets'],
        SourceObjectKeys: ['door.zip'],
        DestinationBucketName: 'door',
        SystemMetadata: { 'cache-control': 'no-cache' },
      });
    });
    afterAll(() => door.close());

    it('serves an object with its headers', async () => {
      const response = await fetch(`${door.url}/index.html`);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('<h1>ü</h1>');
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/html',
        'content-length': '11',
        'cache-control': 'no-cache',
        etag: `"${createHash('md5').update('<h1>ü</h1>').digest('hex')}"`,
      });
      const head = await fetch(`${door.url}/index.html`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '11', '']);
    });

    it('answers 304 to who has it', async () => {
      const fresh = await fetch(`${door.url}/index.html`);
      const status = async (headers: Record<string, string>) =>
        (await fetch(`${door.url}/index.html`, { headers, cache: 'no-store' })).status;
      expect(await status({ 'if-none-match': `W/"other", ${fresh.headers.get('etag')}` })).toBe(304);
      expect(await status({ 'if-none-match': '"other"' })).toBe(200);
      expect(await status({ 'if-modified-since': fresh.headers.get('last-modified') ?? '' })).toBe(304);
    });

    it('leaves what is not there to its caller', async () => {
      const response = await fetch(`${door.url}/absent`);
      expect(await response.text()).toBe('nothing was served');
      expect((await fetch(`${door.url}/index.html`, { method: 'POST' })).status).toBe(405);
    });
  });

  it('says that an archive is no folder', async () => {
    await mkdir(join(folder, 'assets'), { recursive: true });
    await writeFile(join(folder, 'assets', 'real.zip'), 'PK');
    await expect(
      provideAs('Custom::CDKBucketDeployment', 'Zip', {
        SourceBucketNames: ['assets'],
        SourceObjectKeys: ['real.zip'],
        DestinationBucketName: 'site',
      }),
    ).rejects.toThrow(
      /^Zip \(Custom::CDKBucketDeployment\) in stack Realtime, SourceObjectKeys\.0: .* is no folder/,
    );
  });

  async function asset(name: string, files: Record<string, string | Buffer>) {
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder, 'assets', name, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }
});

async function provideAs(
  type: string,
  logicalId: string,
  properties: Record<string, unknown>,
): Promise<Created> {
  const resource: Resource = { stack: 'Realtime', logicalId, type, properties, metadata: {} };
  const provider = fauxqs.providers[type];
  if (!provider) throw new Error(`no provider of ${type}`);
  return provider(resource);
}
