import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Construct } from 'constructs';
import { peopleByName, roomsByListing, roomsByUser } from '#shared/storage/keys.ts';
import { allowFiles } from './constructs/allow-files.ts';
import { accessLogGroup } from './constructs/api-access-logs.ts';
import { grantIndex, grantTable } from './constructs/grant-table.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import type { DataStack } from './data.ts';
import type { EdgeStack } from './edge.ts';
import type { IdentityStack } from './identity.ts';

interface ApiProps extends StackProps {
  data: DataStack;
  edge: EdgeStack;
  identity: IdentityStack;
}

/** The HTTP API under `/api`: everything that is not live. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { data, edge, identity, ...props }: ApiProps) {
    super(scope, id, props);
    const { people, rooms, messages, connections, attachments } = data;
    const handler = new ServiceFunction(this, 'Api', {
      service: 'api',
      environment: {
        PEOPLE_TABLE: people.tableName,
        ROOMS_TABLE: rooms.tableName,
        MESSAGES_TABLE: messages.tableName,
        CONNECTIONS_TABLE: connections.tableName,
        ATTACHMENTS_BUCKET: attachments.bucketName,
      },
    });
    grantTable(people, handler, 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem');
    grantIndex(people, peopleByName, handler);
    grantTable(
      rooms,
      handler,
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
    );
    grantIndex(rooms, roomsByUser, handler);
    grantIndex(rooms, roomsByListing, handler);
    grantTable(messages, handler, 'dynamodb:GetItem', 'dynamodb:Query');
    grantTable(
      connections,
      handler,
      'dynamodb:Query',
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );

    // What it signs is done as this role by whoever has the link.
    allowFiles(data, handler, 's3:PutObject', 's3:PutObjectTagging', 's3:GetObject');

    const api = HttpApi.fromHttpApiAttributes(this, 'HttpApi', { httpApiId: edge.httpApi.apiId });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogGroup(this, '/fanfare/access/http')),
      },
    });
    new HttpRoute(this, 'Route', {
      httpApi: api,
      routeKey: HttpRouteKey.with('/api/{proxy+}', HttpMethod.ANY),
      integration: new HttpLambdaIntegration('Integration', handler),
      authorizer: new HttpJwtAuthorizer('Authorizer', identity.issuer, {
        jwtAudience: [identity.client.userPoolClientId],
      }),
    });
  }
}
