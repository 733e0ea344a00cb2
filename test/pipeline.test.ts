import { describe, expect, it } from 'vitest';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';

const cloud = testCloud();

describe('a message', () => {
  it('reaches every subscriber of its room, and nobody else', async () => {
    const [alice, bob, carol] = await Promise.all(
      ['alice', 'bob', 'carol'].map((name) => RawClient.signIn(cloud(), name)),
    );
    if (!alice || !bob || !carol) throw new Error('unreachable');
    await alice.request({ action: 'subscribe', rooms: [{ room: 'general' }] });
    await bob.request({ action: 'subscribe', rooms: [{ room: 'general' }] });

    const ack = await alice.request({ action: 'sendMessage', room: 'general', text: 'hello' });
    expect(ack).toMatchObject({ type: 'ack', room: 'general', seq: 1 });

    for (const subscriber of [alice, bob]) {
      const [event] = await subscriber.received('general', 1);
      expect(event).toMatchObject({ type: 'message', seq: 1, text: 'hello', senderName: 'alice' });
    }
    expect(carol.events('general')).toEqual([]);
  });
});
