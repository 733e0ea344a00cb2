import * as z from 'zod';
import { FrameError, frameHandler } from '../websocket/frame-handler.ts';

/** `$default`: the frames that no route takes, each refused with its reason. */
export const handler = frameHandler(z.unknown(), async (frame) => {
  const action = z.object({ action: z.string() }).safeParse(frame).data?.action;
  if (action === undefined) throw new FrameError('bad_frame', 'A frame is a JSON object with an `action`');
  throw new FrameError('unknown_action', `There is no action ${JSON.stringify(action.slice(0, 64))}`);
});
