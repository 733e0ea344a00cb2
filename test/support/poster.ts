import type { Payload, PostOutcome } from '../../services/deliver/post.ts';
import type { Poster } from '../../services/deliver/post-all.ts';
import { Slots } from '../../services/deliver/slots.ts';

/** Posts to nobody: what comes of each, the test says. */
export function posterOf(answer: (connectionId: string, text: string) => Promise<PostOutcome>): Poster {
  return {
    slots: new Slots(),
    post: async (id: string, { text }: Payload, receiver) =>
      receiver.posted(await answer(id, Buffer.from(text, 'latin1').toString())),
  };
}
