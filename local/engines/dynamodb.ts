import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { region } from '#local/aws.ts';
import type { Credentials } from '#local/credentials.ts';
import type { Authorize } from '#local/iam/authorize.ts';
import type { Providers } from '#local/template/provider.ts';
import { type EngineChoice, startEngine } from './dynamodb-engine.ts';
import { type DynamoDbProxy, startDynamoDbProxy } from './dynamodb-proxy.ts';
import { tableProviders } from './dynamodb-tables.ts';
import { TtlSweeper } from './dynamodb-ttl.ts';

export interface DynamoDbOptions {
  /** Without a choice: dynoxide where its binary is installed, else DynamoDB Local where Java 17 is. */
  engine?: EngineChoice;
  /** The local cloud's data folder; tables are kept in `dynamodb/` below it. */
  dataDir: string;
  /** Whose calls the proxy lets through, and what each may do. */
  credentials: Credentials;
  authorize: Authorize;
  /** One line for the terminal: something works, but not as it should. */
  onWarning(line: string): void;
  /** Milliseconds between two sweeps of expired items. */
  ttlSweepMs?: number;
}

export interface DynamoDb {
  engineName: string;
  /** The engine itself: no credentials, no faults. For the local cloud's own calls, as the stream pollers' are. */
  engineUrl: string;
  /** The door for functions. */
  proxy: DynamoDbProxy;
  /** For functions' environments. */
  endpoints(): Record<string, string>;
  providers: Providers;
  /** Whether the removal of this key was the time to live's doing. `keys` as in a stream record. */
  isTtlDelete(table: string, keys: Readonly<Record<string, object>>): boolean;
  stop(): Promise<void>;
}

/** Starts DynamoDB with its streams. Rejects with EngineUnavailableError where no engine can run. */
export async function startDynamoDb(options: DynamoDbOptions): Promise<DynamoDb> {
  const { credentials, authorize, onWarning, ttlSweepMs = 60_000 } = options;
  const engine = await startEngine({ ...options, dataDir: join(options.dataDir, 'dynamodb') });
  const proxy = await startDynamoDbProxy(engine.url, credentials, authorize);
  const client = new DynamoDBClient({
    endpoint: engine.url,
    region,
    credentials: { accessKeyId: 'fanfare', secretAccessKey: 'fanfare' },
  });
  const sweeper = new TtlSweeper({
    client,
    intervalMs: ttlSweepMs,
    onDelete: (table) => proxy.announceWrite([table]),
    onWarning,
  });
  return {
    engineName: engine.name,
    engineUrl: engine.url,
    proxy,
    endpoints: () => ({
      AWS_ENDPOINT_URL_DYNAMODB: proxy.url,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: proxy.url,
    }),
    providers: tableProviders({
      client,
      onExpiring(table) {
        // AWS's own engines sweep by themselves.
        if (engine.name === 'dynoxide') sweeper.watch(table);
      },
    }),
    isTtlDelete: (table, keys) => sweeper.isTtlDelete(table, keys),
    async stop() {
      sweeper.stop();
      await proxy.close();
      client.destroy();
      await engine.stop();
    },
  };
}
