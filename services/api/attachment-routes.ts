import { newUpload } from '#shared/contract/http.ts';
import { measure } from '#shared/observability/metrics.ts';
import { beginUpload, type Collaborators, findDownload } from './attachments.ts';
import { attachmentOf, bodyOf, callerOf, roomOf, seqOf } from './requests.ts';
import type { Routes } from './routes.ts';

export function ofAttachments(collaborators: Collaborators): Routes {
  return {
    'rooms/:room/uploads': {
      POST: async ({ event, req, params }) => {
        const file = await bodyOf(req, newUpload);
        const caller = callerOf(event);
        const form = await beginUpload(roomOf(params), file, caller, collaborators, Date.now());
        measure('Uploads', 1);
        return Response.json(form, { status: 201 });
      },
    },
    'rooms/:room/messages/:seq/attachments/:attachment': {
      GET: async ({ event, params }) => {
        const file = { seq: seqOf(params), id: attachmentOf(params) };
        const caller = callerOf(event);
        const found = await findDownload(roomOf(params), file, caller, collaborators, Date.now());
        measure('Downloads', 1);
        return Response.json(found);
      },
    },
  };
}
