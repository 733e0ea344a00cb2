import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage } from './build.ts';

const run = promisify(execFile);
const nodeModules = join(import.meta.dirname, '../../node_modules');
const project = mkdtempSync(join(tmpdir(), 'fanfare-client-'));
const installed = join(project, 'node_modules/fanfare-client');

beforeAll(async () => {
  mkdirSync(join(project, 'node_modules'));
  await buildPackage(installed);
  symlinkSync(join(nodeModules, 'zod'), join(project, 'node_modules/zod'));
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the client as a package', () => {
  it('loads in Node, by itself', async () => {
    const file = join(project, 'loads.js');
    writeFileSync(file, `import * as client from 'fanfare-client'; console.log(Object.keys(client).join());`);
    const { stdout } = await run(process.execPath, [file]);
    expect(stdout.trim().split(',')).toEqual(expect.arrayContaining(['FanfareApi', 'FanfareClient']));
  });

  it('has types, which hold a strict project to the contract', async () => {
    const { stdout } = await compile(`
      import { FanfareClient, type Message } from 'fanfare-client';
      const client = new FanfareClient({ url: 'wss://x/ws', token: async () => '' });
      const room = client.join('general');
      room.on('message', (message: Message) => message.text.length + message.seq);
      const wrong: number = room.messages[0]!.text;
      room.send(42);
    `);
    const errors = stdout.split('\n').filter((line) => line.includes('error'));
    expect(errors.map((line) => line.replace(/^.*\): /, ''))).toEqual([
      "error TS2322: Type 'string' is not assignable to type 'number'.",
      "error TS2345: Argument of type 'number' is not assignable to parameter of type 'string'.",
    ]);
  });

  async function compile(text: string): Promise<{ stdout: string }> {
    const file = join(project, 'compiles.ts');
    writeFileSync(file, text);
    const flags = ['--strict', '--noEmit', '--target', 'es2024', '--module', 'nodenext'];
    const tsc = join(nodeModules, 'typescript/bin/tsc');
    // It ends with a failure, because it finds the errors that are looked for.
    return await run(process.execPath, [tsc, ...flags, file], { cwd: project }).catch((error) => error);
  }
});
