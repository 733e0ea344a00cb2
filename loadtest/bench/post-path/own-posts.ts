import { ConnectionsApi, payloadOf } from '../../../services/deliver/post.ts';
import { postAll } from '../../../services/deliver/post-all.ts';
import { Slots } from '../../../services/deliver/slots.ts';

/** Posts as deliver does. */
export function poster(endpoint: string) {
  const api = new ConnectionsApi(endpoint, 'us-east-1');
  const collaborators = { post: api.post.bind(api), slots: new Slots() };
  return async (ids: string[], frame: Buffer): Promise<void> => {
    const connections = ids.map((connectionId) => ({ userId: 'somebody', connectionId }));
    const results = await postAll([connections], [payloadOf(frame)], collaborators, Number.POSITIVE_INFINITY);
    if (results.delivered.length < ids.length)
      throw new Error(`Only ${results.delivered.length} were delivered`);
  };
}
