import type * as z from 'zod';
import { messageEvent } from './events.ts';
import {
  bans,
  download,
  found,
  history,
  historyQuery,
  me,
  member,
  memberPatch,
  members,
  myRoom,
  myRooms,
  newBan,
  newDirect,
  newRoom,
  newUpload,
  newWebhook,
  page,
  people,
  peopleQuery,
  profilePatch,
  publicRooms,
  publicRoomsQuery,
  pushEndpoint,
  pushKey,
  pushSubscription,
  roomForOthers,
  roomPatch,
  searchQuery,
  upload,
  webhook,
  webhooks,
  webhookWithSecret,
} from './http.ts';

/** One thing that the HTTP API does. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Under `/api`. */
  path: `/${string}`;
  summary: string;
  query?: z.ZodType;
  /** JSON. */
  body?: z.ZodType;
  /** What each status answers with, where all is well: one of these schemas, or no body. */
  answers: Partial<Record<200 | 201 | 204, z.ZodType[]>>;
  /** When it is refused with a problem; beside these, any route may answer 400, 401, 413 and 500. */
  refusals: Partial<Record<403 | 404 | 409, string>>;
}

const notMember = 'Not a member of the room, or there is none';
const notModerator = 'Not a moderator, or a direct room';

/** All of the HTTP API: docs/openapi.yaml is made of it, and a test holds services/api to it. */
export const routes: Route[] = [
  {
    method: 'GET',
    path: '/me',
    summary: 'Who one is',
    answers: { 200: [me] },
    refusals: { 404: 'Before the first sign-in' },
  },
  {
    method: 'PATCH',
    path: '/me',
    summary: 'Another display name',
    body: profilePatch,
    answers: { 200: [me] },
    refusals: { 404: 'Before the first sign-in' },
  },
  {
    method: 'GET',
    path: '/push',
    summary: 'The key with which browsers subscribe to Web Push',
    answers: { 200: [pushKey] },
    refusals: {},
  },
  {
    method: 'PUT',
    path: '/me/push',
    summary:
      'Be told of mentions and direct messages in a browser while one is not connected: the newest ten browsers are kept',
    body: pushSubscription,
    answers: { 204: [] },
    refusals: {},
  },
  {
    method: 'DELETE',
    path: '/me/push',
    summary: 'Be told no more in a browser. Again is no error',
    body: pushEndpoint,
    answers: { 204: [] },
    refusals: {},
  },
  {
    method: 'GET',
    path: '/people',
    summary: 'Find people by the beginning of their names, or name those known by id: at most 20, or 100',
    query: peopleQuery,
    answers: { 200: [people] },
    refusals: {},
  },
  {
    method: 'GET',
    path: '/rooms',
    summary: 'The rooms that one is a member of, each with what is unread and its last message',
    query: page,
    answers: { 200: [myRooms] },
    refusals: {},
  },
  {
    method: 'POST',
    path: '/rooms',
    summary: 'Make a room, and be its owner',
    body: newRoom,
    answers: { 201: [myRoom] },
    refusals: { 404: 'Before the first sign-in' },
  },
  {
    method: 'GET',
    path: '/rooms/public',
    summary: 'Public rooms that are not archived, by name',
    query: publicRoomsQuery,
    answers: { 200: [publicRooms] },
    refusals: {},
  },
  {
    method: 'POST',
    path: '/directs',
    summary:
      'The direct room of oneself and these people: made by the first who asks (201), the same ever after',
    body: newDirect,
    answers: { 200: [myRoom], 201: [myRoom] },
    refusals: { 404: 'One of them does not exist' },
  },
  {
    method: 'GET',
    path: '/rooms/{room}',
    summary: 'A room: as its member sees it, or a public one as others do',
    answers: { 200: [myRoom, roomForOthers] },
    refusals: { 403: 'Not a member, and the room is private, or there is none' },
  },
  {
    method: 'PATCH',
    path: '/rooms/{room}',
    summary: 'Change a room: name and description by moderators, the rest by the owner',
    body: roomPatch,
    answers: { 200: [myRoom] },
    refusals: {
      403: 'Not a member, not of the role that may, or a direct room',
      409: 'The room is archived, and `archived: false` is not asked for',
    },
  },
  {
    method: 'GET',
    path: '/rooms/{room}/messages',
    summary: 'A page of history, oldest first: before, after or around a seq, or the newest',
    query: historyQuery,
    answers: { 200: [history] },
    refusals: { 403: notMember },
  },
  {
    method: 'GET',
    path: '/rooms/{room}/messages/{seq}',
    summary: 'One message',
    answers: { 200: [messageEvent] },
    refusals: { 403: notMember, 404: 'There is no such message' },
  },
  {
    method: 'POST',
    path: '/rooms/{room}/uploads',
    summary:
      'A form that puts a file into S3, within ten minutes: POST it with its fields, and the file as the last one. Messages of the same person in the same room may then name it',
    body: newUpload,
    answers: { 201: [upload] },
    refusals: { 403: 'Not a member of the room, or muted', 409: 'The room is archived' },
  },
  {
    method: 'GET',
    path: '/rooms/{room}/messages/{seq}/attachments/{attachment}',
    summary: 'Where a message’s file is, for ten minutes. S3 refuses there if it was never uploaded',
    answers: { 200: [download] },
    refusals: { 403: notMember, 404: 'The message has no such file, or is deleted' },
  },
  {
    method: 'GET',
    path: '/rooms/{room}/search',
    summary:
      'Messages that hold a text, newest first; with `next` and no message, it only has not looked further yet',
    query: searchQuery,
    answers: { 200: [found] },
    refusals: { 403: notMember },
  },
  {
    method: 'GET',
    path: '/rooms/{room}/members',
    summary: 'The members, in the order of user ids',
    query: page,
    answers: { 200: [members] },
    refusals: { 403: notMember },
  },
  {
    method: 'PUT',
    path: '/rooms/{room}/members/{user}',
    summary: 'Join (`me`, a public open room), or add somebody: 201, or 200 if they are a member already',
    answers: { 200: [member], 201: [member] },
    refusals: {
      403: 'One may not join or add, or the person is banned',
      404: 'There is no such person',
      409: 'The room is archived',
    },
  },
  {
    method: 'PATCH',
    path: '/rooms/{room}/members/{user}',
    summary:
      'Give a role, by the owner (`owner` hands the room over), or mute, by moderators; a null ends the mute',
    body: memberPatch,
    answers: { 200: [member] },
    refusals: {
      403: 'Not of the role that may, or not over this member',
      404: 'There is no such member',
      409: 'Somebody changed the ownership meanwhile',
    },
  },
  {
    method: 'DELETE',
    path: '/rooms/{room}/members/{user}',
    summary: 'Leave (`me`), or remove somebody, by moderators. Again is no error',
    answers: { 204: [] },
    refusals: {
      403: 'Not of the role that may, not over this member, or a direct room',
      409: 'The owner, while others are members: hand the room over first',
    },
  },
  {
    method: 'GET',
    path: '/rooms/{room}/bans',
    summary: 'The bans in force, for moderators',
    query: page,
    answers: { 200: [bans] },
    refusals: { 403: 'Not a moderator' },
  },
  {
    method: 'PUT',
    path: '/rooms/{room}/bans/{user}',
    summary: 'Remove somebody, member or not, and keep them out until a time, or for ever; by moderators',
    body: newBan,
    answers: { 204: [] },
    refusals: { 403: 'Not a moderator, or not over this person', 404: 'There is no such person' },
  },
  {
    method: 'DELETE',
    path: '/rooms/{room}/bans/{user}',
    summary: 'Lift a ban. Again is no error',
    answers: { 204: [] },
    refusals: { 403: 'Not a moderator' },
  },
  {
    method: 'GET',
    path: '/rooms/{room}/webhooks',
    summary: 'The webhooks of a room, for moderators: without their secrets',
    answers: { 200: [webhooks] },
    refusals: { 403: notModerator },
  },
  {
    method: 'POST',
    path: '/rooms/{room}/webhooks',
    summary: 'Have each new message posted to a URL, by moderators; the secret is told this once',
    body: newWebhook,
    answers: { 201: [webhookWithSecret] },
    refusals: { 403: notModerator, 409: 'The room has as many as it may, or is archived' },
  },
  {
    method: 'DELETE',
    path: '/rooms/{room}/webhooks/{webhook}',
    summary: 'End a webhook, by moderators. Again is no error',
    answers: { 204: [] },
    refusals: { 403: notModerator },
  },
  {
    method: 'PUT',
    path: '/rooms/{room}/webhooks/{webhook}/enabled',
    summary: 'Take up a webhook that was disabled, by moderators. Again is no error',
    answers: { 200: [webhook] },
    refusals: { 403: notModerator, 404: 'There is no such webhook', 409: 'The room is archived' },
  },
];
