import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { region } from '#local/aws.ts';
import { synth } from '#local/synth.ts';
import { webSocketUrl } from '../people.ts';
import type { BenchOptions } from './bench-options.ts';
import { Part } from './part.ts';
import * as contracts from './parts/contract.ts';
import type { Plan } from './plan.ts';
import { warmUp } from './rounds.ts';
import { broadcasting, type Clients, posting, type System, wholeCloud } from './systems.ts';

/** Every system that the sections compare, running, with all its clients connected: they are started once for all. */
export interface Stage {
  plan: Plan;
  rawWs: System;
  socketIo: System;
  /** The sample peers' design: posts all at once, or one by one. */
  parallel: System;
  sequential: System;
  worker: System;
  pipeline: System;
  /** Where posts are made slow. */
  gateway: Part<typeof contracts.gateway>;
  /** The worker's process, and one connection that it can post to. */
  workerPart: Part<typeof contracts.worker>;
  anyConnection: string;
  cloud: Part<typeof contracts.cloud>;
  roomOf(size: number): contracts.BenchRoom;
  stop(): Promise<void>;
}

/**
 * Starts them in a temporary folder. When the signal aborts, every process of the stage is stopped.
 * @param assembly the synthesized app, where there is one
 */
export async function startStage(
  plan: Plan,
  { progress, signal }: BenchOptions,
  assembly?: string,
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-bench-'));
  const parts: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    signal.removeEventListener('abort', stop);
    await Promise.all(parts.map((part) => part.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  signal.addEventListener('abort', stop);
  const part = async <C extends contracts.Contract>(
    name: string,
    contract: C,
    environment: Record<string, string> = {},
  ) => {
    signal.throwIfAborted();
    const started = await Part.start(name, contract, environment);
    parts.push(started);
    return started;
  };
  const crowd = async (protocol: 'websocket' | 'socket.io', url: string, tokens: string[] = []) => {
    const clients: Clients = await part('client', contracts.client);
    await clients.call('connect', { protocol, url, count: Math.max(...plan.sizes), tokens });
    return clients;
  };
  const rooms = plan.sizes.map((size) => ({ room: `bench-${size}`, size }));
  const roomOf = (size: number) => {
    const room = rooms.find((one) => one.size === size);
    if (!room) throw new RangeError(`No room of ${size}`);
    return room;
  };

  try {
    progress.section('Start');
    progress.step('the CDK app is synthesized');
    const app = assembly ?? join(folder, 'cdk.out');
    if (assembly === undefined) await synth(app, { signal });

    progress.step('raw ws and Socket.IO');
    const rawWs = await part('raw-ws', contracts.broadcaster);
    const rawClients = await crowd('websocket', (await rawWs.call('listen', { rooms })).url);
    const socketIo = await part('socket-io', contracts.broadcaster);
    const ioClients = await crowd('socket.io', (await socketIo.call('listen', { rooms })).url);

    progress.step('the gateway, DynamoDB and what posts');
    const gateway = await part('gateway', contracts.gateway);
    const { url, managementUrl, key } = await gateway.call('start', {});
    const clients = await crowd('websocket', url);
    const connections = await gateway.call('connections', {});
    const storage = await part('storage', contracts.storage);
    const tables = await storage.call('start', { assembly: app, folder: join(folder, 'storage') });
    await storage.call('fill', { rooms, connections });
    const environment = {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      // As long as a role's, on AWS: it is hashed and sent with each post.
      AWS_SESSION_TOKEN: 'x'.repeat(700),
      AWS_ENDPOINT_URL_DYNAMODB: tables.url,
      CONNECTIONS_ENDPOINT: managementUrl,
      ...tables.tables,
    };
    const behind = { gateway, storage, clients };
    const workerPart = await part('worker', contracts.worker, {
      ...environment,
      POWERTOOLS_SERVICE_NAME: 'deliver',
      POWERTOOLS_METRICS_DISABLED: 'false',
      POWERTOOLS_LOG_LEVEL: 'INFO',
      // Nothing listens there: no shard is over its size, so that a job which is handed on is one that failed.
      DELIVERIES_QUEUE_URL: 'http://127.0.0.1:9/deliveries',
    });
    const parallel = await part('peers', contracts.poster, { ...environment, HOW: 'all at once' });
    const sequential = await part('peers', contracts.poster, { ...environment, HOW: 'one by one' });

    progress.step('the local cloud');
    const cloud = await part('cloud', contracts.cloud);
    const { url: cloudUrl, tokens } = await cloud.call('start', {
      assembly: app,
      folder: join(folder, 'cloud'),
      rooms,
      people: plan.people,
    });
    progress.step('people connect to the local cloud and subscribe');
    const people = await crowd('websocket', webSocketUrl(cloudUrl), tokens);
    await people.call('subscribe', { rooms });

    const [connection] = connections;
    if (connection === undefined) throw new RangeError('No connections');
    const systems = {
      rawWs: broadcasting('raw ws', rawWs, rawClients),
      socketIo: broadcasting('Socket.IO', socketIo, ioClients),
      parallel: posting('scan + Promise.all', parallel, behind),
      sequential: posting('scan + one by one', sequential, behind),
      worker: posting("Fanfare's worker", workerPart, behind),
      pipeline: wholeCloud("Fanfare's whole pipeline", cloud, people, plan.people),
    };
    for (const system of Object.values(systems)) {
      progress.step(`${system.name} warms up`);
      await warmUp(system, roomOf(plan.middleSize), plan.warmUp);
    }
    return {
      plan,
      ...systems,
      gateway,
      workerPart,
      anyConnection: connection,
      cloud,
      roomOf,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
