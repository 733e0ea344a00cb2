import { afterEach, expect, it } from 'vitest';
import type { FailedEvent } from './async-invocations.ts';
import { startLambda } from './test-functions.ts';

let local: ReturnType<typeof startLambda>;
let failed: ({ destination: string } & FailedEvent)[];
afterEach(() => local.stop());

function start() {
  failed = [];
  local = startLambda({
    retryDelayMs: 10,
    deliverFailure: async (destination, event) => {
      failed.push({ destination, ...event });
    },
  });
}

/** Fails until its third attempt when told so, else always. */
const flaky = `
  let attempts = 0;
  export const handler = async ({ recovers }, { awsRequestId }) => {
    attempts += 1;
    console.log('attempt ' + attempts + ' of ' + awsRequestId);
    if (!recovers || attempts < 3) throw new Error('not yet');
    console.log('recovered');
  };`;
const attempts = (name: string) => local.lines(name).filter((line) => line.startsWith('attempt'));

it('retries twice, with the same request id', async () => {
  start();
  await local.define('flaky', flaky);
  local.lambda.invokeAsync('flaky', { recovers: true });
  await expect.poll(() => local.lines('flaky')).toContain('recovered');
  expect(attempts('flaky')).toHaveLength(3);
  expect(new Set(attempts('flaky').map((line) => line.split(' of ')[1])).size).toBe(1);
  expect(failed).toEqual([]);
});

it('hands what keeps failing to the dead-letter queue and to the on-failure destination', async () => {
  start();
  const queue = 'arn:aws:sqs:us-east-1:000000000000:dead';
  const destination = 'arn:aws:sqs:us-east-1:000000000000:failures';
  const { ref } = await local.define('flaky', flaky, { DeadLetterConfig: { TargetArn: queue } });
  await local.provide('AWS::Lambda::EventInvokeConfig', {
    FunctionName: ref,
    Qualifier: '$LATEST',
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: destination } },
  });
  local.lambda.invokeAsync('flaky', { n: 1 });
  await expect.poll(() => failed).toHaveLength(2);
  expect(attempts('flaky')).toHaveLength(2);
  expect(failed).toMatchObject([
    {
      destination,
      body: {
        version: '1.0',
        requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
        requestPayload: { n: 1 },
        responsePayload: { errorType: 'Error', errorMessage: 'not yet' },
      },
    },
    {
      destination: queue,
      body: { n: 1 },
      attributes: { ErrorMessage: 'not yet', RequestID: expect.any(String) },
    },
  ]);
});

it('tries throttled events again without using up their retries', async () => {
  start();
  const source = `export const handler = async ({ n }) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log('done ' + n);
  }`;
  await local.define('one', source, { ReservedConcurrentExecutions: 1 });
  for (let n = 0; n < 5; n++) local.lambda.invokeAsync('one', { n });
  await expect
    .poll(() => local.lines('one').filter((line) => line.startsWith('done')), { timeout: 10_000 })
    .toHaveLength(5);
  expect(failed).toEqual([]);
});
