import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Listening, listen } from './http.ts';
import { Identity } from './identity/identity.ts';

let folder: string;
let cloud: Listening;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanfare-token-'));
  const identity = new Identity({
    invoker: {
      invoke: async (_fn, event) => ({ ok: true, payload: event }),
      invokeAsync: () => undefined,
    },
    publicUrl: 'http://localhost:4000',
    dataDir: folder,
    rewrite: () => undefined,
  });
  const create = async (type: string, properties: Record<string, unknown>) => {
    const resource = { stack: 'identity', logicalId: 'Made', type, properties, metadata: {} };
    return (await identity.providers[type]?.(resource))?.ref;
  };
  const pool = await create('AWS::Cognito::UserPool', {});
  await create('AWS::Cognito::UserPoolClient', { UserPoolId: pool });
  cloud = await listen((request, response) => {
    void identity.handle(request, response);
  });
});

afterAll(async () => {
  await cloud.close();
  await rm(folder, { recursive: true });
});

interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

async function token(...args: string[]): Promise<Finished> {
  const script = join(import.meta.dirname, 'token.ts');
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...args]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error) {
      return { code: Number(error.code), stdout: `${error.stdout}`, stderr: `${error.stderr}` };
    }
    throw error;
  }
}

it('prints an access token and nothing else', async () => {
  const { code, stdout, stderr } = await token('alice', '--port', `${cloud.port}`, '--expires-in', '60');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const claims = decodeJwt(stdout.trim());
  expect(claims.username).toBe('alice');
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60);
});

it('says in one sentence that no cloud runs', async () => {
  const gone = await listen(() => undefined);
  await gone.close();
  expect(await token('alice', '--port', `${gone.port}`)).toEqual({
    code: 1,
    stdout: '',
    stderr: `No local cloud answers on port ${gone.port}: start it with npm start.\n`,
  });
});

it('says so when something else answers', async () => {
  const other = await listen((_request, response) => response.writeHead(404).end('not found'));
  const { code, stdout, stderr } = await token('alice', '--port', `${other.port}`);
  await other.close();
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe(`What answers on port ${other.port} is not Fanfare's local cloud.\n`);
});

it('passes on why a name is refused', async () => {
  const { code, stdout, stderr } = await token('two words', '--port', `${cloud.port}`);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^A name has 1 to 40 letters[^\n]*\n$/);
});

it.each([[[]], [['alice', '--port', 'http']], [['alice', '--expires-in', '0']]])(
  'shows its usage for %j',
  async (args) => {
    const { code, stdout, stderr } = await token(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Usage: token [options] <name>');
  },
);
