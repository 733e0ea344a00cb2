import { newWebhook } from '#shared/contract/http.ts';
import { bodyOf, callerOf, roomOf, webhookOf } from './requests.ts';
import type { Routes } from './routes.ts';
import { addWebhook, type Collaborators, enableWebhook, listWebhooks, removeWebhook } from './webhooks.ts';

/** What moderators do with the webhooks of their room. */
export function ofWebhooks(collaborators: Collaborators): Routes {
  return {
    'rooms/:room/webhooks': {
      GET: async ({ event, params }) =>
        Response.json(await listWebhooks(roomOf(params), callerOf(event), collaborators)),
      POST: async ({ event, req, params }) => {
        const wanted = await bodyOf(req, newWebhook);
        const caller = callerOf(event);
        const webhook = await addWebhook(roomOf(params), wanted, caller, collaborators, Date.now());
        return Response.json(webhook, { status: 201 });
      },
    },
    'rooms/:room/webhooks/:webhook': {
      DELETE: async ({ event, params }) => {
        await removeWebhook(roomOf(params), webhookOf(params), callerOf(event), collaborators);
        return new Response(null, { status: 204 });
      },
    },
    'rooms/:room/webhooks/:webhook/enabled': {
      PUT: async ({ event, params }) =>
        Response.json(await enableWebhook(roomOf(params), webhookOf(params), callerOf(event), collaborators)),
    },
  };
}
