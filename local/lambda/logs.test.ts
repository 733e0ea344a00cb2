import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLambda } from './test-functions.ts';

let local: ReturnType<typeof startLambda>;
beforeEach(() => {
  local = startLambda();
});
afterEach(() => local.stop());

const talkative = `
  import { Console } from 'node:console';
  console.log('at init');
  const own = new Console({ stdout: process.stdout, stderr: process.stderr });
  export const handler = async () => {
    console.log('two\\nlines');
    console.error('to stderr');
    own.log('{"_aws":{}}');
    process.stdout.write('part');
    process.stdout.write(Buffer.from(' and whole\\n'));
    process.stdout.write('no line break');
    await new Promise((resolve) => process.stdout.write('', resolve));
  };`;
const said = ['two', 'lines', 'to stderr', '{"_aws":{}}', 'part and whole', 'no line break'];

it('has every line of an invocation before its result, between START and END', async () => {
  await local.define('talkative', talkative);
  await local.lambda.invoke('talkative', {});
  expect(local.lines('talkative')).toEqual([
    expect.stringMatching(/^INIT_START/),
    'at init',
    expect.stringMatching(/^START RequestId: [0-9a-f-]{36} Version: \$LATEST$/),
    ...said,
    expect.stringMatching(/^END RequestId: [0-9a-f-]{36}$/),
    expect.stringMatching(
      /^REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tInit Duration: [\d.]+ ms$/,
    ),
  ]);
  await local.lambda.invoke('talkative', {});
  expect(local.lines('talkative').at(-1)).not.toContain('Init Duration');
});

it('writes platform records as JSON where LogFormat says so', async () => {
  await local.define('json', talkative, {
    LoggingConfig: { LogFormat: 'JSON', LogGroup: '/aws/lambda/json' },
  });
  await local.lambda.invoke('json', {});
  const records = local
    .lines('json')
    .filter((line) => line.includes('platform.'))
    .map((line) => JSON.parse(line));
  expect(records).toMatchObject([
    { type: 'platform.initStart' },
    { type: 'platform.start', record: { requestId: expect.any(String), version: '$LATEST' } },
    {
      time: expect.stringMatching(/Z$/),
      type: 'platform.report',
      record: {
        status: 'success',
        metrics: {
          durationMs: expect.any(Number),
          billedDurationMs: expect.any(Number),
          memorySizeMB: 128,
          initDurationMs: expect.any(Number),
        },
      },
    },
  ]);
});

it('logs what a handler throws, in the log format', async () => {
  const source = "export const handler = async () => { throw new Error('oh no') }";
  await local.define('json', source, { LoggingConfig: { LogFormat: 'JSON' } });
  await local.lambda.invoke('json', {});
  const line = local.lines('json').find((text) => text.includes('"ERROR"')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({
    level: 'ERROR',
    requestId: expect.any(String),
    message: { errorType: 'Error', errorMessage: 'oh no' },
  });
});

it('leaves out the platform lines of successes at system log level WARN', async () => {
  const source = 'export const handler = async ({ fail }) => { if (fail) throw new Error("failed") }';
  await local.define('quiet', source, { LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' } });
  await local.lambda.invoke('quiet', {});
  expect(local.lines('quiet')).toEqual([]);
  await local.lambda.invoke('quiet', { fail: true });
  expect(local.lines('quiet').some((line) => line.includes('platform.report'))).toBe(true);
});

it('appends to one file a group', async () => {
  await local.define('talkative', talkative);
  await local.lambda.invoke('talkative', {});
  const file = local.logs.file('/aws/lambda/talkative');
  expect(file).toMatch(/\/aws-lambda-talkative\.log$/);
  await local.lambda.stop();
  await local.logs.stop();
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toEqual(local.lines('talkative'));
});

it('provides log groups, named or not', async () => {
  expect(
    await local.provide('AWS::Logs::LogGroup', { LogGroupName: '/fanfare/x', RetentionInDays: 7 }),
  ).toEqual({
    ref: '/fanfare/x',
    attributes: { Arn: 'arn:aws:logs:us-east-1:000000000000:log-group:/fanfare/x:*' },
  });
  expect((await local.provide('AWS::Logs::LogGroup', {}, 'DeliverLogs')).ref).toMatch(/^Test-DeliverLogs-/);
});
