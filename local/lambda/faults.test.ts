import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLambda } from './test-functions.ts';

let local: ReturnType<typeof startLambda>;
beforeEach(() => {
  local = startLambda();
});
afterEach(() => local.stop());

/** Does what it is told: `eval` gives each test its fault in one function. */
const obedient = `
  let count = 0;
  export const handler = async (event) => {
    count += 1;
    await eval(event.code ?? '');
    return count;
  };`;

/** The environment that failed is gone: the next event starts at 1 again. */
async function expectReplaced() {
  expect(await local.lambda.invoke('obedient', {})).toEqual({ ok: true, payload: 1 });
}

describe('a handler that goes wrong', () => {
  it('times out, even in a loop that never yields', async () => {
    await local.define('obedient', obedient, { Timeout: 1 });
    await local.lambda.invoke('obedient', {});
    const result = await local.lambda.invoke('obedient', { code: "console.log('looping'); for (;;);" });
    expect(result).toEqual({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^[0-9a-f-]{36} Task timed out after 1\.00 seconds$/),
    });
    const lines = local.lines('obedient');
    expect(lines.indexOf('looping')).toBeGreaterThan(0);
    expect(lines.at(-1)).toMatch(/^REPORT .*Status: timeout$/);
    await expectReplaced();
  });

  it('exits', async () => {
    await local.define('obedient', obedient);
    expect(await local.lambda.invoke('obedient', { code: "console.log('bye'); process.exit(3)" })).toEqual({
      ok: false,
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
    });
    expect(local.lines('obedient')).toContain('bye');
    await expectReplaced();
  });

  it('throws where nobody catches', async () => {
    await local.define('obedient', obedient);
    const code = "new Promise(() => setTimeout(() => { throw new RangeError('from a timer') }))";
    expect(await local.lambda.invoke('obedient', { code })).toMatchObject({
      ok: false,
      errorType: 'RangeError',
      errorMessage: 'from a timer',
    });
    await expectReplaced();
  });

  it('leaves a rejection unhandled', async () => {
    await local.define('obedient', obedient);
    const code = "Promise.reject(new Error('forgotten')); new Promise(() => {})";
    expect(await local.lambda.invoke('obedient', { code })).toMatchObject({
      ok: false,
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: forgotten',
    });
    await expectReplaced();
  });

  it('runs out of memory', async () => {
    await local.define('obedient', obedient);
    const code = 'const kept = []; for (;;) kept.push({ text: String(Math.random()) })';
    expect(await local.lambda.invoke('obedient', { code })).toMatchObject({
      ok: false,
      errorType: 'Runtime.OutOfMemory',
      errorMessage: expect.stringContaining('signal: killed'),
    });
    await expectReplaced();
  });

  it('is killed from outside', async () => {
    await local.define('obedient', obedient);
    const code = "console.log('begun'); new Promise(() => {})";
    const underWay = local.lambda.invoke('obedient', { code });
    await expect.poll(() => local.lines('obedient')).toContain('begun');
    await local.lambda.kill('obedient');
    expect(await underWay).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
    await expectReplaced();
  });

  it('fails between events and is replaced for the next', async () => {
    await local.define('obedient', obedient);
    await local.lambda.invoke('obedient', {
      code: "setTimeout(() => { throw new Error('later') }, 20); undefined",
    });
    await expect.poll(() => local.lines('obedient').some((line) => line.includes('later'))).toBe(true);
    await expectReplaced();
  });
});

describe('a module that cannot be loaded', () => {
  it.each([
    ['is not there', { 'other.mjs': '' }, 'Runtime.ImportModuleError', "Cannot find module 'index'"],
    ['imports what is not there', "import './none.mjs'", 'Runtime.ImportModuleError', 'none.mjs'],
    [
      'is no JavaScript',
      'export const handler = async () => {',
      'Runtime.UserCodeSyntaxError',
      'SyntaxError',
    ],
    ['throws', "throw new TypeError('TABLE is not set')", 'TypeError', 'TABLE is not set'],
    ['exits', 'process.exit(2)', 'Runtime.ExitError', 'exit status 2'],
    ['exports no handler', 'export const other = 1', 'Runtime.HandlerNotFound', 'index.handler is undefined'],
    [
      'exports a handler that is no function',
      'export const handler = 1',
      'Runtime.HandlerNotFound',
      'function',
    ],
    [
      'exports a handler with a callback',
      'export const handler = (event, context, callback) => callback(null, 1)',
      'Runtime.CallbackHandlerDeprecated',
      'callback',
    ],
  ])('%s', async (_, content, errorType, message) => {
    await local.define('broken', content);
    const result = await local.lambda.invoke('broken', {});
    expect(result).toMatchObject({ ok: false, errorType, errorMessage: expect.stringContaining(message) });
  });
});

describe('modules', () => {
  it('finds no packages in folders above the bundle, except for the SDK', async () => {
    await local.define(
      'packages',
      'export const handler = async ({ name }) => typeof (await import(name)).default',
    );
    const above = join(dirname(local.bundle('')), 'node_modules');
    for (const name of ['left-out', '@aws-sdk/client-sqs']) {
      mkdirSync(join(above, name), { recursive: true });
      writeFileSync(join(above, name, 'index.js'), 'module.exports = 1');
    }
    expect(await local.lambda.invoke('packages', { name: '@aws-sdk/client-sqs' })).toEqual({
      ok: true,
      payload: 'number',
    });
    expect(await local.lambda.invoke('packages', { name: 'node:path' })).toMatchObject({ ok: true });
    expect(await local.lambda.invoke('packages', { name: 'left-out' })).toMatchObject({
      ok: false,
      errorMessage: expect.stringContaining("Cannot find package 'left-out'"),
    });
  });

  it.each([
    ['index.js in CommonJS', { 'index.js': 'exports.handler = async () => 1' }, 'index.handler'],
    [
      'exports that only running shows',
      { 'index.cjs': "module.exports = { ['hand' + 'ler']: async () => 1 }" },
      'index.handler',
    ],
    ['nested exports', { 'main.mjs': 'export const api = { get: async () => 1 }' }, 'main.api.get'],
  ])('%s', async (_, content, handler) => {
    await local.define('module', content, { Handler: handler });
    expect(await local.lambda.invoke('module', {})).toEqual({ ok: true, payload: 1 });
  });
});
