import { Duration, Validations } from 'aws-cdk-lib';
import type { WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alias, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DataStack } from '../data.ts';
import type { Settings } from '../settings.ts';
import { consumeChanges } from './change-streams.ts';
import { grantTable } from './grant-table.ts';
import { ServiceFunction } from './service-function.ts';
import { deadLetterQueue, WorkQueue } from './work-queue.ts';

export interface DeliveryProps {
  settings: Settings;
  data: DataStack;
  stage: WebSocketStage;
}

/** The hot path: stream → dispatch → deliveries queue → deliver → every connection. */
export class Delivery extends Construct {
  readonly deliveries: WorkQueue;
  readonly dispatch: ServiceFunction;
  readonly deliver: ServiceFunction;
  /** Where dispatch's records go that fail every time. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, { settings, data, stage }: DeliveryProps) {
    super(scope, id);
    this.deliveries = new WorkQueue(this, 'Deliveries', {
      name: 'fanfare-deliveries',
      // Twice the worker's timeout. AWS advises six times; but a worker that dies must not make chat wait minutes, and
      // a job that is taken up twice only posts what clients drop.
      visibilityTimeout: Duration.seconds(30),
      maxReceiveCount: 3,
    });
    const { queue } = this.deliveries;

    this.failures = deadLetterQueue(this, 'DispatchFailures', 'fanfare-dispatch-dlq');
    const dispatch = new ServiceFunction(this, 'Dispatch', {
      service: 'dispatch',
      environment: { DELIVERIES_QUEUE_URL: queue.queueUrl },
    });
    queue.grant(dispatch, 'sqs:SendMessage');
    consumeChanges(dispatch, data, {
      failures: this.failures,
      parallelizationFactor: settings.streamParallelization,
    });

    const deliver = new ServiceFunction(this, 'Deliver', {
      service: 'deliver',
      timeout: Duration.seconds(15),
      // One vCPU: posting is CPU-bound.
      memorySize: 1769,
      environment: {
        CONNECTIONS_ENDPOINT: stage.callbackUrl,
        CONNECTIONS_TABLE: data.connections.tableName,
        ROOMS_TABLE: data.rooms.tableName,
        DELIVERIES_QUEUE_URL: queue.queueUrl,
      },
    });
    grantTable(data.connections, deliver, 'dynamodb:Query', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem');
    grantTable(data.rooms, deliver, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    queue.grant(deliver, 'sqs:SendMessage');
    stage.grantManagementApiAccess(deliver);
    Validations.of(this).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:{"Fn::GetStackOutput":{"StackName":"FanfareEdge","Region":{"Ref":"AWS::Region"},"OutputName":"PublishOutputRefWebSocketApi34BCF99BA71ACD19"}}/ws/*/@connections/*]`,
      reason: 'A worker posts to whichever connections there are, of this one API and stage',
    });
    // Ten without a window: a batch over ten needs a second of waiting, and dispatch coalesces already.
    const worker = keptReady(deliver, settings.deliverProvisionedConcurrency);
    worker.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }));
    this.dispatch = dispatch;
    this.deliver = deliver;
  }
}

/** An alias with so many environments that have started already; without any, the function itself. */
function keptReady(fn: ServiceFunction, environments: number): IFunction {
  if (environments === 0) return fn;
  return new Alias(fn, 'Ready', {
    aliasName: 'ready',
    version: fn.currentVersion,
    provisionedConcurrentExecutions: environments,
  });
}
