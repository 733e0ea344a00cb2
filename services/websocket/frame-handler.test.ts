import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type ErrorFrame, errorCode, type ServerFrame } from '#shared/contract/frames.ts';
import { type Caller, FrameError, frameHandler, type WebSocketEvent } from './frame-handler.ts';

const schema = z.object({ action: z.literal('greet'), id: z.string(), text: z.string().max(5) });

/** An event of API Gateway, with what its authorizer verified. */
function event(
  body: string | undefined,
  authorizer: object | undefined = { userId: 'alice' },
): WebSocketEvent {
  const requestContext = {
    routeKey: 'greet',
    messageId: 'm',
    eventType: 'MESSAGE' as const,
    extendedRequestId: 'e',
    requestTime: '20/Nov/2026:12:00:00 +0000',
    messageDirection: 'IN' as const,
    stage: 'ws',
    connectedAt: 1,
    requestTimeEpoch: 1_750_000_000_000,
    requestId: 'r',
    domainName: 'd',
    connectionId: 'L0SM9cOFvHcCIhw=',
    apiId: 'a',
    ...(authorizer && { authorizer }),
  };
  return { requestContext, ...(body !== undefined && { body }), isBase64Encoded: false };
}

const response = z.object({ statusCode: z.literal(200), body: z.string() });

async function answer(
  body: unknown,
  handle: (frame: z.infer<typeof schema>, caller: Caller) => Promise<ServerFrame> = async ({ id }) => ({
    type: 'ack',
    id,
  }),
): Promise<unknown> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const { body: reply } = response.parse(await frameHandler(schema, handle)(event(text)));
  return JSON.parse(reply);
}

const frame = { action: 'greet', id: 'f1', text: 'hello' };

describe('a frame', () => {
  it('is answered with what its handler returns, who is told whose it is', async () => {
    let told: unknown[] = [];
    const reply = await answer({ ...frame, userId: 'mallory' }, async (parsed, caller) => {
      told = [parsed, caller];
      return { type: 'ack', id: parsed.id };
    });
    expect(reply).toEqual({ type: 'ack', id: 'f1' });
    expect(told).toEqual([
      frame,
      { userId: 'alice', connectionId: 'L0SM9cOFvHcCIhw=', receivedAt: 1_750_000_000_000 },
    ]);
  });

  it.each([
    [{ ...frame, text: 'longer' }, 'f1', 'text: '],
    [{ ...frame, text: undefined }, 'f1', 'text: '],
    [{ ...frame, id: 7 }, undefined, 'id: '],
    ['not JSON', undefined, 'frame: '],
    [undefined, undefined, 'frame: '],
    ['[]', undefined, 'frame: '],
  ])('%j is invalid, and the answer names the field', async (body, id, named) => {
    expect(await answer(body)).toEqual({
      type: 'error',
      code: 'invalid',
      message: expect.stringContaining(named),
      ...(id && { id }),
    });
  });

  it.each(errorCode.options)('that is refused as %s is told so', async (code) => {
    const details: Pick<ErrorFrame, 'rooms' | 'retryAfterMs'> = { rooms: ['a'], retryAfterMs: 5 };
    const reply = await answer(frame, async () => {
      throw new FrameError(code, 'because', details);
    });
    expect(reply).toEqual({ type: 'error', id: 'f1', code, message: 'because', ...details });
  });

  it('whose handling fails is told to be sent again, and nothing of why', async () => {
    const reply = await answer(frame, async () => {
      throw new Error('ResourceNotFoundException: table fanfare');
    });
    expect(reply).toMatchObject({ type: 'error', id: 'f1', code: 'unavailable' });
    expect(JSON.stringify(reply)).not.toMatch(/fanfare|Resource|stack/);
  });

  it('of nobody is not handled', async () => {
    let handled = false;
    const handler = frameHandler(schema, async () => {
      handled = true;
      return { type: 'pong' };
    });
    const { body } = response.parse(await handler({ ...event(JSON.stringify(frame), {}) }));
    expect(JSON.parse(body)).toMatchObject({ type: 'error', code: 'unavailable' });
    expect(handled).toBe(false);
  });
});
