import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  connectionsByDeadline,
  messagesByChange,
  peopleByName,
  roomsByListing,
  roomsByUser,
  unsentTag,
} from '#shared/storage/keys.ts';
import type { EdgeStack } from './edge.ts';

interface DataProps extends StackProps {
  edge: EdgeStack;
}

/** The tables and the files. Their lifecycle is the data's: what people wrote stays when the stack is deleted. */
export class DataStack extends Stack {
  readonly rooms: TableV2;
  readonly messages: TableV2;
  readonly connections: TableV2;
  readonly people: TableV2;
  /** The files of messages. */
  readonly attachments: Bucket;

  constructor(scope: Construct, id: string, { edge, ...props }: DataProps) {
    super(scope, id, props);
    this.rooms = this.#table('Rooms', {
      partitionKey: { name: 'roomId', type: AttributeType.STRING },
      sortKey: { name: 'item', type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: roomsByUser,
          partitionKey: { name: 'userId', type: AttributeType.STRING },
          sortKey: { name: 'roomId', type: AttributeType.STRING },
          projectionType: ProjectionType.ALL,
        },
        {
          indexName: roomsByListing,
          partitionKey: { name: 'listing', type: AttributeType.STRING },
          sortKey: { name: 'listedName', type: AttributeType.STRING },
          projectionType: ProjectionType.ALL,
        },
      ],
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    this.messages = this.#table('Messages', {
      partitionKey: { name: 'roomId', type: AttributeType.STRING },
      sortKey: { name: 'seq', type: AttributeType.NUMBER },
      globalSecondaryIndexes: [
        {
          indexName: messagesByChange,
          partitionKey: { name: 'roomId', type: AttributeType.STRING },
          sortKey: { name: 'changedAt', type: AttributeType.NUMBER },
          projectionType: ProjectionType.ALL,
        },
      ],
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    this.connections = this.#table('Connections', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      globalSecondaryIndexes: [
        {
          indexName: connectionsByDeadline,
          partitionKey: { name: 'deadlineMinute', type: AttributeType.STRING },
          sortKey: { name: 'sk', type: AttributeType.STRING },
          // Not the rooms: each subscribe would be written to the index too.
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ['connectedAt', 'tokenExpiresAt', 'askedToMove'],
        },
      ],
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      // Who is connected now is worth nothing tomorrow.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.people = this.#table('People', {
      partitionKey: { name: 'userId', type: AttributeType.STRING },
      // Of rows that say who was told of which message.
      timeToLiveAttribute: 'expiresAt',
      globalSecondaryIndexes: [
        {
          indexName: peopleByName,
          partitionKey: { name: 'listing', type: AttributeType.STRING },
          sortKey: { name: 'nameKey', type: AttributeType.STRING },
          projectionType: ProjectionType.ALL,
        },
      ],
    });
    this.attachments = this.#files(edge);
  }

  #files(edge: EdgeStack): Bucket {
    const bucket = new Bucket(this, 'Attachments', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      cors: [
        {
          allowedOrigins: [edge.origin],
          allowedMethods: [HttpMethods.POST, HttpMethods.GET],
          allowedHeaders: ['*'],
          maxAge: 3_600,
        },
      ],
      lifecycleRules: [
        {
          id: 'unsent',
          // Each file has the tag until a message has it. The tag is taken off a moment after; where that fails, the
          // work waits in a dead-letter queue for fourteen days.
          tagFilters: { [unsentTag.name]: unsentTag.value },
          expiration: Duration.days(30),
        },
        { id: 'incomplete', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'Files come and go by links that the HTTP API signs, and its access log tells who asked for them',
    });
    return bucket;
  }

  #table(id: string, props: TablePropsV2): TableV2 {
    return new TableV2(this, id, {
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
      ...props,
    });
  }
}
