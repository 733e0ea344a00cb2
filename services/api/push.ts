import type * as z from 'zod';
import type { pushKey, pushSubscription } from '#shared/contract/http.ts';
import { namesAddressThatIsNotPublic } from '#shared/net/public-address.ts';
import type { PushSubscriptions } from '#shared/storage/push-subscriptions.ts';
import type { VapidKeys } from '#shared/storage/vapid-keys.ts';
import { ApiError } from './problems.ts';

export interface Collaborators {
  subscriptions: PushSubscriptions;
  vapidKeys: VapidKeys;
}

/** The key that browsers subscribe with. The first who asks makes it: a deployment has nothing to set up. */
export async function readPushKey(
  { vapidKeys }: Collaborators,
  now: number,
): Promise<z.infer<typeof pushKey>> {
  const { publicKey } = await vapidKeys.readOrMake(now);
  return { publicKey };
}

/**
 * Takes up a browser of the caller's. Where its endpoint's name leads to is looked at each time that it is pushed to.
 * @throws ApiError 400 where the endpoint is an address that no push service of the internet has
 */
export async function savePush(
  userId: string,
  subscription: z.infer<typeof pushSubscription>,
  { subscriptions }: Collaborators,
  now: number,
): Promise<void> {
  if (namesAddressThatIsNotPublic(subscription.endpoint)) {
    throw new ApiError(400, 'Invalid request', 'endpoint: is an address that is not public');
  }
  await subscriptions.add(userId, subscription, now);
}
