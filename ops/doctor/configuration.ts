import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeEventBusCommand,
  type EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge';
import {
  type EventSourceMappingConfiguration,
  type LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { findFunctions, findTables, prefix, services, type TableId, tableIds } from '../deployment.ts';
import { plural } from '../output.ts';
import { type Check, problem, warning, well } from './finding.ts';

interface Clients {
  sqs: SQSClient;
  dynamodb: DynamoDBClient;
  lambda: LambdaClient;
  eventBridge: EventBridgeClient;
  /** URLs by name. */
  queues: Map<string, string>;
}

const area = 'Configuration';

/** Tables whose changes become what clients see. */
const streamed: readonly TableId[] = ['Connections', 'Messages', 'Rooms'];
const workQueues = ['deliveries', 'notifications', 'attachments', 'webhooks'];
const failureQueues = ['dispatch-dlq', 'publish-dlq', 'presence-dlq'];
/** The functions that poll, and whose stopping stops chat. */
const polling = ['dispatch', 'deliver', 'publish', 'notify', 'presence'];
const bus = 'fanfare';

/** Whether what the stacks deploy is there, and as the pipeline needs it. */
export async function configurationChecks(clients: Clients): Promise<Check[]> {
  const { dynamodb, lambda, sqs, eventBridge, queues } = clients;
  const tables = await findTables(dynamodb);
  return [
    ...tableIds.map((id) => tableCheck(dynamodb, id, tables[id])),
    timeToLiveCheck(dynamodb, tables.Connections),
    backupCheck(dynamodb, tables.Messages),
    ...workQueues.map((name) => workQueueCheck(sqs, name, queues)),
    ...(failureQueues.map((name) => ({
      area,
      check: `queue ${name}`,
      look: async () => (queues.has(prefix + name) ? well('there') : problem('missing: deploy the stacks')),
    })) satisfies Check[]),
    functionsCheck(lambda),
    ...polling.map((service) => mappingCheck(lambda, service)),
    busCheck(eventBridge),
  ];
}

function tableCheck(client: DynamoDBClient, id: TableId, TableName: string | undefined): Check {
  return {
    area,
    check: `table ${id}`,
    async look() {
      if (TableName === undefined) return problem('missing: deploy the stacks');
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      if (Table?.TableStatus !== 'ACTIVE') return problem(`is ${Table?.TableStatus}`);
      if (!streamed.includes(id)) return well('active');
      const stream = Table.StreamSpecification;
      if (!stream?.StreamEnabled) return problem('its stream is off: nothing reaches anybody');
      return stream.StreamViewType === 'NEW_AND_OLD_IMAGES'
        ? well('active, with its stream')
        : problem(`its stream has ${stream.StreamViewType} in place of new and old images`);
    },
  };
}

function timeToLiveCheck(client: DynamoDBClient, TableName: string | undefined): Check {
  return {
    area,
    check: 'connections expire',
    async look() {
      if (TableName === undefined) return problem('there is no table');
      const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
      return ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING'
        ? well(`by ${ttl.AttributeName}`)
        : problem('time to live is off: lost connections stay for ever');
    },
  };
}

function backupCheck(client: DynamoDBClient, TableName: string | undefined): Check {
  return {
    area,
    check: 'messages are backed up',
    async look() {
      if (TableName === undefined) return problem('there is no table');
      const { ContinuousBackupsDescription: backups } = await client.send(
        new DescribeContinuousBackupsCommand({ TableName }),
      );
      const status = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
      return status === 'ENABLED' ? well('point-in-time recovery') : warning('point-in-time recovery is off');
    },
  };
}

function workQueueCheck(sqs: SQSClient, name: string, queues: Map<string, string>): Check {
  return {
    area,
    check: `queue ${name}`,
    async look() {
      const QueueUrl = queues.get(prefix + name);
      if (QueueUrl === undefined) return problem('missing: deploy the stacks');
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
      );
      return Attributes?.RedrivePolicy?.includes(`:${prefix}${name}-dlq"`)
        ? well('with its dead-letter queue')
        : problem('has no dead-letter queue: what fails is tried for days, then lost');
    },
  };
}

function functionsCheck(lambda: LambdaClient): Check {
  return {
    area,
    check: 'functions',
    async look() {
      const found = await findFunctions(lambda);
      const missing = services.filter((service) => !found.has(service));
      return missing.length === 0
        ? well(`all ${services.length} there`)
        : problem(`missing: ${missing.join(', ')}: deploy the stacks`);
    },
  };
}

function mappingCheck(lambda: LambdaClient, service: string): Check {
  return {
    area,
    check: `${service} is fed`,
    async look() {
      const mappings: EventSourceMappingConfiguration[] = [];
      for await (const page of paginateListEventSourceMappings({ client: lambda }, {})) {
        mappings.push(...(page.EventSourceMappings ?? []));
      }
      // Those of the streams' consumers have one for each table.
      const own = mappings.filter(({ FunctionArn = '' }) => FunctionArn.endsWith(prefix + service));
      if (own.length === 0) return problem('has no event source mapping: deploy the stacks');
      const troubles = own.flatMap((mapping) => troubleOf(mapping) ?? []);
      return troubles.length > 0
        ? problem(troubles.join('; '))
        : well(`by ${plural(own.length, 'event source mapping')}`);
    },
  };
}

function troubleOf({
  EventSourceArn = '',
  State,
  StateTransitionReason,
  LastProcessingResult = '',
}: EventSourceMappingConfiguration): string | undefined {
  const source = EventSourceArn.split(':').slice(5).join(':');
  if (State !== 'Enabled')
    return `the event source mapping of ${source} is ${State} (${StateTransitionReason ?? 'by hand'})`;
  return LastProcessingResult.startsWith('PROBLEM') ? LastProcessingResult : undefined;
}

function busCheck(eventBridge: EventBridgeClient): Check {
  return {
    area,
    check: 'event bus',
    async look() {
      await eventBridge.send(new DescribeEventBusCommand({ Name: bus }));
      const { Rules = [] } = await eventBridge.send(new ListRulesCommand({ EventBusName: bus }));
      const disabled = Rules.filter(({ State }) => State === 'DISABLED').map(({ Name }) => Name);
      return disabled.length === 0
        ? well(plural(Rules.length, 'rule'))
        : problem(`off: ${disabled.join(', ')}`);
    },
  };
}
