import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { limits } from '../contract/limits.ts';
import { recentSends, sendName } from './recent-sends.ts';

const now = Date.UTC(2026, 10, 20);

it('are read as they were written', () => {
  const send = fc.record({
    name: fc.string({ maxLength: limits.clientIdLength }).map(sendName),
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    sentAt: fc.integer({ min: 0, max: Date.UTC(2059, 0) }),
  });
  fc.assert(
    fc.property(fc.array(send, { maxLength: limits.rememberedSends }), (sends) => {
      expect(recentSends.decode(recentSends.encode(sends))).toEqual(sends);
    }),
  );
});

it("leave a sender's row under a kilobyte in a room's ten-millionth message", () => {
  const sends = Array.from({ length: limits.rememberedSends }, (_, index) => ({
    name: sendName(randomUUID()),
    seq: 10_000_000 + index,
    sentAt: now,
  }));
  const row = {
    roomId: randomUUID(),
    item: `SENDER#${randomUUID()}`,
    version: 10_000_000,
    tokens: 19.123456789,
    refilledAt: now,
    recent: recentSends.encode(sends),
  };
  // DynamoDB counts names and texts by their bytes, and of numbers no more than their digits ("Item sizes").
  const bytes = Object.entries(row).reduce((sum, [name, value]) => sum + `${name}${value}`.length, 0);
  expect(bytes).toBeLessThan(1_024);
});
