import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { connected, lambdaUri, TestGateway } from './test-gateway.ts';

let cloud: TestGateway;
let domain: string;
const objects = new Map([
  ['page/index.html', 'the page'],
  ['page/assets/a b.js', 'the script'],
]);

beforeEach(async () => {
  cloud = await TestGateway.start({
    serveObject: (bucket, key, _request, response) => {
      const found = objects.get(`${bucket}/${key}`);
      if (found === undefined) return false;
      response.end(found);
      return true;
    },
  });
  const ws = await cloud.webSocketApi({ routes: ['say'], respond: ['say'] });
  const { ref: http } = await cloud.create('AWS::ApiGatewayV2::Api', 'Http', {
    Name: 'Http',
    ProtocolType: 'HTTP',
  });
  await cloud.create('AWS::ApiGatewayV2::Stage', 'S', {
    ApiId: http,
    StageName: '$default',
    AutoDeploy: true,
  });
  const integration = await cloud.create('AWS::ApiGatewayV2::Integration', 'I', {
    ApiId: http,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: lambdaUri('api'),
    PayloadFormatVersion: '2.0',
  });
  await cloud.create('AWS::ApiGatewayV2::Route', 'R', {
    ApiId: http,
    RouteKey: 'ANY /api/{proxy+}',
    Target: `integrations/${integration.ref}`,
  });
  cloud.functions.set('api', (event) => event).set('say', () => ({ statusCode: 200, body: 'heard' }));
  const all = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];
  const { attributes } = await cloud.create('AWS::CloudFront::Distribution', 'Cdn', {
    DistributionConfig: {
      Enabled: true,
      DefaultRootObject: 'index.html',
      HttpVersion: 'http2',
      DefaultCacheBehavior: {
        TargetOriginId: 'page',
        ViewerProtocolPolicy: 'redirect-to-https',
        Compress: true,
      },
      CacheBehaviors: [
        {
          PathPattern: '/api/*',
          TargetOriginId: 'http',
          AllowedMethods: all,
          ViewerProtocolPolicy: 'https-only',
        },
        { PathPattern: 'ws', TargetOriginId: 'ws', ViewerProtocolPolicy: 'https-only' },
      ],
      CustomErrorResponses: [{ ErrorCode: 403, ResponseCode: 200, ResponsePagePath: '/index.html' }],
      Origins: [
        {
          Id: 'page',
          DomainName: 'page.s3.us-east-1.amazonaws.com',
          S3OriginConfig: { OriginAccessIdentity: '' },
        },
        { Id: 'http', DomainName: `${http}.execute-api.us-east-1.amazonaws.com` },
        { Id: 'ws', DomainName: `${ws}.execute-api.us-east-1.amazonaws.com` },
      ],
    },
  });
  domain = attributes?.DomainName ?? '';
});
afterEach(() => cloud.stop());

const get = async (path: string, init?: RequestInit) => {
  const response = await fetch(cloud.publicUrl + path, init);
  return [response.status, await response.text()];
};

it('serves the page, its files, and the page again for what is not there', async () => {
  expect(await get('/')).toEqual([200, 'the page']);
  expect(await get('/assets/a%20b.js?v=1')).toEqual([200, 'the script']);
  expect(await get('/rooms/general')).toEqual([200, 'the page']);
  expect(await get('/%zz')).toEqual([400, expect.stringContaining('Bad Request')]);
});

it('passes /api/* on to the HTTP API with path, query and body', async () => {
  const [status, body] = await get('/api/rooms?x=1', { method: 'POST', body: 'hello' });
  expect(status).toBe(200);
  expect(JSON.parse(String(body))).toMatchObject({
    rawPath: '/api/rooms',
    rawQueryString: 'x=1',
    body: 'hello',
  });
});

it('refuses methods that the behaviour does not allow', async () => {
  expect((await get('/', { method: 'POST', body: 'x' }))[0]).toBe(403);
});

it('passes /ws on to the stage ws of the WebSocket API', async () => {
  const { socket, frames } = await connected(new WebSocket(`${cloud.publicUrl.replace('http', 'ws')}/ws`));
  socket.send('{"action":"say"}');
  await vi.waitFor(() => expect(frames).toEqual(['heard']));
  socket.terminate();
  await expect(connected(new WebSocket(`${cloud.publicUrl.replace('http', 'ws')}/else`))).rejects.toThrow(
    /^403 /,
  );
});

it('registers what the domain is here', () => {
  expect(cloud.rewrites.get(`https://${domain}`)).toBe(cloud.publicUrl);
  expect(cloud.rewrites.get(`wss://${domain}`)).toBe(cloud.publicUrl.replace('http', 'ws'));
});
