import { Stack, type StackProps } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type IWebSocketApi,
  LogGroupLogDestination,
  WebSocketApi,
  WebSocketRoute,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { messagesByChange } from '#shared/storage/keys.ts';
import { accessLogGroup, allowApiGatewayLogs } from './constructs/api-access-logs.ts';
import { Delivery } from './constructs/delivery.ts';
import { Events } from './constructs/events.ts';
import { grantIndex, grantTable } from './constructs/grant-table.ts';
import { PingRoute } from './constructs/ping-route.ts';
import { Presence } from './constructs/presence.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { Sweeper } from './constructs/sweeper.ts';
import { authorizedAtConnect } from './constructs/websocket-authorization.ts';
import type { DataStack } from './data.ts';
import { type EdgeStack, webSocketStageName } from './edge.ts';
import type { IdentityStack } from './identity.ts';
import type { Settings } from './settings.ts';

interface RealtimeProps extends StackProps {
  settings: Settings;
  data: DataStack;
  edge: EdgeStack;
  identity: IdentityStack;
}

/** The pipeline: sockets in, the messages table's stream, and its two consumers, delivery and events. */
export class RealtimeStack extends Stack {
  readonly authorize: ServiceFunction;
  readonly delivery: Delivery;
  readonly events: Events;
  readonly presence: Presence;

  constructor(scope: Construct, id: string, { settings, data, edge, identity, ...props }: RealtimeProps) {
    super(scope, id, props);
    // Imported by its id, so that routes and authorizer belong to this stack and not to the API's.
    const api = WebSocketApi.fromWebSocketApiAttributes(this, 'Api', {
      webSocketId: edge.webSocketApi.apiId,
    });
    const stage = this.#stage(api);
    this.authorize = this.#authorizer(identity);
    this.delivery = new Delivery(this, 'Delivery', { settings, data, stage });
    new Sweeper(this, 'Sweeper', { data, stage });
    this.#routes(api, data, identity);
    this.events = new Events(this, 'Events', { settings, data, edge });
    const deliveries = this.delivery.deliveries.queue;
    this.presence = new Presence(this, 'Presence', { settings, data, deliveries });
  }

  #stage(api: IWebSocketApi): WebSocketStage {
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: api,
      stageName: webSocketStageName,
      autoDeploy: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogGroup(this, '/fanfare/access/websocket')),
        format: AccessLogFormat.custom(
          JSON.stringify({
            time: '$context.requestTime',
            requestId: '$context.requestId',
            connectionId: '$context.connectionId',
            eventType: '$context.eventType',
            routeKey: '$context.routeKey',
            status: '$context.status',
            error: '$context.error.message',
            integrationLatency: '$context.integrationLatency',
            disconnectStatusCode: '$context.disconnectStatusCode',
            disconnectReason: '$context.disconnectReason',
          }),
        ),
      },
    });
    stage.node.addDependency(allowApiGatewayLogs(this));
    return stage;
  }

  #authorizer(identity: IdentityStack): ServiceFunction {
    return new ServiceFunction(this, 'Authorize', {
      service: 'authorize',
      environment: tokensOf(identity),
    });
  }

  #routes(api: IWebSocketApi, data: DataStack, identity: IdentityStack): void {
    const { rooms, messages, connections } = data;
    const ROOMS_TABLE = rooms.tableName;
    const MESSAGES_TABLE = messages.tableName;
    const CONNECTIONS_TABLE = connections.tableName;

    const connect = new ServiceFunction(this, 'Connect', {
      service: 'connect',
      environment: { CONNECTIONS_TABLE },
    });
    grantTable(connections, connect, 'dynamodb:PutItem');

    const disconnect = new ServiceFunction(this, 'Disconnect', {
      service: 'disconnect',
      environment: { CONNECTIONS_TABLE },
    });
    grantTable(connections, disconnect, 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem');

    const subscribe = new ServiceFunction(this, 'Subscribe', {
      service: 'subscribe',
      environment: { ROOMS_TABLE, MESSAGES_TABLE, CONNECTIONS_TABLE },
    });
    grantTable(rooms, subscribe, 'dynamodb:BatchGetItem', 'dynamodb:ConditionCheckItem', 'dynamodb:Query');
    grantTable(messages, subscribe, 'dynamodb:Query');
    grantIndex(messages, messagesByChange, subscribe);
    grantTable(
      connections,
      subscribe,
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:UpdateItem',
      'dynamodb:PutItem',
    );

    const unsubscribe = new ServiceFunction(this, 'Unsubscribe', {
      service: 'unsubscribe',
      environment: { CONNECTIONS_TABLE },
    });
    grantTable(connections, unsubscribe, 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');

    const sendMessage = new ServiceFunction(this, 'SendMessage', {
      service: 'send-message',
      environment: { ROOMS_TABLE, MESSAGES_TABLE },
    });
    grantTable(rooms, sendMessage, 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem');
    grantTable(messages, sendMessage, 'dynamodb:PutItem');

    const { queue } = this.delivery.deliveries;
    const changing = (id: string, service: string) => {
      const handler = new ServiceFunction(this, id, {
        service,
        environment: { ROOMS_TABLE, MESSAGES_TABLE },
      });
      grantTable(rooms, handler, 'dynamodb:BatchGetItem');
      grantTable(messages, handler, 'dynamodb:GetItem', 'dynamodb:PutItem');
      return handler;
    };
    const editMessage = changing('EditMessage', 'edit-message');
    const deleteMessage = changing('DeleteMessage', 'delete-message');
    const react = changing('React', 'react');

    const markRead = new ServiceFunction(this, 'MarkRead', {
      service: 'mark-read',
      environment: { ROOMS_TABLE },
    });
    grantTable(rooms, markRead, 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem');

    const typing = new ServiceFunction(this, 'Typing', {
      service: 'typing',
      environment: { ROOMS_TABLE, DELIVERIES_QUEUE_URL: queue.queueUrl },
    });
    grantTable(rooms, typing, 'dynamodb:BatchGetItem');
    queue.grant(typing, 'sqs:SendMessage');

    const authenticate = new ServiceFunction(this, 'Authenticate', {
      service: 'authenticate',
      environment: { CONNECTIONS_TABLE, ...tokensOf(identity) },
    });
    grantTable(connections, authenticate, 'dynamodb:GetItem', 'dynamodb:UpdateItem');

    const fallback = new ServiceFunction(this, 'Default', { service: 'default' });

    const route = (key: string, handler: IFunction, returnResponse: boolean) => {
      const added = new WebSocketRoute(this, `Route-${key}`, {
        webSocketApi: api,
        routeKey: key,
        integration: new WebSocketLambdaIntegration(`Integration-${key}`, handler),
        returnResponse,
        // Who may connect is decided once, at the upgrade; the decision's context comes with every later event. There
        // is no identity source, since the token may be in either of two headers: the function itself finds it.
        ...(key === '$connect' && {
          authorizer: new WebSocketLambdaAuthorizer('Authorizer', this.authorize, { identitySource: [] }),
        }),
      });
      if (key !== '$connect') authorizedAtConnect(added);
    };
    route('$connect', connect, false);
    route('$disconnect', disconnect, false);
    route('$default', fallback, true);
    route('subscribe', subscribe, true);
    route('unsubscribe', unsubscribe, true);
    route('sendMessage', sendMessage, true);
    route('editMessage', editMessage, true);
    route('deleteMessage', deleteMessage, true);
    route('react', react, true);
    route('markRead', markRead, true);
    route('typing', typing, false);
    route('authenticate', authenticate, true);
    new PingRoute(this, 'Ping', api);
  }
}

/** Whose tokens are taken. */
function tokensOf({ issuer, client }: IdentityStack): Record<string, string> {
  return { TOKEN_ISSUER: issuer, TOKEN_CLIENT_ID: client.userPoolClientId };
}
