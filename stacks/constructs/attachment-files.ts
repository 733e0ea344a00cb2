import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { DataStack } from '../data.ts';
import { allowFiles } from './allow-files.ts';
import { ServiceFunction } from './service-function.ts';
import { WorkQueue } from './work-queue.ts';

export interface AttachmentFilesProps {
  bus: IEventBus;
  data: DataStack;
}

/** Messages with files, sent and deleted → queue → attachments, which keeps the files or erases them. */
export class AttachmentFiles extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, { bus, data }: AttachmentFilesProps) {
    super(scope, id);
    this.work = new WorkQueue(this, 'Work', {
      name: 'fanfare-attachments',
      // Six times the function's timeout, as AWS advises: nobody waits for it.
      visibilityTimeout: Duration.minutes(1),
      maxReceiveCount: 5,
    });
    const rule = (name: string, description: string, detailType: string, detail: Record<string, unknown>) =>
      new Rule(this, `${name}Rule`, {
        ruleName: `fanfare-attachments-${name.toLowerCase()}`,
        description,
        eventBus: bus,
        eventPattern: { source: ['fanfare'], detailType: [detailType], detail },
        targets: [new SqsQueue(this.work.queue, { deadLetterQueue: this.work.deadLetters })],
      });
    rule('Sent', 'Messages with files', 'MessageSent', { attachments: { id: Match.exists() } });
    rule('Deleted', 'Deleted messages that had files', 'MessageDeleted', { erased: Match.exists() });

    const fn = new ServiceFunction(this, 'Attachments', {
      service: 'attachments',
      environment: { ATTACHMENTS_BUCKET: data.attachments.bucketName },
    });
    allowFiles(data, fn, 's3:DeleteObject', 's3:DeleteObjectTagging');
    // Without it, S3 says of what is not there that it is forbidden ("Permissions", GetObject and its kin).
    const listing = { grantee: fn, actions: ['s3:ListBucket'], resourceArns: [data.attachments.bucketArn] };
    Grant.addToPrincipal(listing).assertSuccess();
    fn.addEventSource(new SqsEventSource(this.work.queue, { batchSize: 10, reportBatchItemFailures: true }));
  }
}
