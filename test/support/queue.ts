import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { region } from '#local/aws.ts';
import type { Cloud } from '#local/cloud.ts';

/** A queue of a running cloud, by the SDK. */
export class Queue {
  readonly #sqs: SQSClient;
  readonly #url: string;

  constructor(cloud: Cloud, name: string) {
    const found = cloud.deployment
      .find('AWS::SQS::Queue')
      .find(({ attributes }) => attributes.QueueName === name);
    if (!found) throw new Error(`No stack has a queue ${name}`);
    this.#url = found.ref;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.#sqs = new SQSClient({ endpoint: cloud.queues.url, region, credentials });
  }

  async send(body: string): Promise<void> {
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.#url, MessageBody: body }));
  }

  /** Makes retries come sooner than the stack says: after `seconds`. */
  async retryAfter(seconds: number): Promise<void> {
    const Attributes = { VisibilityTimeout: String(seconds) };
    await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl: this.#url, Attributes }));
  }

  /** Offers new messages sooner, or later, than the stack says: after `seconds`. */
  async offerAfter(seconds: number): Promise<void> {
    const Attributes = { DelaySeconds: String(seconds) };
    await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl: this.#url, Attributes }));
  }

  /** How many messages wait, are being worked on, and are delayed, together. */
  async depth(): Promise<number> {
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes.ApproximateNumberOfMessages) +
      Number(Attributes.ApproximateNumberOfMessagesNotVisible) +
      Number(Attributes.ApproximateNumberOfMessagesDelayed)
    );
  }

  /** Resolves when nothing is left to do: every job was carried out, or has failed for good. */
  async drained(timeout = 30_000): Promise<void> {
    await expect.poll(() => this.depth(), { timeout }).toBe(0);
  }

  /** Takes messages off the queue until `count` have come; returns their bodies. */
  async take(count: number): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < count) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#url, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
      );
      for (const { Body = '', ReceiptHandle } of Messages) {
        bodies.push(Body);
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle }));
      }
    }
    return bodies;
  }
}
