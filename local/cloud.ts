import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { arn } from './aws.ts';
import { awsTiming } from './aws-timing.ts';
import { CloudWatch } from './cloudwatch/cloudwatch.ts';
import { Console } from './console/console.ts';
import { Credentials } from './credentials.ts';
import { Door } from './door.ts';
import { type DynamoDb, startDynamoDb } from './engines/dynamodb.ts';
import type { EngineChoice } from './engines/dynamodb-engine.ts';
import { type Fauxqs, startFauxqs } from './engines/fauxqs.ts';
import type { SendToQueue } from './engines/queues.ts';
import { EventSources } from './event-sources/event-sources.ts';
import { EventBridge } from './eventbridge/eventbridge.ts';
import { Gateway } from './gateway/gateway.ts';
import type { GatewayLimits } from './gateway/limits.ts';
import { listen } from './http.ts';
import { firstDenial } from './iam/authorize.ts';
import { Roles } from './iam/roles.ts';
import { Identity } from './identity/identity.ts';
import { stableCode } from './lambda/code-store.ts';
import { Lambda } from './lambda/lambda.ts';
import { Logs } from './lambda/logs.ts';
import { openToOperator } from './operator.ts';
import { readAssembly } from './template/assembly.ts';
import { type Deployment, deploy } from './template/deploy.ts';
import { noEffect } from './template/no-effect.ts';
import { Rewrites } from './template/rewrites.ts';

export interface CloudOptions {
  /** The folder that `cdk synth` wrote. */
  assembly: string;
  /** The public port; 0 takes a free one. */
  port: number;
  /** Tables, queues, keys and logs are kept here. */
  dataDir: string;
  /** Without a choice, the engine that is installed. */
  engine?: EngineChoice;
  /** Where API Gateway's limits differ from AWS's. */
  limits?: Partial<GatewayLimits>;
  /** `timeScale`: how many of CloudWatch's minutes pass in a real one, for tests. */
  cloudWatch?: { timeScale?: number };
  /** Milliseconds between looks for rows that have expired, for tests. */
  ttlSweepMs?: number;
  /** Hops take as long as they do on AWS (aws-timing.ts). */
  awsTiming?: boolean;
  /** Told when a part stands, in the order of their start. */
  onStep?: (step: string) => void;
  /** One line for the terminal: something works, but not as it should. */
  onWarning?: (line: string) => void;
  /** One line for the terminal: an alarm has told a topic of its state. */
  onNotification?: (line: string) => void;
}

/** A cloud that runs a synthesized CDK app in this process. */
export interface Cloud {
  /** `http://localhost:<port>`: what the app's CloudFront domain stands for. */
  url: string;
  port: number;
  deployment: Deployment;
  dynamodb: DynamoDb;
  queues: Fauxqs;
  events: EventBridge;
  lambda: Lambda;
  eventSources: EventSources;
  gateway: Gateway;
  identity: Identity;
  logs: Logs;
  cloudWatch: CloudWatch;
  credentials: Credentials;
  roles: Roles;
  /** The environment in which the AWS SDK speaks to this cloud: endpoints, and keys of somebody who may do everything. */
  operatorEnvironment: Record<string, string>;
  /** Ends everything within two seconds; a second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Starts the cloud's parts, then creates what the templates say. Where that fails, everything that was started is
 * stopped before the promise rejects.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { dataDir, onStep = () => {}, onWarning = () => {} } = options;
  const assembly = readAssembly(options.assembly);
  const hopDelays = options.awsTiming ? awsTiming() : undefined;
  mkdirSync(dataDir, { recursive: true });

  const started: (() => Promise<void>)[] = [];
  const startedPart = <Part>(part: Part, stop: () => Promise<void>): Part => {
    started.push(stop);
    return part;
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(started);
    return stopping;
  };

  try {
    const door = new Door();
    const listening = await listen(door.request, options.port);
    listening.server.on('upgrade', door.upgrade);
    startedPart(listening, listening.close);
    const url = `http://localhost:${listening.port}`;

    const credentials = new Credentials();
    const roles = new Roles();
    const iam = { credentials, authorize: roles.authorize };
    const [dynamodb, queues] = await Promise.all([
      startDynamoDb({
        ...(options.engine && { engine: options.engine }),
        ...(options.ttlSweepMs && { ttlSweepMs: options.ttlSweepMs }),
        dataDir,
        ...iam,
        onWarning,
      }),
      startFauxqs({ dataDir, ...iam, assetPath: assembly.asset }),
    ]);
    startedPart(dynamodb, dynamodb.stop);
    startedPart(queues, queues.stop);
    onStep(`DynamoDB (${dynamodb.engineName}), SQS and S3`);

    const rewrites = new Rewrites();
    const rewrite = rewrites.add.bind(rewrites);
    const logs = new Logs(join(dataDir, 'logs'));
    startedPart(logs, () => logs.stop());
    const cloudWatch = await CloudWatch.start({
      logs,
      ...iam,
      ...options.cloudWatch,
      ...(options.onNotification && { onNotification: options.onNotification }),
      onWarning,
    });
    startedPart(cloudWatch, () => cloudWatch.stop());
    const { observe } = cloudWatch;
    dynamodb.proxy.observe = observe;
    dynamodb.proxy.hopMs = hopDelays?.table;
    cloudWatch.sample(queues.sampleQueues);
    const sendToQueue = queues.direct.send;

    // Functions are invoked by the parts below and call them: their endpoints are known once those listen.
    const endpoints: Record<string, string> = {
      ...dynamodb.endpoints(),
      ...queues.endpoints(),
      AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatch.url,
    };
    const lambda = new Lambda({
      logs,
      assetPath: (key) => stableCode(assembly.asset(key)),
      environment: ({ name, roleArn, logGroup }) => {
        const denial = mayLog(roles, name, roleArn, logGroup);
        if (denial !== undefined) onWarning(`On AWS, the output of ${name} would be lost: ${denial}.`);
        return { ...endpoints, ...accessKeyVariables(credentials, name, roleArn) };
      },
      dispose: ({ AWS_ACCESS_KEY_ID = '' }) => credentials.revoke(AWS_ACCESS_KEY_ID),
      deliverFailure: failureSender(sendToQueue),
      observe,
    });
    startedPart(lambda, () => lambda.stop());
    const events = await EventBridge.start({
      invoker: lambda,
      sendToQueue,
      ...iam,
      dataDir,
      observe,
      minuteMs: cloudWatch.clock.minuteMs,
      hopMs: hopDelays?.bus,
      log: onWarning,
    });
    startedPart(events, () => events.stop());
    endpoints.AWS_ENDPOINT_URL_EVENTBRIDGE = events.url;
    const gateway = await Gateway.start({
      invoker: lambda,
      ...iam,
      publicUrl: url,
      rewrite,
      observe,
      serveObject: async (...object) => queues.serveObject(...object),
      accessLog: (arn, line) => logs.group(groupOf(arn)).write(line),
      ...(options.limits && { limits: options.limits }),
      postMs: hopDelays?.post,
    });
    startedPart(gateway, () => gateway.stop());
    const identity = new Identity({ invoker: lambda, publicUrl: url, dataDir, rewrite });
    const eventSources = new EventSources({
      invoker: lambda,
      dynamodb: {
        engineUrl: dynamodb.engineUrl,
        onWrite: (listener) => dynamodb.proxy.onWrite(listener),
        isTtlDelete: dynamodb.isTtlDelete,
      },
      queues: queues.direct,
      checkpoints: join(dataDir, 'checkpoints.json'),
      observe,
      hopDelays,
      authorize: (fn, permission) =>
        roles.authorize({ functionName: fn, roleArn: lambda.roleOf(fn) }, permission),
      log: onWarning,
    });
    const operatorDoor = await openToOperator({
      lambda,
      eventSources,
      logs,
      identity,
      credentials,
      endpoints,
    });
    startedPart(operatorDoor, operatorDoor.close);
    // Pollers first, then sockets, then functions: what is under way ends before what it needs does.
    startedPart(eventSources, () => eventSources.stop());
    onStep('Lambda, API Gateway, EventBridge and sign-in');

    const providers = {
      ...noEffect,
      ...roles.providers,
      ...dynamodb.providers,
      ...queues.providers,
      ...logs.providers,
      ...cloudWatch.providers,
      ...lambda.providers,
      ...events.providers,
      ...gateway.providers,
      ...identity.providers,
      ...eventSources.providers,
    };
    const deployment = await deploy(assembly, providers, { rewrites });
    const page = new Console({
      cloudWatch,
      logs,
      deployment,
      queues: queues.queues,
      connections: () => gateway.connections(),
      usernameOf: (sub) => identity.usernameOf(sub),
      operatorEnvironment: operatorDoor.environment,
    });
    door.open(gateway, identity, page);
    onStep(`${deployment.resources.length} resources of ${assembly.stacks.length} stacks`);

    const parts = {
      dynamodb,
      queues,
      events,
      lambda,
      eventSources,
      gateway,
      identity,
      logs,
      cloudWatch,
      credentials,
      roles,
    };
    const operatorEnvironment = operatorDoor.environment;
    return { url, port: listening.port, deployment, ...parts, operatorEnvironment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** In the reverse order of their start, each as well as it can. */
async function stopAll(started: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of started.toReversed()) {
    await stop().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'The local cloud did not stop cleanly');
}

/** Undefined where Lambda may write a function's output to its log group, which it does as the function's role. */
function mayLog(roles: Roles, functionName: string, roleArn: string, logGroup: string): string | undefined {
  const resource = arn('logs', `log-group:${logGroup}:log-stream:[$LATEST]`);
  return firstDenial(roles.authorize, { functionName, roleArn }, [
    { action: 'logs:CreateLogStream', resource },
    { action: 'logs:PutLogEvents', resource },
  ]);
}

/** A role's keys come with a session token on AWS; here it says nothing. */
function accessKeyVariables(credentials: Credentials, functionName: string, roleArn: string) {
  const { accessKeyId, secretAccessKey } = credentials.issue({ functionName, roleArn });
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: 'local',
  };
}

function failureSender(sendToQueue: SendToQueue) {
  return async (
    destinationArn: string,
    { body, attributes }: { body: unknown; attributes: Record<string, string> },
  ) => {
    if (!destinationArn.includes(':sqs:')) throw new Error(`No part delivers to ${destinationArn}`);
    await sendToQueue(destinationArn, JSON.stringify(body), { attributes });
  };
}

/** `arn:aws:logs:us-east-1:000000000000:log-group:/fanfare/access/http:*` → `/fanfare/access/http` */
function groupOf(arn: string): string {
  return arn.replace(/^.*:log-group:/, '').replace(/:\*$/, '');
}
