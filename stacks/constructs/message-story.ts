import { QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

/** The stages that write a line for each message, in its own order. */
const stages = ['send-message', 'dispatch', 'publish', 'deliver'];

/**
 * Logs Insights' saved query that tells what became of one message at each stage. Its room and seq are to be filled in;
 * `npm run ops -- story ROOM SEQ` does that by itself. A line holds the seqs of all the messages that shared a batch.
 */
export function saveMessageStory(scope: Construct, functions: ServiceFunction[]): QueryDefinition {
  return new QueryDefinition(scope, 'MessageStory', {
    queryDefinitionName: 'fanfare/story of a message',
    logGroups: functions.filter(({ service }) => stages.includes(service)).map(({ logs }) => logs),
    queryString: new QueryString({
      fields: [
        '@timestamp',
        'service',
        'message',
        'shard',
        'delivered',
        'gone',
        'failed',
        'milliseconds',
        '@message',
      ],
      filterStatements: ['room = "general"', String.raw`@message like /"seqs":\[(\d+,)*1[,\]]/`],
      sort: '@timestamp asc',
      limit: 100,
    }),
  });
}
