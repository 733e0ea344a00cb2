import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Cloud, startCloud } from '#local/cloud.ts';
import { synth } from '#local/synth.ts';
import { type CountedBy, readCounters } from '#ops/cost/counters.ts';
import { limits } from '#shared/contract/limits.ts';
import { Storage } from '#test/support/storage.ts';
import { Crowd } from '../client/crowd.ts';
import type { Ledger } from '../client/ledger.ts';
import { connect } from '../people.ts';
import type { Usage } from './cost-usage.ts';
import type { Progress } from './progress.ts';

/** Each has a tenth of the connections and writes from one of them, well below what a member is let. */
const people = Array.from({ length: 10 }, (_, index) => `person-${index}`);
const rate = 0.8 * people.length * limits.sendsPerSecond;

/** CloudWatch's minutes take six seconds: what is gathered before it is reported then comes in half a second. */
const timeScale = 10;
const settleMs = 700;
const patience = { quietMs: 10_000, longestMs: 60_000 };

/** A local cloud, in this process, in which everything is counted that a batch of messages uses. */
export class CountedCloud {
  readonly #cloud: Cloud;
  readonly #countedBy: CountedBy;
  readonly #startedAt = new Date();
  readonly #crowd: Crowd;
  readonly stop: () => Promise<void>;

  /**
   * Starts it with one room for each size, all of whose connections are open and subscribed, and whose writers have
   * written so much that their rows are as large as they get.
   */
  static async start(sizes: number[], progress: Progress): Promise<CountedCloud> {
    progress.step('starting a local cloud');
    const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-cost-'));
    const assembly = join(dataDir, 'cdk.out');
    await synth(assembly);
    const cloud = await startCloud({ assembly, port: 0, dataDir, cloudWatch: { timeScale } });
    const crowd = new Crowd();
    const stop = async () => {
      crowd.close();
      await cloud.stop();
      rmSync(dataDir, { recursive: true, force: true });
    };
    try {
      const connections = Math.max(...sizes);
      progress.step(`opening ${connections} connections`);
      const storage = new Storage(cloud);
      for (const size of sizes) await storage.createRoom(roomOf(size), people);
      const tokens = await Promise.all(
        people.map(async (name) => (await cloud.identity.accessToken(name)).accessToken),
      );
      const tokenOf = (index: number) => tokens[index % tokens.length] ?? '';
      crowd.add(
        await connect(
          cloud.url,
          Array.from({ length: connections }, (_, index) => tokenOf(index)),
          () => {},
        ),
      );
      const counted = new CountedCloud(cloud, crowd, stop);
      progress.step('writing to rooms that nobody listens to yet');
      for (const size of sizes) await counted.#send(size, people.length * limits.rememberedSends);
      progress.step('subscribing');
      await crowd.subscribe(
        (index) => sizes.filter((size) => index < size).map(roomOf),
        () => {},
      );
      return counted;
    } catch (error) {
      await stop();
      throw error;
    }
  }

  private constructor(cloud: Cloud, crowd: Crowd, stop: () => Promise<void>) {
    this.#cloud = cloud;
    this.#crowd = crowd;
    this.#countedBy = clientsOf(cloud);
    this.stop = stop;
  }

  /**
   * Sends `messages` to the room of `size` while nobody reads the stream, so that its consumers find them all at once.
   * Resolves when everything has come to everybody, with how many copies came.
   */
  async batch(size: number, messages: number): Promise<number> {
    for (const consumer of consumers) this.#cloud.eventSources.pause(consumer);
    const ledger = await this.#send(size, messages);
    for (const consumer of consumers) this.#cloud.eventSources.resume(consumer);
    await this.#crowd.drain(size * messages, patience);
    return ledger.deliveries;
  }

  /** Everything that was used since the start, once all of it is reported. */
  async usage(): Promise<Usage> {
    let usage = await this.#read();
    for (;;) {
      await sleep(settleMs);
      const later = await this.#read();
      if (isDeepStrictEqual(later, usage)) return usage;
      usage = later;
    }
  }

  async #send(size: number, messages: number): Promise<Ledger> {
    const { ledger } = this.#crowd.begin(roomOf(size), size, messages);
    await this.#crowd.send({ count: messages, rate, senders: people.length });
    const [problem] = this.#crowd.problems.keys();
    if (problem !== undefined) throw new Error(`Sending failed: ${problem}`);
    return ledger;
  }

  async #read(): Promise<Usage> {
    return await readCounters(this.#countedBy, this.#startedAt, new Date(), () => {});
  }
}

/** The stream's consumers. */
const consumers = ['fanfare-dispatch', 'fanfare-publish'];

function roomOf(size: number): string {
  return `room-of-${size}`;
}

function clientsOf({ operatorEnvironment: environment }: Cloud): CountedBy {
  const { AWS_REGION: region = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = environment;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const at = (service: string) => {
    const endpoint = environment[`AWS_ENDPOINT_URL_${service}`];
    if (endpoint === undefined) throw new Error(`The local cloud has no endpoint of ${service}`);
    return { endpoint, region, credentials };
  };
  return {
    cloudWatch: new CloudWatchClient(at('CLOUDWATCH')),
    lambda: new LambdaClient(at('LAMBDA')),
    sqs: new SQSClient({ ...at('SQS'), useQueueUrlAsEndpoint: false }),
    dynamodb: new DynamoDBClient(at('DYNAMODB')),
  };
}
