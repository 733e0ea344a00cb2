import { pushEndpoint, pushSubscription } from '#shared/contract/http.ts';
import { type Collaborators, readPushKey, savePush } from './push.ts';
import { bodyOf, callerOf } from './requests.ts';
import type { Routes } from './routes.ts';

/** The browsers in which one is told of what happens while one is away. */
export function ofPush(collaborators: Collaborators): Routes {
  return {
    push: {
      GET: async () => Response.json(await readPushKey(collaborators, Date.now())),
    },
    'me/push': {
      PUT: async ({ event, req }) => {
        await savePush(callerOf(event), await bodyOf(req, pushSubscription), collaborators, Date.now());
        return new Response(null, { status: 204 });
      },
      DELETE: async ({ event, req }) => {
        const { endpoint } = await bodyOf(req, pushEndpoint);
        await collaborators.subscriptions.remove(callerOf(event), [endpoint]);
        return new Response(null, { status: 204 });
      },
    },
  };
}
