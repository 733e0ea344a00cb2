import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WorkQueueProps {
  name: string;
  /** How long a message that somebody works on stays hidden, and so how late its retry comes. */
  visibilityTimeout: Duration;
  /** How long a new message waits before anybody is offered it: not at all, mostly. */
  deliveryDelay?: Duration;
  /** Receives after which a message goes to the dead-letter queue. */
  maxReceiveCount: number;
}

/** A standard queue with its dead-letter queue, `<name>-dlq`. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const { name, visibilityTimeout, deliveryDelay, maxReceiveCount } = props;
    this.deadLetters = deadLetterQueue(this, 'DeadLetters', `${name}-dlq`);
    this.queue = new Queue(this, 'Queue', {
      queueName: name,
      visibilityTimeout,
      ...(deliveryDelay && { deliveryDelay }),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount },
    });
  }
}

/** Keeps what failed for as long as SQS can: an operator looks at it and redrives it. */
export function deadLetterQueue(scope: Construct, id: string, name: string): Queue {
  return new Queue(scope, id, {
    queueName: name,
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
}
