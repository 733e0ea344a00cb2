import { describe, expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import { leaseMs, Notified } from './notified.ts';
import { PushSubscriptions } from './push-subscriptions.ts';
import { VapidKeys } from './vapid-keys.ts';

onEachEngine((storage) => {
  const table = () => [storage().documents, storage().tables.PEOPLE_TABLE] as const;
  const keys = { p256dh: 'p', auth: 'a' };

  describe('push subscriptions', () => {
    it('that come at once are all kept', async () => {
      const subscriptions = new PushSubscriptions(...table());
      const endpoints = Array.from({ length: 8 }, (_, i) => `https://push.example/${i}`);
      await Promise.all(endpoints.map((endpoint) => subscriptions.add('many', { endpoint, keys }, 1)));
      const kept = await subscriptions.list('many');
      expect(kept.map(({ endpoint }) => endpoint).toSorted()).toEqual(endpoints);
      expect(kept[0]).toMatchObject({ keys, addedAt: 1 });
    });

    it('of nobody are none, and may be removed', async () => {
      const subscriptions = new PushSubscriptions(...table());
      await subscriptions.remove('nobody', ['https://push.example/1']);
      expect(await subscriptions.list('nobody')).toEqual([]);
    });
  });

  describe('the key pair', () => {
    it('is one, whoever makes it first', async () => {
      const vapidKeys = new VapidKeys(...table());
      expect(await vapidKeys.read()).toBeUndefined();
      const made = await Promise.all(Array.from({ length: 5 }, (_, i) => vapidKeys.readOrMake(i)));
      expect(new Set(made.map(({ publicKey, privateKey }) => `${publicKey} ${privateKey}`)).size).toBe(1);
      expect(await vapidKeys.read()).toEqual(made[0]);
      expect(Buffer.from(made[0]?.publicKey ?? '', 'base64url')).toHaveLength(65);
      expect(Buffer.from(made[0]?.privateKey ?? '', 'base64url')).toHaveLength(32);
    });
  });

  describe('who was told', () => {
    const telling = (seq: number) => ({ room: 'r', seq, userId: 'u' });

    it('is for one worker to find out at a time', async () => {
      const notified = new Notified(...table());
      const claims = await Promise.all(Array.from({ length: 5 }, () => notified.claim(telling(1), 1_000)));
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
      // The other one has died.
      expect(await notified.claim(telling(1), 999 + leaseMs)).toBeUndefined();
      expect(await notified.claim(telling(1), 1_000 + leaseMs)).toBeDefined();
    });

    it('is told no more once all is done', async () => {
      const notified = new Notified(...table());
      await notified.claim(telling(2), 1_000);
      await notified.settle(telling(2), ['https://push.example/1'], true, 1_000);
      expect(await notified.claim(telling(2), 2_000 + leaseMs)).toBeUndefined();
    });

    it('is kept for each browser, for those who try again', async () => {
      const notified = new Notified(...table());
      await notified.claim(telling(3), 1_000);
      await notified.settle(telling(3), ['https://push.example/1'], false, 1_000);
      const wasPushed = await notified.claim(telling(3), 1_001);
      expect([1, 2].map((i) => wasPushed?.(`https://push.example/${i}`))).toEqual([true, false]);
    });
  });
});
