import { beforeEach, describe, expect, it } from 'vitest';
import { Deadlines } from '#shared/storage/deadlines.ts';
import { testStorage } from '#test/support/engines.ts';
import { TokenRefused } from '../authorize/verify-token.ts';
import { FrameError } from '../websocket/frame-handler.ts';
import { authenticate } from './authenticate.ts';

const storage = testStorage('dynoxide');
const now = Date.now();
const caller = { userId: 'alice', connectionId: 'c=' };
const seconds = Math.floor(now / 1000) + 7_200;

beforeEach(() => storage().connections.open(caller, now, now + 3_600_000));

async function answer(verify: () => Promise<{ userId: string; expiresAt: number }>) {
  const { documents, tables } = storage();
  const deadlines = new Deadlines(documents, tables.CONNECTIONS_TABLE);
  const frame = { action: 'authenticate' as const, id: 'f', token: 't' };
  return await authenticate(frame, caller, { verify, deadlines }, now).catch((error: unknown) => error);
}

describe('a newer token', () => {
  it('of the same person renews the socket', async () => {
    const ack = await answer(async () => ({ userId: 'alice', expiresAt: seconds }));
    expect(ack).toEqual({ type: 'ack', id: 'f', expiresAt: seconds * 1000 });
  });

  it.each([
    ["another person's", async () => ({ userId: 'bob', expiresAt: seconds })],
    ['a refused one', () => Promise.reject(new TokenRefused('ERR_JWT_EXPIRED'))],
  ])('that is %s is unauthorized', async (_, verify) => {
    const error = await answer(verify);
    expect(error).toBeInstanceOf(FrameError);
    expect(error).toMatchObject({ code: 'unauthorized' });
  });

  it('is unauthorized on a connection that is closed already', async () => {
    await storage().connections.close(caller);
    const error = await answer(async () => ({ userId: 'alice', expiresAt: seconds }));
    expect(error).toMatchObject({ code: 'unauthorized', message: 'The connection is closed' });
    expect(await storage().connections.ofUser('alice')).toEqual([]);
  });

  it('is not refused where the keys cannot be had: the client tries again', async () => {
    const outage = new Error('Expected 200 OK from the JSON Web Key Set HTTP response');
    expect(await answer(() => Promise.reject(outage))).toBe(outage);
  });
});
