import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { certificate } from '#test/support/certificate.ts';
import { ResourceNotFoundError } from './lambda.ts';
import { lambdaLimits } from './limits.ts';
import { startLambda } from './test-functions.ts';

let local: ReturnType<typeof startLambda>;
beforeEach(() => {
  local = startLambda();
});
afterEach(() => local.stop());

/** Counts its own invocations, so that a warm environment can be told from a new one; waits for `ms` if asked to. */
const counter = `
  import { threadId } from 'node:worker_threads';
  let count = 0;
  export const handler = async ({ ms = 0 }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    count += 1;
    return { thread: threadId, count };
  };`;

/** The same; waits until there is a file, if asked to. */
const patient = `
  import { existsSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { threadId } from 'node:worker_threads';
  let count = 0;
  export const handler = async ({ until }) => {
    if (until) console.log('waits');
    while (until && !existsSync(until)) await sleep(5);
    count += 1;
    return { thread: threadId, count };
  };`;

/** Invokes `patient` so often, and lets all of them end once `atOnce` are under way together. */
async function overlapping(of: typeof local, name: string, count: number, atOnce = count) {
  const until = join(of.bundle(''), 'go');
  const results = Promise.all(Array.from({ length: count }, () => of.lambda.invoke(name, { until })));
  await expect.poll(() => of.lines(name).filter((line) => line === 'waits')).toHaveLength(atOnce);
  writeFileSync(until, '');
  return await results;
}

describe('events and results', () => {
  it('cross by the rules of JSON', async () => {
    await local.define(
      'echo',
      'export const handler = async (event) => ({ got: event, no: undefined, at: new Date(0) })',
    );
    const result = await local.lambda.invoke('echo', { text: 'é', gone: undefined, nothing: null });
    expect(result).toStrictEqual({
      ok: true,
      payload: { got: { text: 'é', nothing: null }, at: '1970-01-01T00:00:00.000Z' },
    });
  });

  it('takes plain returns, and null for none', async () => {
    await local.define('plain', 'export function handler(event) { return event.value }');
    expect(await local.lambda.invoke('plain', { value: 7 })).toEqual({ ok: true, payload: 7 });
    expect(await local.lambda.invoke('plain', {})).toEqual({ ok: true, payload: null });
  });

  it.each(['1n', '(() => { const cycle = {}; cycle.cycle = cycle; return cycle })()'])(
    'answers Runtime.MarshalError for %s',
    async (value) => {
      await local.define('marshal', `export const handler = async () => ({ value: ${value} })`);
      expect(await local.lambda.invoke('marshal', {})).toMatchObject({
        ok: false,
        errorType: 'Runtime.MarshalError',
      });
    },
  );

  it('carries what a handler throws', async () => {
    await local.define(
      'thrower',
      `class NoRoomError extends Error { name = 'NoRoomError' }
       export const handler = async ({ plain }) => { throw plain ? 'just text' : new NoRoomError('there is no room') }`,
    );
    const result = await local.lambda.invoke('thrower', {});
    expect(result).toMatchObject({ ok: false, errorType: 'NoRoomError', errorMessage: 'there is no room' });
    expect(!result.ok && result.stackTrace?.join('\n')).toContain('index.mjs');
    expect(await local.lambda.invoke('thrower', { plain: true })).toMatchObject({
      errorType: 'string',
      errorMessage: 'just text',
    });
  });

  it('are refused when too large, either way', async () => {
    await local.define('large', "export const handler = async ({ size }) => 'x'.repeat(size)");
    const text = 'x'.repeat(lambdaLimits.syncPayloadBytes);
    expect(await local.lambda.invoke('large', { text })).toMatchObject({
      errorType: 'RequestEntityTooLargeException',
    });
    expect(await local.lambda.invoke('large', { size: lambdaLimits.syncPayloadBytes })).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
    });
    expect(() => local.lambda.invokeAsync('large', { text })).toThrow('Request must be smaller');
  });

  it('finds functions by name, ARN and alias, and rejects for unknown ones', async () => {
    const { attributes } = await local.define('named', 'export const handler = async () => 1');
    const alias = await local.provide('AWS::Lambda::Alias', {
      FunctionName: 'named',
      FunctionVersion: '1',
      Name: 'live',
    });
    expect(attributes?.Arn).toBe('arn:aws:lambda:us-east-1:000000000000:function:named');
    for (const name of ['named', 'named:live', attributes?.Arn ?? '', alias.ref])
      expect(await local.lambda.invoke(name, {})).toEqual({ ok: true, payload: 1 });
    await expect(local.lambda.invoke('nobody', {})).rejects.toThrow(ResourceNotFoundError);
  });
});

describe('execution environments', () => {
  it('are reused while warm', async () => {
    await local.define('counter', counter);
    const first = await local.lambda.invoke('counter', {});
    const second = await local.lambda.invoke('counter', {});
    expect(first).toMatchObject({ payload: { count: 1 } });
    expect(second).toMatchObject({ payload: { count: 2 } });
  });

  it('are there before the first event once the service is warmed', async () => {
    await local.define('early', `console.log('loaded'); ${counter}`);
    local.lambda.warm();
    await vi.waitFor(() => expect(local.lines('early')).toContain('loaded'));
    await local.lambda.invoke('early', {});
    expect(local.lines('early').filter((line) => line === 'loaded')).toHaveLength(1);
  });

  it('are taken last used first, so that the others may end', async () => {
    await local.define('counter', patient);
    await overlapping(local, 'counter', 3);
    const counts: unknown[] = [];
    for (const _ of [1, 2, 3]) {
      const result = await local.lambda.invoke('counter', {});
      counts.push(result.ok && Object(result.payload).count);
    }
    expect(counts).toEqual([2, 3, 4]);
  });

  it('handle one event at a time each, and wait in line beyond the cap', async () => {
    await local.define('counter', patient);
    const cap = lambdaLimits.environmentsPerFunction;
    const results = await overlapping(local, 'counter', cap + 5, cap);
    const threads = new Map<unknown, number>();
    for (const result of results) {
      if (!result.ok) throw new Error(result.errorMessage);
      const thread = JSON.stringify(Object(result.payload).thread);
      threads.set(thread, (threads.get(thread) ?? 0) + 1);
    }
    expect(threads.size).toBe(cap);
    expect([...threads.values()].reduce((sum, count) => sum + count)).toBe(cap + 5);
  });

  it('are refused beyond the reserved concurrency, and not after', async () => {
    await local.define('reserved', counter, { ReservedConcurrentExecutions: 2 });
    const results = await Promise.all([1, 2, 3].map(() => local.lambda.invoke('reserved', { ms: 200 })));
    expect(results.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(results[2]).toMatchObject({
      errorType: 'TooManyRequestsException',
      errorMessage: 'Rate Exceeded.',
    });
    expect(await local.lambda.invoke('reserved', {})).toMatchObject({ ok: true });
  });

  it('end when idle for long, except for the last', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
    const disposed: unknown[] = [];
    let issued = 0;
    const own = startLambda({
      environment: () => ({ KEY: String(++issued) }),
      dispose: (variables) => disposed.push(variables.KEY),
    });
    onTestFinished(async () => {
      vi.useRealTimers();
      await own.stop();
    });
    await own.define('counter', patient);
    await overlapping(own, 'counter', 3);
    expect(issued).toBe(3);
    vi.advanceTimersByTime(lambdaLimits.idleMs * 0.9);
    expect(disposed).toHaveLength(0);
    vi.advanceTimersByTime(lambdaLimits.idleMs);
    expect(disposed).toHaveLength(2);
    expect(await own.lambda.invoke('counter', {})).toMatchObject({ payload: { count: 2 } });
  });

  it('give the context that AWS gives', async () => {
    const { attributes } = await local.define(
      'context',
      `export const handler = async (event, context) =>
        ({ ...context, remaining: context.getRemainingTimeInMillis() })`,
      { Timeout: 9, MemorySize: 256 },
    );
    expect(await local.lambda.invoke('context', {})).toMatchObject({
      payload: {
        functionName: 'context',
        functionVersion: '$LATEST',
        invokedFunctionArn: attributes?.Arn,
        memoryLimitInMB: '256',
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        logGroupName: '/aws/lambda/context',
        logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
        remaining: expect.toSatisfy((ms) => ms > 0 && ms <= 9_000),
      },
    });
  });

  it('have the variables of the template and of Lambda, and none of the host', async () => {
    vi.stubEnv('FANFARE_HOST_SECRET', 'leak');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const own = startLambda({
      environment: ({ name, roleArn }) => ({ AWS_ACCESS_KEY_ID: `key of ${name} ${roleArn}` }),
    });
    onTestFinished(own.stop);
    await own.define('env', 'export const handler = async () => process.env', {
      Environment: { Variables: { TABLE: 'rooms', NODE_OPTIONS: '--enable-source-maps --no-such-option' } },
    });
    expect(await own.lambda.invoke('env', {})).toStrictEqual({
      ok: true,
      payload: {
        TABLE: 'rooms',
        NODE_OPTIONS: '--enable-source-maps --no-such-option',
        AWS_ACCESS_KEY_ID: 'key of env arn:aws:iam::000000000000:role/env',
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_NAME: 'env',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/env',
        AWS_LAMBDA_LOG_STREAM_NAME: expect.stringContaining('[$LATEST]'),
        AWS_LAMBDA_LOG_FORMAT: 'Text',
        LAMBDA_TASK_ROOT: expect.stringContaining('asset-'),
        _HANDLER: 'index.handler',
        TZ: ':UTC',
        LANG: 'en_US.UTF-8',
        PATH: expect.not.stringContaining('node_modules'),
      },
    });
  });

  it('trust whom NODE_EXTRA_CA_CERTS names, beside everybody else', async () => {
    const source = `
      import { getCACertificates } from 'node:tls';
      const ours = process.env.CERTIFICATE;
      export const handler = async () => {
        const trusted = getCACertificates('default');
        return { ours: trusted.filter((each) => each.trim() === ours).length, more: trusted.length > 50 };
      };`;
    const file = join(local.bundle(''), 'ca.pem');
    writeFileSync(file, certificate.cert);
    const trusting = { CERTIFICATE: certificate.cert, NODE_EXTRA_CA_CERTS: file };
    await local.define('trusting', source, { Environment: { Variables: trusting } });
    await local.define('usual', source, { Environment: { Variables: { CERTIFICATE: certificate.cert } } });
    const told = async (name: string) => await local.lambda.invoke(name, {});
    expect(await told('trusting')).toMatchObject({ payload: { ours: 1, more: true } });
    expect(await told('usual')).toMatchObject({ payload: { ours: 0, more: true } });
  });

  it('map stack traces to the sources when NODE_OPTIONS asks for it', async () => {
    const map = { version: 3, sources: ['deliver.ts'], names: [], mappings: 'AAUA' };
    const inline = Buffer.from(JSON.stringify(map)).toString('base64');
    const source = `export const handler = async () => { throw new Error('mapped') };\n//# sourceMappingURL=data:application/json;base64,${inline}`;
    const stackWith = async (options: string) => {
      await local.define('mapped', source, { Environment: { Variables: { NODE_OPTIONS: options } } });
      const result = await local.lambda.invoke('mapped', {});
      return result.ok ? '' : result.stackTrace?.join('\n');
    };
    expect(await stackWith('--enable-source-maps')).toContain('deliver.ts:11');
    expect(await stackWith('')).toContain('index.mjs:1');
  });

  it('run new code from the next event on, while old events end with the old code', async () => {
    let disposed = 0;
    const own = startLambda({
      dispose: () => {
        disposed += 1;
      },
    });
    onTestFinished(own.stop);
    await own.define(
      'code',
      "export const handler = async () => { await new Promise((r) => setTimeout(r, 300)); return 'old' }",
    );
    await own.lambda.invoke('code', {});
    const underWay = own.lambda.invoke('code', {});
    own.lambda.updateCode('code', own.bundle("export const handler = async () => 'new'"));
    expect(await own.lambda.invoke('code', {})).toEqual({ ok: true, payload: 'new' });
    expect(await underWay).toEqual({ ok: true, payload: 'old' });
    expect(disposed).toBe(1);
    expect(await own.lambda.invoke('code', {})).toEqual({ ok: true, payload: 'new' });
  });
});

describe('stop', () => {
  it('ends busy threads and answers those who wait', async () => {
    const own = startLambda();
    await own.define('hang', 'export const handler = async () => { for (;;); }', {
      ReservedConcurrentExecutions: 20,
    });
    const waiting = Promise.all(
      Array.from({ length: lambdaLimits.environmentsPerFunction + 1 }, () => own.lambda.invoke('hang', {})),
    );
    await own.stop();
    expect((await waiting).map(({ ok }) => ok)).not.toContain(true);
    expect(await own.lambda.invoke('hang', {})).toMatchObject({ ok: false, errorType: 'ServiceException' });
  });
});
