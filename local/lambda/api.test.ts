import {
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { region } from '#local/aws.ts';
import { Credentials, operator } from '#local/credentials.ts';
import { type Listening, listen } from '#local/http.ts';
import { lambdaApi } from './api.ts';
import type { InvocationResult } from './invoker.ts';
import { ResourceNotFoundError } from './lambda.ts';

const credentials = new Credentials();
const asynchronous: unknown[] = [];
let result: InvocationResult = { ok: true, payload: null };
let listening: Listening;
let client: LambdaClient;

beforeAll(async () => {
  listening = await listen(
    lambdaApi({
      invoker: {
        async invoke(fn, event) {
          if (fn === 'none') throw new ResourceNotFoundError('Function not found: none');
          return result.ok ? { ok: true, payload: { fn, event } } : result;
        },
        invokeAsync: (fn, event) => asynchronous.push({ fn, event }),
      },
      functions: () => [],
      mappings: () => [
        { id: 'm1', sourceArn: 'arn:queue', functionName: 'fanfare-deliver', enabled: false, batchSize: 10 },
      ],
      credentials,
    }),
  );
  client = clientWith(credentials.issue(operator));
});
afterAll(async () => {
  client.destroy();
  await listening.close();
});

function clientWith(key: { accessKeyId: string; secretAccessKey: string }): LambdaClient {
  return new LambdaClient({ endpoint: listening.url, region, credentials: key, maxAttempts: 1 });
}

async function invoke(fn: string, event: unknown) {
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({ FunctionName: fn, Payload: JSON.stringify(event) }),
  );
  return { FunctionError, answer: JSON.parse(Payload?.transformToString() ?? '') };
}

describe('an invocation', () => {
  it('waits for the result, by name or ARN', async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:fanfare-dispatch';
    const { FunctionError, answer } = await invoke(arn, { a: 1 });
    expect(FunctionError).toBeUndefined();
    expect(answer).toEqual({ fn: arn, event: { a: 1 } });
  });

  it('that throws is answered, and marked', async () => {
    result = { ok: false, errorType: 'TypeError', errorMessage: 'no' };
    const { FunctionError, answer } = await invoke('fanfare-dispatch', {});
    expect(FunctionError).toBe('Unhandled');
    expect(answer).toEqual({ errorType: 'TypeError', errorMessage: 'no' });
    result = { ok: true, payload: null };
  });

  it('of a function that is not there is refused', async () => {
    await expect(invoke('none', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('may be asynchronous', async () => {
    const command = new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event', Payload: '{"b":2}' });
    expect(await client.send(command)).toMatchObject({ StatusCode: 202 });
    expect(asynchronous).toEqual([{ fn: 'f', event: { b: 2 } }]);
  });
});

it('lists functions and mappings', async () => {
  expect((await client.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  const { EventSourceMappings } = await client.send(new ListEventSourceMappingsCommand({}));
  expect(EventSourceMappings).toEqual([
    expect.objectContaining({ UUID: 'm1', FunctionArn: 'fanfare-deliver', State: 'Disabled' }),
  ]);
});

it('refuses strangers', async () => {
  const stranger = clientWith({ accessKeyId: 'a', secretAccessKey: 'b' });
  await expect(stranger.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
    name: 'UnrecognizedClientException',
  });
});
