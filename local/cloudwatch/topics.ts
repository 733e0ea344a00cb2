import { z } from 'zod';
import { arn, physicalName } from '../aws.ts';
import { ignored, parseProperties, unsupported } from '../template/properties.ts';
import type { Providers, Resource } from '../template/provider.ts';
import { stableUuid } from '../template/stable-uuid.ts';

/** What a topic was told. */
export interface Notification {
  /** Milliseconds since the epoch. */
  at: number;
  topicArn: string;
  subject: string;
  message: string;
}

const keptNotifications = 500;

/** Reaches people, whom the local cloud does not write to. */
const toPeople = ['email', 'email-json', 'sms', 'http', 'https', 'application', 'firehose'];

/** SNS, as far as alarms need it: what topics are told is kept, and sent to nobody. */
export class Topics {
  /** Newest last. */
  readonly notifications: Notification[] = [];

  readonly providers: Providers = {
    'AWS::SNS::Topic': (resource) => {
      const { TopicName, Subscription = [] } = parseProperties(resource, topicProperties);
      for (const { Protocol } of Subscription) checkProtocol(resource, 'Subscription', Protocol);
      const name = TopicName ?? physicalName(resource.stack, resource.logicalId);
      const topicArn = arn('sns', name);
      return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
    },
    'AWS::SNS::TopicPolicy': (resource) => {
      const id = physicalName(resource.stack, resource.logicalId);
      return { ref: id, attributes: { Id: id } };
    },
    'AWS::SNS::Subscription': (resource) => {
      const { TopicArn, Protocol } = parseProperties(resource, subscriptionProperties);
      checkProtocol(resource, 'Protocol', Protocol);
      const subscriptionArn = `${TopicArn}:${stableUuid(`${resource.stack}/${resource.logicalId}`)}`;
      return { ref: subscriptionArn, attributes: { Arn: subscriptionArn } };
    },
  };

  publish(notification: Notification): void {
    if (this.notifications.push(notification) > keptNotifications) this.notifications.shift();
  }
}

function checkProtocol(resource: Resource, property: string, protocol: string): void {
  if (!toPeople.includes(protocol))
    throw unsupported(resource, property, `nothing is sent to ${protocol} subscribers`);
}

const subscription = { Protocol: z.string(), Endpoint: z.string() };

const topicProperties = z.strictObject({
  TopicName: z.string().optional(),
  Subscription: z.array(z.strictObject(subscription)).optional(),
  DisplayName: ignored,
  KmsMasterKeyId: ignored,
  TracingConfig: ignored,
  SignatureVersion: ignored,
  DataProtectionPolicy: ignored,
  DeliveryStatusLogging: ignored,
  Tags: ignored,
});

const subscriptionProperties = z.strictObject({
  ...subscription,
  TopicArn: z.string(),
  Region: ignored,
  RawMessageDelivery: ignored,
  DeliveryPolicy: ignored,
  RedrivePolicy: ignored,
  FilterPolicy: ignored,
  FilterPolicyScope: ignored,
  SubscriptionRoleArn: ignored,
});
