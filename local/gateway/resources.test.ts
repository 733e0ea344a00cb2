import { afterEach, beforeEach, expect, it } from 'vitest';
import { UnsupportedError } from '#local/template/provider.ts';
import { TestGateway } from './test-gateway.ts';

let cloud: TestGateway;
beforeEach(async () => {
  cloud = await TestGateway.start();
});
afterEach(() => cloud.stop());

it('answers Ref and GetAtt of an API, the same in every run', async () => {
  const create = () =>
    cloud.create('AWS::ApiGatewayV2::Api', 'Ws', { Name: 'Ws', ProtocolType: 'WEBSOCKET' });
  const { ref, attributes } = await create();
  expect(ref).toMatch(/^[a-z0-9]{10}$/);
  expect(attributes).toMatchObject({ ApiEndpoint: `wss://${ref}.execute-api.us-east-1.amazonaws.com` });
  expect((await create()).ref).toBe(ref);
  const here = `${cloud.gateway.url}/${ref}`;
  expect(cloud.rewrites.get(`https://${ref}.execute-api.us-east-1.amazonaws.com`)).toBe(here);
  expect(cloud.rewrites.get(`wss://${ref}.execute-api.us-east-1.amazonaws.com`)).toBe(
    here.replace('http', 'ws'),
  );
});

const mock = { IntegrationType: 'MOCK', IntegrationUri: '' };

it.each([
  [
    'AWS::ApiGatewayV2::Api',
    { Name: 'x', ProtocolType: 'HTTP', Body: {} },
    'Body: the local cloud does not play this property',
  ],
  [
    'AWS::ApiGatewayV2::Api',
    { Name: 'x', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.header.x' },
    "RouteSelectionExpression: the local cloud does not play '$request.header.x'",
  ],
  [
    'AWS::ApiGatewayV2::Integration',
    { ...mock, RequestTemplates: { $default: '{"statusCode":$context.status}' } },
    "RequestTemplates: the local cloud plays plain text templates only, without '$context.status'",
  ],
  [
    'AWS::ApiGatewayV2::Integration',
    { IntegrationType: 'AWS_PROXY', IntegrationUri: 'https://elsewhere' },
    "IntegrationUri: 'https://elsewhere' is not a Lambda function",
  ],
  [
    'AWS::ApiGatewayV2::Authorizer',
    { AuthorizerType: 'REQUEST', IdentitySource: ['route.request.path.x'] },
    "IdentitySource: the local cloud does not play 'route.request.path.x'",
  ],
  [
    'AWS::ApiGatewayV2::Stage',
    { StageName: 'ws', RouteSettings: {} },
    'RouteSettings: the local cloud does not play this property',
  ],
])('names what it does not play of %s', async (type, given, sentence) => {
  const ApiId = type.endsWith('Api') ? undefined : await cloud.webSocketApi();
  const attempt = cloud.create(type, 'Odd', { ...given, ...(ApiId && { ApiId }) });
  await expect(attempt).rejects.toThrow(`Odd (${type}) in stack Test, ${sentence}.`);
  await expect(attempt).rejects.toBeInstanceOf(UnsupportedError);
});
