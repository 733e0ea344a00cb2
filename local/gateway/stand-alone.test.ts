import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { standAlone } from './stand-alone.ts';
import { connected } from './test-gateway.ts';

it('admits everybody, and posts for who has the key', async () => {
  const { gateway, webSocketUrl, managementUrl, key, stop } = await standAlone();
  const { frames, closed } = await connected(new WebSocket(webSocketUrl));
  const client = new ApiGatewayManagementApiClient({
    region: 'us-east-1',
    endpoint: managementUrl,
    credentials: key,
  });
  const ConnectionId = gateway.connections().at(-1)?.connectionId;
  await client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from('hi') }));
  await vi.waitFor(() => expect(frames).toEqual(['hi']));
  client.destroy();
  await stop();
  expect(await closed).toMatchObject({ code: 1001 });
});
