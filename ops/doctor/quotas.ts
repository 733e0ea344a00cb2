import { DescribeLimitsCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { type Check, manual, warning, well } from './finding.ts';

const area = 'Quotas';

/** New accounts have as few as 10 concurrent executions; the quota that others start with is this. */
const usualConcurrency = 1_000;

/** What bounds a region's Fanfare: what an API tells, and what is to be looked up in Service Quotas before a launch. */
export function quotaChecks(lambda: LambdaClient, dynamodb: DynamoDBClient): Check[] {
  return [
    {
      area,
      check: 'Lambda concurrency',
      async look() {
        const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
        const limit = AccountLimit?.ConcurrentExecutions ?? 0;
        return limit >= usualConcurrency
          ? well(`${limit} executions at once`)
          : warning(`${limit} executions at once: ask for ${usualConcurrency} before people come`);
      },
    },
    {
      area,
      check: 'DynamoDB throughput',
      async look() {
        const { TableMaxReadCapacityUnits: reads, TableMaxWriteCapacityUnits: writes } = await dynamodb.send(
          new DescribeLimitsCommand({}),
        );
        return well(`a table: ${reads} reads/s, ${writes} writes/s; a room's partition: 3,000 and 1,000`);
      },
    },
    {
      area,
      check: 'API Gateway requests',
      look: async () =>
        manual('10,000/s by default, shared by frames and posts: see "Throttle rate" in Service Quotas'),
    },
    {
      area,
      check: 'API Gateway new sockets',
      look: async () =>
        manual('500/s by default: after an outage, all clients come back at once: see Service Quotas'),
    },
  ];
}
