import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { z } from 'zod';
import { ConnectionsApi, concurrency, payloadOf } from '../services/deliver/post.ts';

/**
 * What a post costs the process that makes it, in CPU time: by deliver's own way, and by the SDK's client. Both post to
 * a server in another process that says 200 to everything.
 */
const posts = 20_000;
const body = payloadOf(
  Buffer.from(JSON.stringify({ type: 'events', room: 'general', filling: 'x'.repeat(250) })),
);

if (process.send) serve();
else await compare();

function serve(): void {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, ['content-length', '0']).end());
  });
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
}

async function compare(): Promise<void> {
  const server = fork(import.meta.filename);
  try {
    await measureBoth(await endpointOf(server));
  } finally {
    server.kill();
  }
}

async function endpointOf(server: ChildProcess): Promise<string> {
  const [address] = await once(server, 'message');
  return `http://127.0.0.1:${z.object({ port: z.number() }).parse(address).port}/api/ws`;
}

async function measureBoth(endpoint: string): Promise<void> {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  });
  const own = new ConnectionsApi(endpoint, 'us-east-1');
  const sdk = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1' });
  const ownPost = async (id: string) => {
    if ((await own.post(id, body)) !== 'delivered') throw new Error('A post failed');
  };
  const sdkPost = async (ConnectionId: string) => {
    await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: body.bytes }));
  };
  // Twice: the first time compiles.
  for (const run of ['first', 'again']) {
    const ours = await microseconds(ownPost);
    const theirs = await microseconds(sdkPost);
    console.log(
      `${run}: deliver's own ${ours.toFixed(0)} µs a post, the SDK's ${theirs.toFixed(0)} µs: ${(theirs / ours).toFixed(1)} times`,
    );
  }
}

/** CPU time of this process for one post, `concurrency` of them being under way. */
async function microseconds(post: (connectionId: string) => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  const left = Array.from({ length: posts }, (_, index) => `L0SM9cOF${index}=`).values();
  const lane = async () => {
    for (const id of left) await post(id);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / posts;
}
