import { prices } from '#shared/cost/prices.ts';

/** What was used over a time. Undefined is a counter that CloudWatch has no values of. */
export interface Counters {
  /** Copies of messages that came to a connection: what the cost is divided by. */
  deliveries: number | undefined;
  /** Frames of both directions; none is over 32 KB, and so each is metered once. */
  webSocketMessages: number | undefined;
  functions: {
    service: string;
    memoryMb: number;
    invocations: number | undefined;
    durationMs: number | undefined;
  }[];
  queues: {
    queue: string;
    sent: number | undefined;
    received: number | undefined;
    deleted: number | undefined;
    emptyReceives: number | undefined;
  }[];
  tables: { table: string; readUnits: number | undefined; writeUnits: number | undefined }[];
  /** Events that were put on the bus. */
  events: number | undefined;
  logs: { group: string; bytes: number | undefined }[];
}

/** One counter's price. */
export interface CostLine {
  /** The service that asks for it. */
  part: string;
  /** The function, queue, table or log group that it is of. */
  of: string;
  quantity: number;
  unit: string;
  dollars: number;
}

export interface Cost {
  lines: CostLine[];
  dollars: number;
  /** Undefined where nothing was delivered. */
  dollarsPerMillionDeliveries: number | undefined;
  /** Counters without values: they are in no line, and what they stand for costs more than is said. */
  missing: string[];
}

/** Memory that a GB-second is counted in, and bytes of CloudWatch's GB. */
const mbPerGb = 1024;
const bytesPerGb = 1024 ** 3;

/** Prices what was used. Lines that come to nothing are left out. */
export function costOf(counters: Counters): Cost {
  const lines = [
    ...gatewayLines(counters),
    ...counters.functions.flatMap(functionLines),
    ...counters.queues.map(queueLine),
    ...counters.tables.flatMap(tableLines),
    line('EventBridge', 'bus', 'events', counters.events, prices.event.dollars),
    ...counters.logs.map(logLine),
  ].filter(({ quantity }) => quantity > 0);
  const dollars = sum(lines.map((each) => each.dollars));
  const { deliveries } = counters;
  return {
    lines,
    dollars,
    dollarsPerMillionDeliveries: deliveries ? (dollars / deliveries) * 1e6 : undefined,
    missing: missingOf(counters),
  };
}

/** Requests of the HTTP API are those that its authorizer let through to the function: others are free. */
function gatewayLines({ webSocketMessages, functions }: Counters): CostLine[] {
  const httpRequests = functions.find(({ service }) => service === 'api')?.invocations;
  return [
    line('API Gateway', 'WebSocket', 'messages', webSocketMessages, prices.webSocketMessage.dollars),
    line('API Gateway', 'HTTP', 'requests', httpRequests, prices.httpRequest.dollars),
  ];
}

function functionLines({ service, memoryMb, invocations, durationMs = 0 }: Counters['functions'][number]) {
  const gbSeconds = (durationMs / 1000) * (memoryMb / mbPerGb);
  return [
    line('Lambda', service, 'invocations', invocations, prices.lambdaRequest.dollars),
    line('Lambda', service, 'GB-s', gbSeconds, prices.lambdaGbSecond.dollars),
  ];
}

/** At most: SQS counts messages and not calls, and up to ten messages share a call. */
function queueLine({
  queue,
  sent = 0,
  received = 0,
  deleted = 0,
  emptyReceives = 0,
}: Counters['queues'][number]) {
  const requests = sent + received + deleted + emptyReceives;
  return line('SQS', queue, 'requests at most', requests, prices.sqsRequest.dollars);
}

function tableLines({ table, readUnits, writeUnits }: Counters['tables'][number]): CostLine[] {
  return [
    line('DynamoDB', table, 'read units', readUnits, prices.dynamoDbRead.dollars),
    line('DynamoDB', table, 'write units', writeUnits, prices.dynamoDbWrite.dollars),
  ];
}

function logLine({ group, bytes = 0 }: Counters['logs'][number]): CostLine {
  return line('CloudWatch', group, 'GB', bytes / bytesPerGb, prices.logGigabyte.dollars);
}

function line(
  part: string,
  of: string,
  unit: string,
  quantity: number | undefined = 0,
  price: number,
): CostLine {
  return { part, of, quantity, unit, dollars: quantity * price };
}

/** A resource that was not used has no values either: a counter is missing where no resource of its kind has any. */
function missingOf(counters: Counters): string[] {
  const { functions, queues, tables, logs } = counters;
  const without = (name: string, values: (number | undefined)[]) =>
    values.every((value) => value === undefined) ? [name] : [];
  return [
    ...without('deliveries', [counters.deliveries]),
    ...without('WebSocket messages', [counters.webSocketMessages]),
    ...without(
      'Lambda invocations',
      functions.map(({ invocations }) => invocations),
    ),
    ...without(
      'Lambda durations',
      functions.map(({ durationMs }) => durationMs),
    ),
    ...without(
      'SQS messages',
      queues.map(({ sent }) => sent),
    ),
    ...without(
      'SQS empty receives',
      queues.map(({ emptyReceives }) => emptyReceives),
    ),
    ...without(
      'DynamoDB read units',
      tables.map(({ readUnits }) => readUnits),
    ),
    ...without(
      'DynamoDB write units',
      tables.map(({ writeUnits }) => writeUnits),
    ),
    ...without('events', [counters.events]),
    ...without(
      'log bytes',
      logs.map(({ bytes }) => bytes),
    ),
    // No service counts these.
    'connection minutes',
  ];
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
