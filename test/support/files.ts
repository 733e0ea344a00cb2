import { FanfareApi, uploadFile } from '#client';
import type { Cloud } from '#local/cloud.ts';
import type { RawClient } from './raw-client.ts';

/** The HTTP API as a person calls it. */
export function apiOf(cloud: Cloud, name: string): FanfareApi {
  return new FanfareApi({
    url: `${cloud.url}/api`,
    token: async () => (await cloud.identity.accessToken(name)).accessToken,
  });
}

/** Uploads a small file as the person, and sends a message with it on their socket. */
export async function sendFile(
  cloud: Cloud,
  { name, client, room }: { name: string; client: RawClient; room: string },
  file = new File(['Hello, file'], 'notes.txt', { type: 'text/plain' }),
) {
  const attachment = await uploadFile(apiOf(cloud, name), room, file);
  const attachments = [attachment];
  const answer = await client.request({ action: 'sendMessage', room, text: '', attachments });
  if (answer.type !== 'ack' || answer.seq === undefined)
    throw new Error(`Not sent: ${JSON.stringify(answer)}`);
  return { seq: answer.seq, attachment };
}
