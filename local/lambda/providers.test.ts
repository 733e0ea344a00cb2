import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLambda } from './test-functions.ts';

let local: ReturnType<typeof startLambda>;
beforeEach(() => {
  local = startLambda();
});
afterEach(() => local.stop());

const noop = 'export const handler = async () => 1';

it('names resource and property of what it cannot play', async () => {
  await expect(local.define('fn', noop, { VpcConfig: {} })).rejects.toThrow(
    'Resource (AWS::Lambda::Function) in stack Test, VpcConfig: the local cloud does not play this property.',
  );
  await expect(local.define('fn', noop, { Layers: ['arn'] })).rejects.toThrow(
    ', Layers: the local cloud plays no layers',
  );
  await expect(local.define('fn', noop, { Code: { ZipFile: noop } })).rejects.toThrow(
    ', Code: a Node.js function needs',
  );
  await expect(local.define('fn', noop, { Timeout: 901 })).rejects.toThrow(', Timeout: ');
});

it('registers functions of other runtimes, which say so when invoked', async () => {
  await local.define('deployment', '', { Runtime: 'python3.13', Layers: ['arn'], Code: { ZipFile: 'pass' } });
  expect(await local.lambda.invoke('deployment', {})).toEqual({
    ok: false,
    errorType: 'UnsupportedRuntime',
    errorMessage: 'deployment is a python3.13 function, and the local cloud runs Node.js functions only.',
  });
});

it('keeps warm environments of a function that is deployed again unchanged', async () => {
  const counter = 'let count = 0; export const handler = async () => (count += 1)';
  const asset = local.bundle(counter).split('/').at(-1);
  const properties = { Code: { S3Bucket: 'assets', S3Key: asset } };
  await local.define('counter', '', properties);
  await local.lambda.invoke('counter', {});
  await local.define('counter', '', properties);
  expect(await local.lambda.invoke('counter', {})).toEqual({ ok: true, payload: 2 });
  await local.define('counter', '', { ...properties, MemorySize: 256 });
  expect(await local.lambda.invoke('counter', {})).toEqual({ ok: true, payload: 1 });
});
