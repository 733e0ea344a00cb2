import { Duration, Validations } from 'aws-cdk-lib';
import type { WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { connectionsByDeadline } from '#shared/storage/keys.ts';
import type { DataStack } from '../data.ts';
import { grantIndex, grantTable } from './grant-table.ts';
import { ServiceFunction } from './service-function.ts';

const everyMinute = Duration.minutes(1);

/** Each minute: sockets whose tokens have expired are closed, and those that end soon are asked to move. */
export class Sweeper extends Construct {
  readonly sweep: ServiceFunction;

  constructor(scope: Construct, id: string, { data, stage }: { data: DataStack; stage: WebSocketStage }) {
    super(scope, id);
    this.sweep = new ServiceFunction(this, 'Sweep', {
      service: 'sweep',
      // It begins nothing after 15 s; the rest is for what is under way then.
      timeout: Duration.seconds(25),
      environment: {
        CONNECTIONS_ENDPOINT: stage.callbackUrl,
        CONNECTIONS_TABLE: data.connections.tableName,
      },
    });
    grantIndex(data.connections, connectionsByDeadline, this.sweep);
    grantTable(
      data.connections,
      this.sweep,
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
    );
    stage.grantManagementApiAccess(this.sweep);
    Validations.of(this).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:{"Fn::GetStackOutput":{"StackName":"FanfareEdge","Region":{"Ref":"AWS::Region"},"OutputName":"PublishOutputRefWebSocketApi34BCF99BA71ACD19"}}/ws/*/@connections/*]`,
      reason: 'It closes and asks whichever connections are due, of this one API and stage',
    });
    // A minute that failed is made good by the next one: nothing is gained by repeating it.
    this.sweep.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: everyMinute });
    new Rule(this, 'EveryMinute', {
      ruleName: 'fanfare-sweep',
      description: 'Sockets whose time is over',
      schedule: Schedule.rate(everyMinute),
      targets: [new LambdaFunction(this.sweep, { maxEventAge: everyMinute, retryAttempts: 2 })],
    });
  }
}
