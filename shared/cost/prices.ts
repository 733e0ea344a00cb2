/**
 * What AWS charges on demand in us-east-1, in dollars for one `unit`, without the free tier. Other regions differ by up
 * to a half: change the numbers here, and the dashboard's cost panel and `npm run ops -- cost` follow.
 */
export const prices = {
  /** A frame in either direction, each begun 32 KB of it: a client's frame, a reply, a post to a connection. */
  webSocketMessage: { dollars: 1.0 / 1e6, unit: 'begun 32 KB of a frame', source: 'API Gateway pricing' },
  connectionMinute: { dollars: 0.25 / 1e6, unit: 'minute of a socket', source: 'API Gateway pricing' },
  httpRequest: { dollars: 1.0 / 1e6, unit: 'begun 512 KB of a request', source: 'API Gateway pricing' },
  lambdaRequest: { dollars: 0.2 / 1e6, unit: 'invocation', source: 'Lambda pricing' },
  lambdaGbSecond: { dollars: 0.0000133334, unit: 'GB-second on arm64', source: 'Lambda pricing' },
  /** Sends, receives and deletes alike; a batch of ten is one request where it holds up to 64 KB. */
  sqsRequest: { dollars: 0.4 / 1e6, unit: 'begun 64 KB of a request', source: 'SQS pricing' },
  /** A transaction's writes count twice. Lambda's reads of a stream are free. */
  dynamoDbWrite: { dollars: 0.625 / 1e6, unit: 'begun KB that is written', source: 'DynamoDB pricing' },
  /** An eventually consistent read counts half. */
  dynamoDbRead: { dollars: 0.125 / 1e6, unit: 'begun 4 KB that is read', source: 'DynamoDB pricing' },
  event: { dollars: 1.0 / 1e6, unit: 'begun 64 KB of an event', source: 'EventBridge pricing' },
  logGigabyte: { dollars: 0.5, unit: 'GB of log lines', source: 'CloudWatch pricing' },
} as const satisfies Record<string, Price>;

interface Price {
  dollars: number;
  unit: string;
  /** The AWS page to check it on. All but httpRequest and logGigabyte were checked in November 2026. */
  source: string;
}
