import type { PostAuthenticationTriggerEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { logger } from '#shared/observability/logger.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Members } from '#shared/storage/members.ts';
import { People } from '#shared/storage/people.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { welcome } from './welcome.ts';

const { PEOPLE_TABLE, ROOMS_TABLE } = readEnvironment({ PEOPLE_TABLE: z.string(), ROOMS_TABLE: z.string() });
const documents = openDocuments();
const collaborators = {
  people: new People(documents, PEOPLE_TABLE),
  rooms: new Rooms(documents, ROOMS_TABLE),
  members: new Members(documents, ROOMS_TABLE),
};

/** Cognito calls this after each sign-in; an error that it throws fails the sign-in. */
export const handler = async (
  event: PostAuthenticationTriggerEvent,
): Promise<PostAuthenticationTriggerEvent> => {
  const { sub, ...attributes } = event.request.userAttributes;
  await welcome(
    { userId: z.string().parse(sub), name: displayName(attributes, event.userName) },
    collaborators,
    Date.now(),
  );
  logger.info('Signed in', { userId: sub });
  return event;
};

/** The name that the person gave, else the part of the address that is no secret, else the user name. */
function displayName(attributes: Record<string, string>, userName: string): string {
  return attributes.name || attributes.email?.split('@')[0] || userName;
}
