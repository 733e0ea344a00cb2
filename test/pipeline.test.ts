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
    expect(carol.messages('general')).toEqual([]);
  });

  it('may hold any character: emoji, right-to-left, quotes and control characters', async () => {
    const text = '🎉👩‍👩‍👧 עברית "quoted" \\ \u0000\u001f \u2028 é';
    const erin = await RawClient.signIn(cloud(), 'erin');
    await erin.request({ action: 'subscribe', rooms: [{ room: 'general' }] });
    const ack = await erin.request({ action: 'sendMessage', room: 'general', text });
    if (ack.type !== 'ack') throw new Error(JSON.stringify(ack));
    await expect
      .poll(() => erin.messages('general').find(({ seq }) => seq === ack.seq))
      .toMatchObject({ text });
  });

  it('is refused where it holds what no queue takes', async () => {
    const frank = await RawClient.signIn(cloud(), 'frank');
    for (const text of ['\uffff', '\ud800 alone']) {
      const answer = await frank.request({ action: 'sendMessage', room: 'general', text });
      expect(answer).toMatchObject({ type: 'error', code: 'invalid' });
    }
  });
});
