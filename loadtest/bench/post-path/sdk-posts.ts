import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import pLimit from 'p-limit';

/** As a careful user of the SDK would: one client with its defaults, 32 calls at once. */
export function poster(endpoint: string) {
  const client = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1' });
  const limit = pLimit(32);
  return async (ids: string[], Data: Buffer): Promise<void> => {
    await Promise.all(
      ids.map((ConnectionId) =>
        limit(() => client.send(new PostToConnectionCommand({ ConnectionId, Data }))),
      ),
    );
  };
}
