import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type TemplateResource, Templates } from '#test/support/templates.ts';

const templates = new Templates();

/** By the name that an operator sees, else by its logical id. */
function named(resources: TemplateResource[]): [string, TemplateResource][] {
  return resources.map((resource) => {
    const { FunctionName, QueueName, LogGroupName, RouteKey } = resource.properties;
    const name = [FunctionName, QueueName, LogGroupName, RouteKey].find((each) => typeof each === 'string');
    return [name ?? resource.id, resource];
  });
}

const functions = templates.ofType('AWS::Lambda::Function');
/** The CDK's own function that uploads the page. */
const uploader = functions.filter(({ id }) => id.startsWith('CustomCDKBucketDeployment'));
const ours = functions.filter((each) => !uploader.includes(each));
const mappings = templates.ofType('AWS::Lambda::EventSourceMapping');
const streams = mappings.filter(({ properties }) => 'StartingPosition' in properties);
const queues = templates.ofType('AWS::SQS::Queue');
const isDeadLetterQueue = ({ properties }: TemplateResource) => String(properties.QueueName).endsWith('-dlq');

describe.each(named(ours))('the function %s', (name, fn) => {
  it('runs on Node 24 and arm64', () => {
    expect(fn.properties).toMatchObject({
      FunctionName: expect.stringMatching(/^fanfare-/),
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: expect.any(Number),
      TracingConfig: { Mode: 'Active' },
    });
    expect(fn.properties.Timeout).toBeLessThanOrEqual(29);
  });

  it('writes JSON to a log group of its own, which forgets', () => {
    const { LogGroup } = z
      .object({ LogFormat: z.literal('JSON'), LogGroup: z.unknown() })
      .parse(fn.properties.LoggingConfig);
    expect(templates.referred(fn, LogGroup)).toMatchObject({
      type: 'AWS::Logs::LogGroup',
      properties: { LogGroupName: `/${name.replace('-', '/')}`, RetentionInDays: 30 },
    });
  });

  it("measures under its stage's name", () => {
    expect(fn.properties.Environment).toMatchObject({
      Variables: { POWERTOOLS_SERVICE_NAME: name.replace('fanfare-', '') },
    });
  });

  it('has a role of its own', () => {
    const role = templates.referred(fn, fn.properties.Role);
    const users = ours.filter((other) => templates.referred(other, other.properties.Role) === role);
    expect(users).toEqual([fn]);
  });
});

it('has no other functions than ours and the one that uploads the page', () => {
  expect(uploader).toHaveLength(1);
  expect(ours.map(({ properties }) => properties.FunctionName).toSorted()).toEqual(
    [
      'api',
      'attachments',
      'authenticate',
      'authorize',
      'connect',
      'default',
      'delete-message',
      'deliver',
      'disconnect',
      'dispatch',
      'edit-message',
      'mark-read',
      'notify',
      'post-authentication',
      'presence',
      'publish',
      'react',
      'send-message',
      'subscribe',
      'sweep',
      'typing',
      'unsubscribe',
      'webhooks',
    ].map((service) => `fanfare-${service}`),
  );
});

describe.each(named(templates.ofType('AWS::Logs::LogGroup')))('the log group %s', (_, group) => {
  it('forgets', () => {
    expect(group.properties.RetentionInDays).toEqual(expect.any(Number));
  });
});

describe.each(named(queues))('the queue %s', (_, queue) => {
  it('is encrypted, and takes calls by TLS alone', () => {
    expect(queue.properties.SqsManagedSseEnabled).toBe(true);
    const policies = templates
      .ofType('AWS::SQS::QueuePolicy')
      .filter(({ properties }) => JSON.stringify(properties.Queues).includes(`"${queue.id}"`));
    expect(JSON.stringify(policies)).toContain('"aws:SecureTransport":"false"');
  });
});

it.each(named(queues.filter(isDeadLetterQueue)))(
  '%s keeps what failed for as long as SQS can',
  (_, queue) => {
    expect(queue.properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    expect(queue.properties).not.toHaveProperty('RedrivePolicy');
  },
);

it.each(named(queues.filter((queue) => !isDeadLetterQueue(queue))))(
  '%s hands what keeps failing to its dead-letter queue',
  (name, queue) => {
    const { deadLetterTargetArn } = z
      .object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.int().min(2).max(10) })
      .parse(queue.properties.RedrivePolicy);
    expect(templates.referred(queue, deadLetterTargetArn)?.properties.QueueName).toBe(`${name}-dlq`);
  },
);

it.each(named(mappings))('the mapping %s reports which items of a batch failed', (_, mapping) => {
  expect(mapping.properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
});

describe.each(named(streams))('the stream mapping %s', (_, mapping) => {
  it('tries a bad record alone, a few times, and then lets it go to a dead-letter queue', () => {
    expect(mapping.properties).toMatchObject({ BisectBatchOnFunctionError: true, MaximumRetryAttempts: 5 });
    const { OnFailure } = z
      .object({ OnFailure: z.object({ Destination: z.unknown() }) })
      .parse(mapping.properties.DestinationConfig);
    const destination = templates.referred(mapping, OnFailure.Destination);
    expect(destination?.type).toBe('AWS::SQS::Queue');
    expect(destination && isDeadLetterQueue(destination)).toBe(true);
  });

  it('loses nothing that was written before its first poll', () => {
    expect(mapping.properties.StartingPosition).toBe('TRIM_HORIZON');
  });
});

it.each(named(mappings.filter((mapping) => !streams.includes(mapping))))(
  'the queue of %s hides a message for longer than its function may work on it',
  (_, mapping) => {
    const queue = templates.referred(mapping, mapping.properties.EventSourceArn);
    const fn = templates.referred(mapping, mapping.properties.FunctionName);
    expect(queue?.properties.RedrivePolicy).toBeDefined();
    expect(queue?.properties.VisibilityTimeout).toBeGreaterThan(z.number().parse(fn?.properties.Timeout));
    // Above ten, SQS makes a batch wait for a second at least.
    expect(mapping.properties.BatchSize).toBe(10);
    expect(mapping.properties).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  },
);

it('keeps the consumers of each stream in failure domains of their own', () => {
  const byStream = Map.groupBy(streams, ({ properties }) => JSON.stringify(properties.EventSourceArn));
  const consumers = [...byStream.values()].map((readers) => {
    const destinations = readers.map(({ properties }) => JSON.stringify(properties.DestinationConfig));
    expect(new Set(destinations).size).toBe(readers.length);
    return readers.map(
      (each) => templates.referred(each, each.properties.FunctionName)?.properties.FunctionName,
    );
  });
  // And no more than two: DynamoDB throttles a third reader of a stream.
  const ofRoomsAndMessages = ['fanfare-dispatch', 'fanfare-publish'];
  expect(consumers).toHaveLength(3);
  expect(consumers.filter(({ length }) => length === 2)).toEqual([ofRoomsAndMessages, ofRoomsAndMessages]);
  expect(consumers.filter(({ length }) => length !== 2)).toEqual([['fanfare-presence']]);
});

describe.each(
  templates
    .ofType('AWS::Events::Rule')
    // A scheduled run that failed is not made good later, but by the next one.
    .filter(({ properties }) => properties.ScheduleExpression === undefined)
    .map((rule): [string, TemplateResource] => [String(rule.properties.Name), rule]),
)('the rule %s', (_, rule) => {
  it('hands what it cannot deliver to a dead-letter queue', () => {
    const targets = z
      .array(z.object({ DeadLetterConfig: z.object({ Arn: z.unknown() }) }))
      .min(1)
      .parse(rule.properties.Targets);
    for (const { DeadLetterConfig } of targets) {
      const queue = templates.referred(rule, DeadLetterConfig.Arn);
      expect(queue && isDeadLetterQueue(queue)).toBe(true);
    }
  });
});

describe('the tables', () => {
  const tables = templates.ofType('AWS::DynamoDB::GlobalTable');
  const table = (id: string) => {
    const found = tables.find((each) => each.id.startsWith(id));
    if (!found) throw new Error(`no table ${id}`);
    return found;
  };

  it.each(tables.map((each): [string, TemplateResource] => [each.id, each]))(
    '%s is on demand, and can be brought back to any second of the last weeks',
    (_, { properties }) => {
      expect(properties.BillingMode).toBe('PAY_PER_REQUEST');
      const replicas = z
        .array(
          z.object({
            PointInTimeRecoverySpecification: z.object({ PointInTimeRecoveryEnabled: z.literal(true) }),
          }),
        )
        .safeParse(properties.Replicas);
      expect(replicas.error).toBeUndefined();
      expect(replicas.data).toHaveLength(1);
    },
  );

  it.each(['Rooms', 'Messages', 'Connections'])('%s has a stream of new and old images', (id) => {
    expect(table(id).properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
  });

  it('People has no stream', () => {
    expect(table('People').properties).not.toHaveProperty('StreamSpecification');
  });

  it.each([
    ['Rooms', 'Retain'],
    ['Messages', 'Retain'],
    ['People', 'Retain'],
    ['Connections', 'Delete'],
  ])('%s: %s when the stack goes', (id, policy) => {
    expect(table(id).deletionPolicy).toBe(policy);
  });

  it('Connections forgets rows whose $disconnect was lost', () => {
    expect(table('Connections').properties.TimeToLiveSpecification).toEqual({
      AttributeName: 'expiresAt',
      Enabled: true,
    });
  });
});

describe('who may come in', () => {
  const routes = new Map(named(templates.ofType('AWS::ApiGatewayV2::Route')));

  it('a socket is let in by the authorizer, once, at the upgrade', () => {
    expect(routes.get('$connect')?.properties).toMatchObject({ AuthorizationType: 'CUSTOM' });
    const [authorizer, ...others] = templates
      .ofType('AWS::ApiGatewayV2::Authorizer')
      .filter(({ properties }) => properties.AuthorizerType === 'REQUEST');
    expect(others).toEqual([]);
    // With one, API Gateway itself would refuse whoever carries the token in the other header.
    expect(authorizer?.properties.IdentitySource ?? []).toEqual([]);
  });

  it('the HTTP API has no route without the JWT authorizer', () => {
    const http = [...routes.values()].filter(({ stack }) => stack === 'FanfareApi');
    expect(http.map(({ properties }) => properties.RouteKey)).toEqual(['ANY /api/{proxy+}']);
    for (const { properties } of http) expect(properties.AuthorizationType).toBe('JWT');
  });

  it.each(['$default', 'subscribe', 'unsubscribe', 'sendMessage', 'ping'])('%s answers', (key) => {
    const route = routes.get(key);
    expect(route?.properties.RouteResponseSelectionExpression).toBe('$default');
    const responses = templates
      .ofType('AWS::ApiGatewayV2::RouteResponse')
      .filter((response) => templates.referred(response, response.properties.RouteId) === route);
    expect(responses).toHaveLength(1);
  });

  it('the bucket is closed to the public', () => {
    for (const { properties } of templates.ofType('AWS::S3::Bucket')) {
      expect(properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    }
  });
});
